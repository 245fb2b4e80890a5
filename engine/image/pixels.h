#pragma once
// Pictures in memory: as a decoder gave them, and as the engine works on them.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <kalon/plugin.h>

namespace kalon {

// The engine's working form: 8-bit sRGB, interleaved RGB, rows tightly packed, top row first, upright.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> data;  // height x width x 3

  RgbImage() = default;
  RgbImage(int w, int h) : width(w), height(h), data(static_cast<size_t>(w) * static_cast<size_t>(h) * 3) {}
  uint8_t *row(int y) { return data.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
  const uint8_t *row(int y) const { return data.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
  bool empty() const { return data.empty(); }
};

struct Colour8 {
  uint8_t red = 255, green = 255, blue = 255;
};

enum class SampleType : int32_t { u8 = KALON_SAMPLE_U8, u16 = KALON_SAMPLE_U16, f32 = KALON_SAMPLE_F32 };
enum class ColourModel : int32_t { grey = KALON_COLOUR_GREY, rgb = KALON_COLOUR_RGB, cmyk = KALON_COLOUR_CMYK };
enum class AlphaMode : int32_t {
  none = KALON_ALPHA_NONE,
  straight = KALON_ALPHA_STRAIGHT,
  premultiplied = KALON_ALPHA_PREMULTIPLIED
};

// Pixels as a decoder wrote them; rows tightly packed. The alpha channel, if any, comes last.
struct Raster {
  int width = 0;
  int height = 0;
  int channels = 0;
  SampleType sample = SampleType::u8;
  ColourModel colour = ColourModel::rgb;
  AlphaMode alpha = AlphaMode::none;
  bool linear = false;  // values are linear light with sRGB primaries (floating point formats)
  std::vector<uint8_t> data;

  size_t sample_bytes() const { return sample == SampleType::u8 ? 1 : sample == SampleType::u16 ? 2 : 4; }
  size_t stride() const { return static_cast<size_t>(width) * static_cast<size_t>(channels) * sample_bytes(); }
};

enum class Filter : int32_t {
  bilinear = KALON_FILTER_BILINEAR,
  bicubic = KALON_FILTER_BICUBIC,
  lanczos = KALON_FILTER_LANCZOS,
  box = KALON_FILTER_BOX
};
enum class CropPolicy : int32_t {
  centre = KALON_CROP_CENTRE,
  squash = KALON_CROP_SQUASH,
  pad = KALON_CROP_PAD,
  more_scan = KALON_CROP_MORE_SCAN
};

}  // namespace kalon
