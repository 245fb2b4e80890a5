#include "image/colour.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "image/profile.h"
#include "image/srgb_curve.h"

namespace kalon {
namespace {

size_t colours_of(ColourModel colour) {
  return colour == ColourModel::grey ? 1 : colour == ColourModel::rgb ? 3 : 4;
}

void check(const Raster &raster) {
  const bool known =
      (raster.colour == ColourModel::grey || raster.colour == ColourModel::rgb || raster.colour == ColourModel::cmyk) &&
      (raster.sample == SampleType::u8 || raster.sample == SampleType::u16 || raster.sample == SampleType::f32);
  if (!known || raster.width < 1 || raster.height < 1 ||
      static_cast<size_t>(raster.channels) != colours_of(raster.colour) + (raster.alpha == AlphaMode::none ? 0 : 1) ||
      raster.data.size() / raster.stride() < static_cast<size_t>(raster.height))
    throw Error(Status::invalid_argument,
                "the decoder's pixels (" + std::to_string(raster.width) + " x " + std::to_string(raster.height) + ", " +
                    std::to_string(raster.channels) + " channels, " + std::to_string(raster.data.size()) +
                    " bytes) do not fit what it says of them; this is a fault of the decoder");
}

// 0..1; NaN becomes 0.
inline float clipped(float value) {
  return value > 0.0F ? (value < 1.0F ? value : 1.0F) : 0.0F;
}

// How the samples of one raster become rows of T (uint8_t or uint16_t), colour and alpha apart.
template <class T>
struct Unpacker {
  static constexpr uint32_t most = std::is_same_v<T, uint8_t> ? 255 : 65535;
  const Raster &raster;
  size_t colours = colours_of(raster.colour);
  bool has_alpha = raster.alpha != AlphaMode::none;
  bool linear = raster.linear && raster.colour != ColourModel::cmyk;
  bool divide = false;  // by the alpha that the colours are premultiplied with

  void row(int y, T *colour, T *alpha) const {
    const uint8_t *source = raster.data.data() + static_cast<size_t>(y) * raster.stride();
    if constexpr (std::is_same_v<T, uint8_t>) {
      integers(source, colour, alpha);
    } else {
      if (raster.sample == SampleType::u8) integers(source, colour, alpha);
      if (raster.sample == SampleType::u16) integers(reinterpret_cast<const uint16_t *>(source), colour, alpha);
      if (raster.sample == SampleType::f32) floats(reinterpret_cast<const float *>(source), colour, alpha);
    }
  }

  template <class S>
  void integers(const S *source, T *colour, T *alpha) const {
    constexpr uint32_t widen = sizeof(S) < sizeof(T) ? 257 : 1;
    const std::vector<uint16_t> *roots = linear ? &srgb_of_roots() : nullptr;
    for (int x = 0; x < raster.width; ++x) {
      const uint32_t a = has_alpha ? source[colours] * widen : most;
      for (size_t c = 0; c < colours; ++c) {
        uint32_t value = source[c] * widen;
        if (divide) value = a == 0 ? 0 : std::min<uint32_t>(most, (value * most + a / 2) / a);
        if (roots) value = (*roots)[root_index(static_cast<float>(value) / most)];
        colour[c] = static_cast<T>(value);
      }
      source += raster.channels;
      colour += colours;
      if (has_alpha) *alpha++ = static_cast<T>(a);
    }
  }

