// What a decoder promises. Those about pictures need some: --sample.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "check.h"
#include "decoder_runs.h"
#include "floating_point.h"
#include "loaded_plugin.h"
#include "memory_use.h"
#include "side_by_side.h"
#include "structs.h"

namespace kalon::check {
namespace {

void nonsense(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  std::mt19937_64 random(subject.seed);
  std::vector<Bytes> starts(1);
  auto manifest = nlohmann::json::parse(subject.manifest_text);
  for (const auto &format : manifest.value("formats", nlohmann::json::array()))
    for (const auto &magic : format.value("magic", nlohmann::json::array())) {
      Bytes start(magic.value("offset", size_t{0}), 0);
      auto hex = magic.value("hex", "");
      for (size_t i = 0; i + 1 < hex.size(); i += 2)
        start.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
      starts.push_back(start);
    }
  for (const auto &start : starts)
    for (size_t length : {0, 1, 20, 400, 5000}) {
      Bytes bytes = start;
      for (size_t i = 0; i < length; ++i) bytes.push_back(static_cast<uint8_t>(random()));
      Open file(factory, bytes, {});
      if (file.status != KALON_OK) {
        require(!file.text.str().empty(), "refuses a file without saying why");
        continue;
      }
      check_info(file.info(), "nonsense");
      if (uint64_t{file.info().decoded_width} * file.info().decoded_height > 10'000'000) continue;
      kalon_status result = KALON_OK;
      file.read(result);
    }
}

void reads(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    Open file(factory, sample.bytes, sample.path);
    require(file.status == KALON_OK,
            sample.name + ": open() gives " + status_text(file.status) + ": " + file.text.str());
    check_info(file.info(), sample.name);
    for (int kind : std::initializer_list<int>{KALON_METADATA_ICC, KALON_METADATA_EXIF, KALON_METADATA_XMP,
                                               KALON_METADATA_PROPERTIES, 99}) {
      const uint8_t *data = nullptr;
      uint64_t size = 0;
      auto result = factory.metadata(file.get(), kind, &data, &size);
      require(result == KALON_OK ? data && size > 0 : true, sample.name + ": metadata() gives ok and no data");
      require(kind != 99 || result != KALON_OK, sample.name + ": has metadata of a kind that does not exist");
      volatile uint8_t sum = 0;
      for (uint64_t i = 0; result == KALON_OK && i < size; ++i) sum = static_cast<uint8_t>(sum + data[i]);
    }
    kalon_status result = KALON_OK;
    auto pixels = file.read(result);
    require(result == KALON_OK, sample.name + ": read() gives " + status_text(result));
    Open again(factory, sample.bytes, {});
    require(again.status != KALON_OK || again.read(result) == pixels,
            sample.name + ": gives other pixels the second time");
  }
}

void sizes(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    Open file(factory, sample.bytes, sample.path);
    if (file.status != KALON_OK) continue;
    require_any_size<kalon_picture_info>("info()",
                                         [&](kalon_picture_info *out) { return factory.info(file.get(), out); });
  }
}

void limits(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    Open file(factory, sample.bytes, sample.path, 1);
    require(file.status != KALON_OK, sample.name + ": is opened, though it has more pixels than allowed");
    require(file.status == KALON_LIMIT_EXCEEDED,
            sample.name + ": is refused as " + status_text(file.status) + " instead of limit_exceeded");
  }
}

void scales(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  if (!factory.scale) throw Skipped("decodes at full size only");
  for (const auto &sample : samples(subject))
    for (uint32_t part : {1, 2, 3, 8, 1000}) {
      Open file(factory, sample.bytes, sample.path);
      if (file.status != KALON_OK) continue;
      auto before = file.info();
      uint32_t width = std::max(1u, before.width / part), height = std::max(1u, before.height / part);
      require(factory.scale(file.get(), width, height) == KALON_OK, sample.name + ": scale() fails");
      auto after = file.info();
      check_info(after, sample.name);
      require(after.decoded_width >= width && after.decoded_height >= height,
              sample.name + ": is decoded smaller than asked for");
      kalon_status result = KALON_OK;
      file.read(result);
      require(result == KALON_OK, sample.name + ": read() at a scale gives " + status_text(result));
    }
}

void damaged(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  std::mt19937_64 random(subject.seed + 1);
  auto attempt = [&](const Bytes &bytes) {
    Open file(factory, bytes, {}, 20'000'000);
    if (file.status != KALON_OK) return;
    check_info(file.info(), "a damaged file");
    kalon_status result = KALON_OK;
    file.read(result);
  };
  for (const auto &sample : samples(subject)) {
    for (size_t i = 1; i <= 16; ++i)
      attempt({sample.bytes.begin(), sample.bytes.begin() + static_cast<ptrdiff_t>(sample.bytes.size() * i / 17)});
    for (int i = 0; i < 100 && !sample.bytes.empty(); ++i) {
      auto bytes = sample.bytes;
      // The first bytes are where a file says what it is.
      size_t reach = i % 2 == 0 ? std::min<size_t>(bytes.size(), 512) : bytes.size();
      for (int flips = 1 + i % 4; flips > 0; --flips) bytes[random() % reach] = static_cast<uint8_t>(random());
      attempt(bytes);
    }
  }
}

void threads(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  auto concurrency = nlohmann::json::parse(subject.manifest_text).value("concurrency", "");
  if (concurrency == "serial_per_process") throw Skipped("is called by one thread at a time");
  for (const auto &sample : samples(subject)) {
    kalon_status result = KALON_OK;
    auto expected = Open(factory, sample.bytes, sample.path).read(result);
    side_by_side([&] {
      for (int i = 0; i < 3; ++i) {
        kalon_status own = KALON_OK;
        require(Open(factory, sample.bytes, sample.path).read(own) == expected,
                sample.name + ": gives other pixels on several threads at once");
      }
    });
  }
}

void leaks(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    require_no_leak(
        [&] {
          kalon_status result = KALON_OK;
          Open(factory, sample.bytes, sample.path).read(result);
        },
        (sample.name + ": decoding").c_str());
    auto cut = Bytes(sample.bytes.begin(), sample.bytes.begin() + static_cast<ptrdiff_t>(sample.bytes.size() / 3));
    require_no_leak([&] { Open(factory, cut, {}); }, (sample.name + ": opening a cut file").c_str());
  }
}

void floating_point(const Subject &subject) {
  const auto &factory = decoder_factory(subject);
  for (const auto &sample : samples(subject)) {
    FloatingPoint before;
    kalon_status result = KALON_OK;
    Open(factory, sample.bytes, sample.path).read(result);
    before.require_unchanged("decoding");
  }
}

}  // namespace

std::vector<Check> decoder_checks() {
  return {{"decoder-nonsense", "bytes that are no picture are refused with a text, and nothing worse", nonsense},
          {"decoder-reads", "a picture is described, and read into its place, the same each time", reads},
          {"decoder-sizes", "structs of other revisions are written as far as they go", sizes},
          {"decoder-limits", "a picture with more pixels than allowed is limit_exceeded, from its header", limits},
          {"decoder-scales", "a scaled picture is no smaller than asked for", scales},
          {"decoder-damaged", "cut and changed files end in a status", damaged},
          {"decoder-threads", "files are decoded side by side, as the manifest declares", threads},
          {"decoder-leaks", "decoding keeps no memory", leaks},
          {"decoder-floating-point", "decoding leaves rounding and flush-to-zero alone", floating_point}};
}

}  // namespace kalon::check
