#pragma once
// The gallery's moody plugins in processes of their own, and how they are asked.

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>

#include "isolation.h"
#include "plugin/registry.h"
#include "unit/plugin/workshop.h"

namespace apart {

inline constexpr const char *moody_format = R"([{"name": "moody", "extensions": ["moody"]}])";

using Pixel = std::array<uint8_t, 3>;

// A folder with the moody plugins, and a registry that does not trust it.
struct Apart {
  Folder folder;
  LogCapture log;
  kalon::Isolation isolation = trusting("");
  std::unique_ptr<kalon::Registry> registry;

  explicit Apart(double deadline = 60) {
    ::setenv("MOODY_ALWAYS", (folder / "always").c_str(), 1);
    folder.add_library("gallery_moody_model", "model");
    folder.write("model.json", model_draft("test.model", "model").text());
    folder.add_library("gallery_moody_decoder", "decoder");
    auto manifest = draft("test.decoder", "decoder", moody_format);
    manifest.more += R"(, "capabilities": ["scale"])";
    folder.write("decoder.json", manifest.text());
    isolation.deadline_seconds = deadline;
    isolation.quarantine_folder = folder / "quarantine";
    restart();
  }
  void restart() { registry = std::make_unique<kalon::Registry>(std::vector{folder.path()}, isolation); }
};

struct Answer {
  std::vector<float> values;
  std::vector<kalon::Status> statuses;
  std::string text;
};

inline Answer run(kalon::ModelStream &stream, const kalon::ModelInfo &model, const std::vector<Pixel> &pictures,
                  const std::atomic<bool> *cancelled = nullptr) {
  auto count = static_cast<uint32_t>(pictures.size());
  uint8_t *input = stream.input(count, nullptr);
  for (uint32_t i = 0; i < count; ++i) kalon::write_input(model.description, input, i, pictures[i].data());
  Answer answer;
  answer.values.assign(count, -1);
  float *outputs[1] = {answer.values.data()};
  std::vector<kalon_status> statuses(count, -1);
  answer.text = stream.run(count, outputs, statuses.data(), cancelled);
  for (auto status : statuses) answer.statuses.push_back(static_cast<kalon::Status>(status));
  return answer;
}

inline Answer run(kalon::Registry &registry, const std::vector<Pixel> &pictures) {
  auto model = registry.model("moody");
  return run(*registry.stream(model), model, pictures);
}

inline std::vector<uint8_t> moody_file(uint8_t opening, uint8_t reading, uint8_t width = 4, uint8_t height = 3) {
  return {'M', 'O', 'O', 'D', 'Y', opening, reading, width, height};
}

struct Pixels {
  std::vector<uint8_t> bytes;
  kalon_pixels view{};
  explicit Pixels(const kalon_picture_info &info) : bytes(size_t{info.decoded_width} * info.decoded_height * 3) {
    view.size = sizeof view;
    view.width = info.decoded_width;
    view.height = info.decoded_height;
    view.channels = info.channels;
    view.sample = info.sample;
    view.stride = uint64_t{info.decoded_width} * 3;
    view.data = bytes.data();
  }
};

inline std::pair<kalon::Status, std::string> decoding_failure(kalon::Registry &registry,
                                                              const std::vector<uint8_t> &file) {
  return failure([&] {
    auto decoding = registry.open("test.decoder", {"/pictures/a.moody", file, 1000});
    Pixels pixels(decoding->info());
    decoding->read(pixels.view);
  });
}

}  // namespace apart
