// The descriptor through the plugin contract: what it promises, and its vectors against a second implementation in
// NumPy (descriptor_oracle.py, run by the test).
#include <catch2/catch.hpp>

#include <dlfcn.h>
#include <kalon/batch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "conformance/models/contract_checks.h"
#include "temporary_folder.h"

namespace {

constexpr uint32_t side = 128, dimension = 384;
constexpr size_t picture_bytes = size_t{side} * side * 3;
using Picture = std::vector<uint8_t>;
using Vectors = std::vector<float>;

const kalon_entry &entry() {
  static const kalon_entry *found = [] {
    void *library = dlopen(KALON_PLUGIN_DIR "/kalon-descriptor.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
    auto *symbol = static_cast<const kalon_entry *>(dlsym(library, "kalon_plugin_entry"));
    if (!symbol) throw std::runtime_error("no entry");
    kalon_host host{sizeof host,
                    KALON_ABI_MAJOR,
                    KALON_ABI_MINOR,
                    "test",
                    "0",
                    nullptr,
                    [](const kalon_host *, const char *) -> const void * { return nullptr; }};
    // A host without any extension and a caller without a text: both must do.
    if (symbol->init(&host, nullptr) != KALON_OK) throw std::runtime_error("init failed");
    return symbol;
  }();
  return *found;
}

const kalon_model_factory &factory() {
  return *static_cast<const kalon_model_factory *>(entry().get_factory(KALON_MODEL_FACTORY));
}

class Instance {
 public:
  Instance() { REQUIRE(factory().create(0, &model_, nullptr) == KALON_OK); }
  ~Instance() { factory().destroy(model_); }
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;
  kalon_model *get() const { return model_; }

 private:
  kalon_model *model_ = nullptr;
};

Vectors run(const std::vector<Picture> &pictures, kalon_model *model) {
  Picture pixels;
  for (const auto &picture : pictures) pixels.insert(pixels.end(), picture.begin(), picture.end());
  Vectors features(pictures.size() * dimension);
  float *outputs[1] = {features.data()};
  std::vector<kalon_status> statuses(pictures.size(), KALON_INTERNAL);
  kalon::plugin::BatchTensors tensors(factory(), 0);
  auto batch = tensors.batch(static_cast<uint32_t>(pictures.size()), pixels.data(), outputs, statuses.data());
  if (factory().run(model, &batch, nullptr) != KALON_OK) throw std::runtime_error("run failed");
  for (auto status : statuses)
    if (status != KALON_OK) throw std::runtime_error("a picture failed");
  return features;
}

Vectors run(const std::vector<Picture> &pictures) {
  Instance instance;
  return run(pictures, instance.get());
}

template <typename Function>
Picture paint(Function colour) {
  Picture picture(picture_bytes);
  for (uint32_t y = 0; y < side; ++y)
    for (uint32_t x = 0; x < side; ++x) {
      std::array<int, 3> rgb = colour(static_cast<int>(x), static_cast<int>(y));
      for (size_t c = 0; c < 3; ++c)
        picture[(size_t{y} * side + x) * 3 + c] = static_cast<uint8_t>(std::min(255, std::max(0, rgb[c])));
    }
  return picture;
}

Picture flat(int r, int g, int b) {
  return paint([=](int, int) { return std::array<int, 3>{r, g, b}; });
}

// The same bytes everywhere: a linear congruential generator (Numerical Recipes).
class Noise {
 public:
  explicit Noise(uint32_t seed) : state_(seed) {}
  int below(int limit) {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<int>((state_ >> 8) % static_cast<uint32_t>(limit));
  }

 private:
  uint32_t state_;
};

Picture noise(uint32_t seed) {
  Noise source(seed);
  return paint([&](int, int) {
    int r = source.below(256), g = source.below(256), b = source.below(256);
    return std::array<int, 3>{r, g, b};
  });
}

// A sky over a hill with a bright disc on the left: layout, edges and several hues.
Picture landscape(int disc_x, uint32_t seed, int grain) {
  Noise source(seed);
  return paint([&](int x, int y) {
    int jitter = grain ? source.below(2 * grain + 1) - grain : 0;
    int dx = x - disc_x, dy = y - 30, hill = 80 + (x - 64) * (x - 64) / 128;
    if (dx * dx + dy * dy < 200) return std::array<int, 3>{250 + jitter, 220 + jitter, 120 + jitter};
    if (y > hill) return std::array<int, 3>{40 + jitter, 90 + y / 4 + (x / 6 + y / 6) % 2 * 24 + jitter, 40 + jitter};
    return std::array<int, 3>{90 + y / 2 + jitter, 140 + y / 2 + jitter, 220 + jitter};
  });
}

std::vector<Picture> samples() {
  std::vector<Picture> pictures = {
      flat(0, 0, 0),
      flat(255, 255, 255),
      flat(128, 128, 128),
      flat(255, 0, 0),
      flat(0, 0, 255),
      flat(90, 120, 80),
      noise(1),
      landscape(30, 2, 0),
      landscape(30, 3, 6),
      landscape(90, 4, 3),
      paint([](int x, int y) {
        return std::array<int, 3>{2 * x, 2 * y, 255 - x - y};
      }),
      paint([](int x, int) {
        return x / 4 % 2 ? std::array<int, 3>{255, 255, 255} : std::array<int, 3>{0, 0, 0};
      }),
      paint([](int, int y) {
        return y / 3 % 2 ? std::array<int, 3>{200, 30, 30} : std::array<int, 3>{30, 30, 200};
      }),
      paint([](int x, int y) {
        return (x + y) / 5 % 2 ? std::array<int, 3>{20, 200, 90} : std::array<int, 3>{9, 9, 9};
      }),
      paint([](int x, int y) {
        return std::array<int, 3>{(x * x + y * y) / 64, 3 * (x - 64), 255 - (x * y) / 64};
      }),
  };
  // Almost nothing to see: one level of grain on grey.
  Noise source(5);
  pictures.push_back(paint([&](int, int) {
    int grey = 120 + source.below(2);
    return std::array<int, 3>{grey, grey, grey};
  }));
  return pictures;
}

Picture mirrored(const Picture &picture) {
  return paint([&](int x, int y) {
    const uint8_t *p = picture.data() + (static_cast<size_t>(y) * side + (side - 1 - static_cast<size_t>(x))) * 3;
    return std::array<int, 3>{p[0], p[1], p[2]};
  });
}

double cosine(const float *a, const float *b) {
  double dot = 0;
  for (size_t i = 0; i < dimension; ++i) dot += double{a[i]} * b[i];
  return dot;
}

double largest_difference(const float *a, const float *b, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

float tolerance() {
  kalon_output_description output{};
  output.size = sizeof output;
  REQUIRE(factory().describe_output(0, 0, &output) == KALON_OK);
  return output.tolerance;
}

}  // namespace

TEST_CASE("the descriptor describes itself") {
  CHECK(entry().magic == KALON_ENTRY_MAGIC);
  CHECK(entry().size == sizeof(kalon_entry));
  CHECK(entry().get_factory("no.such.factory/1") == nullptr);
  CHECK(entry().get_factory(KALON_DECODER_FACTORY) == nullptr);
  REQUIRE(factory().count() == 1);

  kalon_model_description model{};
  model.size = sizeof model;
  REQUIRE(factory().describe(0, &model) == KALON_OK);
  CHECK(model.size == sizeof model);
  CHECK(std::string(model.id) == "descriptor");
  CHECK(std::string(model.licence) == "Apache-2.0");
  CHECK(std::string(model.weights_hash).size() == 32);
  CHECK(model.input_width == side);
  CHECK(model.input_height == side);
  CHECK(model.crop == KALON_CROP_SQUASH);
  CHECK(model.determinism == KALON_DETERMINISM_TOLERANCE);
  CHECK(model.output_count == 1);

  kalon_output_description output{};
  output.size = sizeof output;
  REQUIRE(factory().describe_output(0, 0, &output) == KALON_OK);
  CHECK(output.kind == KALON_OUTPUT_EMBEDDING);
  CHECK(std::string(output.name) == "features");
  CHECK(output.dimension == dimension);
  CHECK(output.metric == KALON_METRIC_COSINE);
  CHECK(output.tolerance > 0);
  CHECK(output.tolerance <= 1e-5f);
}

TEST_CASE("wrong calls are refused") {
  Instance instance;
  check_wrong_calls({factory(), 0, instance.get(), 1, dimension}, flat(1, 2, 3).data());
}

TEST_CASE("texts of errors end where the caller's place does") {
  kalon_model *instance = nullptr;
  char text[8];
  std::memset(text, '#', sizeof text);
  kalon_text error{text, 5};
  CHECK(factory().create(1, &instance, &error) == KALON_INVALID_ARGUMENT);
  CHECK(std::string(text) == "this");
  CHECK(text[5] == '#');
}

TEST_CASE("every part agrees with NumPy") {
  auto pictures = samples();
  TemporaryFolder folder;
  {
    std::ofstream file(folder / "pixels", std::ios::binary);
    for (const auto &picture : pictures)
      file.write(reinterpret_cast<const char *>(picture.data()), static_cast<std::streamsize>(picture.size()));
  }
  std::string command = KALON_ORACLE " '" + (folder / "pixels") + "' '" + (folder / "vectors") + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  Vectors expected(pictures.size() * dimension);
  std::ifstream(folder / "vectors", std::ios::binary)
      .read(reinterpret_cast<char *>(expected.data()), static_cast<std::streamsize>(expected.size() * sizeof(float)));

  auto features = run(pictures);
  struct Part {
    const char *name;
    size_t begin, end;
  };
  for (const Part &part : {Part{"colour layout", 0, 35}, Part{"edge histogram", 35, 116},
                           Part{"colour histogram", 116, 196}, Part{"bands", 196, 256}, Part{"energy", 256, 384}})
    for (size_t i = 0; i < pictures.size(); ++i) {
      INFO(part.name << " of picture " << i);
      size_t at = i * dimension + part.begin;
      // Single against double precision: the model's own tolerance.
      CHECK(largest_difference(&features[at], &expected[at], part.end - part.begin) <= tolerance());
    }
}

TEST_CASE("vectors are finite and of unit norm, pictures without information included") {
  auto pictures = samples();
  auto features = run(pictures);
  for (size_t i = 0; i < pictures.size(); ++i) {
    const float *vector = &features[i * dimension];
    INFO("picture " << i);
    CHECK(std::all_of(vector, vector + dimension, [](float v) { return std::isfinite(v) && std::abs(v) <= 1; }));
    CHECK(std::sqrt(cosine(vector, vector)) == Approx(1).margin(1e-5));
  }
}

TEST_CASE("a picture's vector does not depend on its neighbours, its instance or its thread") {
  auto pictures = samples();
  auto together = run(pictures);
  Instance other;
  for (size_t i = 0; i < pictures.size(); ++i) {
    auto alone = run({pictures[i]}, other.get());
    CHECK(std::memcmp(alone.data(), &together[i * dimension], dimension * sizeof(float)) == 0);
  }
  std::array<Vectors, 4> seen;
  std::vector<std::thread> threads;
  for (auto &result : seen) threads.emplace_back([&] { result = run(pictures); });
  for (auto &thread : threads) thread.join();
  for (const auto &result : seen) CHECK(result == together);
}

TEST_CASE("nothing outside the outputs is written, and outputs may be unwanted") {
  Instance instance;
  auto pictures = samples();
  Picture pixels;
  for (size_t i = 0; i < 3; ++i) pixels.insert(pixels.end(), pictures[i + 6].begin(), pictures[i + 6].end());
  check_only_outputs_are_written({factory(), 0, instance.get(), 1, dimension}, pixels);
}

TEST_CASE("small changes are small, mirrored pictures near, other pictures far") {
  auto features = run({landscape(30, 1, 0), landscape(30, 2, 4), mirrored(landscape(30, 1, 0)), noise(3),
                       flat(127, 127, 127), flat(128, 128, 128), flat(200, 40, 40)});
  auto between = [&](size_t a, size_t b) { return cosine(&features[a * dimension], &features[b * dimension]); };
  CHECK(between(0, 1) > 0.95);
  CHECK(between(0, 2) > 0.90);
  CHECK(between(0, 2) < 0.9999);
  CHECK(between(0, 3) < 0.60);
  CHECK(between(4, 5) > 0.98);
  CHECK(between(4, 6) < 0.60);
}

// A library keeps vectors apart by this hash. If this test fails because the vectors were changed on purpose, give
// descriptor.h a new revision and write the new hash and numbers here: every 32nd value of three pictures.
TEST_CASE("vectors change only together with the hash") {
  kalon_model_description model{};
  model.size = sizeof model;
  REQUIRE(factory().describe(0, &model) == KALON_OK);
  CHECK(std::string(model.weights_hash) == "079a47eeb723337fbe9d139949566805");
  const std::vector<float> pinned = {
      0.0544077f, 0.0008141f, 0.0579131f,  0.0000000f,  0.0000000f,  0.0000000f, 0.0000000f, 0.0021922f,  0.0296591f,
      0.0145185f, 0.0103807f, -0.0005609f, -0.0112696f, -0.0078870f, 0.1149537f, 0.0007916f, 0.0358381f,  0.0105461f,
      0.0666687f, 0.0468795f, 0.0680436f,  0.0542989f,  0.0010261f,  0.0018060f, 0.0543203f, -0.0006967f, 0.0578635f,
      0.0000000f, 0.0000000f, 0.0000000f,  0.0000000f,  0.0021517f,  0.0298188f, 0.0145583f, -0.0102390f, -0.0005794f};
  auto features = run({landscape(30, 1, 0), noise(1), landscape(90, 4, 3)});
  REQUIRE(pinned.size() * 32 == features.size());
  for (size_t i = 0; i < pinned.size(); ++i) {
    INFO("value " << i * 32 << " is " << features[i * 32]);
    CHECK(std::abs(pinned[i] - features[i * 32]) <= tolerance());
  }
}
