#include "embed/picture_file.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "image/colour.h"

namespace kalon {
namespace {

std::string extension_of(const std::string &path) {
  auto slash = path.rfind('/');
  auto dot = path.rfind('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return {};
  return ascii_lower(std::string_view(path).substr(dot + 1));
}

uint32_t at_least(double value) {
  return static_cast<uint32_t>(std::clamp(std::ceil(value), 1.0, 4e9));
}

}  // namespace

std::string describe(const DecodeNeed &need) {
  if (need.cover <= 0) return "decode=full";
  // Covers are small decimal numbers; a text that depends on no locale.
  auto hundredths = static_cast<int>(std::lround(need.cover * 100));
  return "decode=cover:" + std::to_string(hundredths) + "%,long:" + std::to_string(need.long_side);
}

PictureFile::PictureFile(std::unique_ptr<Decoding> decoding) : decoding_(std::move(decoding)) {
  refresh_info();
}

void PictureFile::refresh_info() {
  info_ = decoding_->info();
  uint64_t pixels = uint64_t{info_.width} * info_.height;
  if (pixels == 0) throw Error(Status::corrupt_data, "the picture has no pixels");
  if (pixels > max_picture_pixels)
    throw Error(Status::limit_exceeded, std::to_string(info_.width) + " x " + std::to_string(info_.height) +
                                            " pixels; pictures above 500 megapixels are not decoded");
  bool sane = info_.decoded_width > 0 && info_.decoded_width <= info_.width && info_.decoded_height > 0 &&
              info_.decoded_height <= info_.height && info_.channels >= 1 && info_.channels <= 5 &&
              info_.sample >= KALON_SAMPLE_U8 && info_.sample <= KALON_SAMPLE_F32;
  if (!sane) throw Error(Status::internal, "the decoder describes an impossible picture");
}

PictureFile PictureFile::open(Registry &registry, const std::string &path, ByteView bytes, const Task *task) {
  if (bytes.empty()) throw Error(Status::corrupt_data, "the file is empty");
  auto choice = registry.choose_decoder(bytes.first(std::min<size_t>(bytes.size(), 64)), extension_of(path));
  if (!choice)
    throw Error(Status::unsupported, "is no picture that any decoder knows; `kalon plugins` lists the formats");
  DecodingSource source{path, bytes, max_picture_pixels};
  if (task) source.cancelled = &task->cancel_flag();
  return PictureFile(registry.open(choice->plugin, source));
}

ByteView PictureFile::metadata(int32_t kind) const {
  return decoding_->metadata(kind);
}

void PictureFile::choose_scale(const DecodeNeed &need) {
  if (need.cover <= 0 || !decoding_->scales()) return;
  double width = upright_width(), height = upright_height();
  double long_scale = need.long_side / std::max(width, height);
  uint32_t min_width = at_least(std::max<double>(need.cover * need.input_width, width * long_scale));
  uint32_t min_height = at_least(std::max<double>(need.cover * need.input_height, height * long_scale));
  if (turned()) std::swap(min_width, min_height);
  decoding_->scale(min_width, min_height);
  refresh_info();
}

uint64_t PictureFile::decode_bytes() const {
  uint64_t pixels = uint64_t{info_.decoded_width} * info_.decoded_height;
  uint64_t sample = info_.sample == KALON_SAMPLE_U8 ? 1 : info_.sample == KALON_SAMPLE_U16 ? 2 : 4;
  bool plain = info_.sample == KALON_SAMPLE_U8 && info_.channels == 3;
  uint64_t converting = info_.channels * sample + (plain ? 0 : 3), turning = turned() ? 6 : 0;
  return pixels * std::max(converting, turning);
}

RgbImage PictureFile::read(Colour8 background) {
  if (decode_bytes() > max_decode_bytes)
    throw Error(Status::limit_exceeded, "would take " + std::to_string(decode_bytes() >> 20) +
                                            " MiB when decoded; the limit is " +
                                            std::to_string(max_decode_bytes >> 20) + " MiB");
  Raster raster;
  raster.width = static_cast<int>(info_.decoded_width);
  raster.height = static_cast<int>(info_.decoded_height);
  raster.channels = static_cast<int>(info_.channels);
  raster.sample = static_cast<SampleType>(info_.sample);
  raster.colour = static_cast<ColourModel>(info_.colour);
  raster.alpha = static_cast<AlphaMode>(info_.alpha);
  raster.linear = info_.transfer == KALON_TRANSFER_LINEAR;
  raster.data.resize(raster.stride() * static_cast<size_t>(raster.height));
  kalon_pixels pixels{};
  pixels.size = sizeof pixels;
  pixels.width = info_.decoded_width;
  pixels.height = info_.decoded_height;
  pixels.channels = info_.channels;
  pixels.sample = info_.sample;
  pixels.stride = raster.stride();
  pixels.data = raster.data.data();
  decoding_->read(pixels);
  return to_srgb(std::move(raster), metadata(KALON_METADATA_ICC), info_.orientation, background);
}

}  // namespace kalon
