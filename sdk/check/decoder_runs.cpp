#include "decoder_runs.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace kalon::check {

Open::Open(const kalon_decoder_factory &factory, const Bytes &bytes, const std::string &path, uint64_t pixels,
           Structs structs)
    : factory_(factory), memory_(bytes), path_(path), structs_(structs) {
  memory_.make_read_only();
  auto source = sized<kalon_source>();
  source.data = memory_.data();
  source.data_size = bytes.size();
  source.path = path_.empty() ? nullptr : path_.c_str();
  auto limits = sized<kalon_decode_limits>();
  limits.max_pixels = pixels;
  if (structs_ == Structs::own)
    status = factory.open(&source, &limits, &decode_, text.get());
  else
    status = factory.open(Later(source).get(), Later(limits).get(), &decode_, text.get());
  require(status != KALON_OK || decode_, "open() gives ok and no picture");
  require(status == KALON_OK || !decode_, "open() gives " + status_text(status) + " and a picture all the same");
}

Open::~Open() {
  if (decode_) factory_.close(decode_);
}

kalon_picture_info Open::info() const {
  auto info = sized<kalon_picture_info>();
  auto result = factory_.info(decode_, &info);
  require(result == KALON_OK, "info() gives " + status_text(result));
  return info;
}

Bytes Open::read(kalon_status &result) const {
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
  if (structs_ == Structs::own)
    result = factory_.read(decode_, &pixels, error.get());
  else
    result = factory_.read(decode_, Later(pixels).get(), error.get());
  return result == KALON_OK ? memory.values() : Bytes();
}

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

namespace {

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

}  // namespace

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

}  // namespace kalon::check
