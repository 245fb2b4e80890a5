// What a decoder promises. Those about pictures need some: --sample.

#include <kalon/plugin.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "check.h"
#include "floating_point.h"
#include "guarded_memory.h"
#include "loaded_plugin.h"
#include "memory_use.h"
#include "side_by_side.h"
#include "structs.h"

namespace kalon::check {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t most_pixels = 100'000'000;

// One file in the decoder, between guard pages and only to be read.
class Open {
 public:
  Open(const kalon_decoder_factory &factory, const Bytes &bytes, const std::string &path, uint64_t pixels = most_pixels)
      : factory_(factory), memory_(bytes), path_(path) {
    memory_.make_read_only();
    auto source = sized<kalon_source>();
    source.data = memory_.data();
    source.data_size = bytes.size();
    source.path = path_.empty() ? nullptr : path_.c_str();
    auto limits = sized<kalon_decode_limits>();
    limits.max_pixels = pixels;
    status = factory.open(&source, &limits, &decode_, text.get());
    require(status != KALON_OK || decode_, "open() gives ok and no picture");
    require(status == KALON_OK || !decode_, "open() gives " + status_text(status) + " and a picture all the same");
  }
  ~Open() {
    if (decode_) factory_.close(decode_);
  }
  Open(const Open &) = delete;
  Open &operator=(const Open &) = delete;

  kalon_picture_info info() const {
    auto info = sized<kalon_picture_info>();
    auto result = factory_.info(decode_, &info);
    require(result == KALON_OK, "info() gives " + status_text(result));
    return info;
  }
  // Into memory between guard pages; the pixels, empty when it failed.
  Bytes read(kalon_status &result) const {
    auto about = info();
    size_t sample = about.sample == KALON_SAMPLE_U8 ? 1 : about.sample == KALON_SAMPLE_U16 ? 2 : 4;
    size_t stride = size_t{about.decoded_width} * about.channels * sample;
    GuardedArray<uint8_t> memory(Bytes(stride * about.decoded_height, 0xa5));
    auto pixels = sized<kalon_pixels>();
    pixels.width = about.decoded_width;
    pixels.height = about.decoded_height;
    pixels.channels = about.channels;
    pixels.sample = about.sample;
    pixels.stride = stride;
    pixels.data = memory.data();
    Text error;
    result = factory_.read(decode_, &pixels, error.get());
    return result == KALON_OK ? memory.values() : Bytes();
  }
  kalon_decode *get() const { return decode_; }

  kalon_status status;
  Text text;

 private:
  const kalon_decoder_factory &factory_;
  GuardedArray<uint8_t> memory_;
  std::string path_;
  kalon_decode *decode_ = nullptr;
};

void check_info(const kalon_picture_info &info, const std::string &name) {
  auto within = [](int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; };
  require(info.width > 0 && info.height > 0, name + ": has no size");
  require(within(info.decoded_width, 1, info.width) && within(info.decoded_height, 1, info.height),
          name + ": decodes to another size than it may");
  require(within(info.channels, 1, 5), name + ": has " + std::to_string(info.channels) + " channels");
  require(within(info.colour, KALON_COLOUR_GREY, KALON_COLOUR_CMYK), name + ": has no colour model");
  require(within(info.sample, KALON_SAMPLE_U8, KALON_SAMPLE_F32), name + ": has no kind of sample");
  require(within(info.alpha, KALON_ALPHA_NONE, KALON_ALPHA_PREMULTIPLIED), name + ": has no kind of alpha");
  require(within(info.transfer, KALON_TRANSFER_ENCODED, KALON_TRANSFER_LINEAR), name + ": has no transfer");
  require(within(info.orientation, 1, 8), name + ": has the orientation " + std::to_string(info.orientation));
  require(info.format[0] != 0 && ::memchr(info.format, 0, sizeof info.format), name + ": its format has no name");
}

struct Sample {
  std::string name, path;
  Bytes bytes;
};

// Whether the manifest claims files of this name.
bool claimed(const Subject &subject, const std::string &path) {
  auto extension = std::filesystem::path(path).extension().native();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  auto manifest = nlohmann::json::parse(subject.manifest_text);
  for (const auto &format : manifest.value("formats", nlohmann::json::array()))
    for (const auto &one : format.value("extensions", nlohmann::json::array()))
      if (one.is_string() && extension == "." + one.get<std::string>()) return true;
  return false;
}

std::vector<Sample> samples(const Subject &subject) {
  if (subject.kind != "decoder") throw Skipped("is no decoder");
  std::vector<Sample> all;
  for (const auto &path : subject.samples) {
    if (!claimed(subject, path)) continue;
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Fault(path + " cannot be read");
    all.push_back({std::filesystem::path(path).filename(), path, {std::istreambuf_iterator<char>(file), {}}});
  }
  if (all.empty()) throw Skipped("needs a picture of its formats: --sample FILE");
  return all;
}

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