  void floats(const float *source, T *colour, T *alpha) const {
    const std::vector<uint16_t> *roots = linear ? &srgb_of_roots() : nullptr;
    for (int x = 0; x < raster.width; ++x) {
      const float a = has_alpha ? clipped(source[colours]) : 1.0F;
      for (size_t c = 0; c < colours; ++c) {
        // An alpha of 0 gives infinity or NaN here, which clip to 1 and 0 and then do not count.
        const float value = clipped(divide ? source[c] / a : source[c]);
        colour[c] = roots ? (*roots)[root_index(value)] : static_cast<T>(value * 65535.0F + 0.5F);
      }
      source += raster.channels;
      colour += colours;
      if (has_alpha) *alpha++ = static_cast<T>(a * 65535.0F + 0.5F);
    }
  }
};

template <class T>
void grey_to_rgb(const T *grey, T *rgb, size_t pixels) {
  for (size_t i = 0; i < pixels; ++i) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
}

// Without a profile nothing is known of the inks: each takes its share of what the others leave.
template <class T>
void cmyk_to_rgb(const T *cmyk, T *rgb, size_t pixels) {
  constexpr uint32_t most = Unpacker<T>::most;
  for (size_t i = 0; i < pixels; ++i)
    for (size_t c = 0; c < 3; ++c)
      rgb[3 * i + c] = static_cast<T>(((most - cmyk[4 * i + c]) * (most - cmyk[4 * i + 3]) + most / 2) / most);
}

// premultiplied: the colours hold their share already.
template <class T>
void compose(const T *rgb, const T *alpha, bool premultiplied, Colour8 background, size_t pixels, uint8_t *target) {
  constexpr float most = Unpacker<T>::most;
  const float behind[3] = {static_cast<float>(background.red), static_cast<float>(background.green),
                           static_cast<float>(background.blue)};
  for (size_t i = 0; i < pixels; ++i) {
    const float a = static_cast<float>(alpha[i]) / most;
    const float share = (premultiplied ? 1.0F : a) * (255.0F / most);
    for (size_t c = 0; c < 3; ++c) {
      const float value = static_cast<float>(rgb[3 * i + c]) * share + behind[c] * (1.0F - a) + 0.5F;
      target[3 * i + c] = static_cast<uint8_t>(value < 255.0F ? value : 255.0F);
    }
  }
}

template <class T>
void to_bytes(const T *rgb, size_t samples, uint8_t *target) {
  if constexpr (std::is_same_v<T, uint8_t>) {
    std::memcpy(target, rgb, samples);
  } else {
    for (size_t i = 0; i < samples; ++i) target[i] = static_cast<uint8_t>((rgb[i] + 128U) / 257U);
  }
}

template <class T>
RgbImage convert(const Raster &raster, ByteView icc_profile, Colour8 background) {
  Unpacker<T> unpacker{raster};
  // Linear light has sRGB's primaries by definition; a profile says nothing about it.
  const auto transform = unpacker.linear
                             ? nullptr
                             : transform_to_srgb(icc_profile, raster.colour,
                                                 std::is_same_v<T, uint8_t> ? SampleType::u8 : SampleType::u16);
  const bool premultiplied = raster.alpha == AlphaMode::premultiplied;
  // Encoded grey and RGB that are already in sRGB can stay premultiplied: composing is then a sum.
  const bool keep = !transform && !unpacker.linear && raster.colour != ColourModel::cmyk;
  unpacker.divide = premultiplied && !keep;

  const auto pixels = static_cast<size_t>(raster.width);
  std::vector<T> colour(pixels * unpacker.colours), rgb(pixels * 3), alpha(unpacker.has_alpha ? pixels : 0);
  RgbImage result(raster.width, raster.height);
  for (int y = 0; y < raster.height; ++y) {
    unpacker.row(y, colour.data(), alpha.data());
    const T *row = rgb.data();
    if (transform)
      transform->convert(colour.data(), rgb.data(), static_cast<uint32_t>(pixels));
    else if (raster.colour == ColourModel::grey)
      grey_to_rgb(colour.data(), rgb.data(), pixels);
    else if (raster.colour == ColourModel::cmyk)
      cmyk_to_rgb(colour.data(), rgb.data(), pixels);
    else
      row = colour.data();
    if (unpacker.has_alpha)
      compose(row, alpha.data(), premultiplied && keep, background, pixels, result.row(y));
    else
      to_bytes(row, pixels * 3, result.row(y));
  }
  return result;
}

// 8-bit RGB without alpha is converted where it lies; without a profile nothing is touched.
RgbImage convert_in_place(Raster &&raster, ByteView icc_profile) {
  RgbImage image;
  image.width = raster.width;
  image.height = raster.height;
  raster.data.resize(raster.stride() * static_cast<size_t>(raster.height));
  image.data = std::move(raster.data);
  if (const auto transform = transform_to_srgb(icc_profile, ColourModel::rgb, SampleType::u8))
    for (int y = 0; y < image.height; ++y)
      transform->convert(image.row(y), image.row(y), static_cast<uint32_t>(image.width));
  return image;
}

}  // namespace

RgbImage to_srgb(Raster &&raster, ByteView icc_profile, int orientation, Colour8 background) {
  check(raster);
  RgbImage image;
  if (raster.sample == SampleType::u8 && raster.colour == ColourModel::rgb && raster.alpha == AlphaMode::none &&
      !raster.linear) {
    image = convert_in_place(std::move(raster), icc_profile);
  } else {
    image = raster.sample == SampleType::u8 && !raster.linear ? convert<uint8_t>(raster, icc_profile, background)
                                                              : convert<uint16_t>(raster, icc_profile, background);
    raster.data = {};  // before turning, which may need a second picture
  }
  return oriented(std::move(image), orientation);
}

}  // namespace kalon
