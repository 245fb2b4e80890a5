#include "image/matrix_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "image/srgb_curve.h"

namespace kalon {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

// The columns are the primaries, in XYZ of the profile connection space (D50).
std::optional<Matrix> primaries_of(cmsHPROFILE profile) {
  constexpr cmsTagSignature tags[] = {cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag};
  Matrix matrix;
  for (size_t i = 0; i < 3; ++i) {
    const auto *colour = static_cast<const cmsCIEXYZ *>(cmsReadTag(profile, tags[i]));
    if (!colour) return std::nullopt;
    matrix[0][i] = colour->X;
    matrix[1][i] = colour->Y;
    matrix[2][i] = colour->Z;
  }
  return matrix;
}

// The primaries of sRGB adapted to D50, as in the profile of IEC 61966-2-1 that the ICC publishes.
constexpr Matrix srgb_primaries{
    {{0.43607, 0.38515, 0.14307}, {0.22249, 0.71687, 0.06061}, {0.01392, 0.09708, 0.71410}}};

Matrix inverse(const Matrix &m) {
  Matrix result;
  // Indices wrap, so that the signs of the cofactors come by themselves.
  const auto cofactor = [&](size_t i, size_t j) {
    const size_t a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
    return m[a][c] * m[b][d] - m[a][d] * m[b][c];
  };
  const double determinant = m[0][0] * cofactor(0, 0) + m[0][1] * cofactor(0, 1) + m[0][2] * cofactor(0, 2);
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) result[j][i] = cofactor(i, j) / determinant;
  return result;
}

std::optional<CurveTable> curve_of(cmsHPROFILE profile, cmsTagSignature tag, size_t codes) {
  const auto *curve = static_cast<const cmsToneCurve *>(cmsReadTag(profile, tag));
  if (!curve) return std::nullopt;
  CurveTable table(codes);
  for (size_t i = 0; i < table.size(); ++i) {
    const float light = cmsEvalToneCurveFloat(curve, static_cast<float>(i) / static_cast<float>(codes - 1));
    table[i] = light > 0.0F ? std::min(light, 1.0F) : 0.0F;
  }
  // Black that is not black asks for black point compensation, and that is for lcms2 to do.
  if (table[0] > 1e-4F) return std::nullopt;
  return table;
}

template <class T>
T code_of(uint16_t code) {
  return sizeof(T) == 1 ? static_cast<T>((code + 128U) / 257U) : static_cast<T>(code);
}

constexpr size_t chunk = 128;  // pixels

// Linear RGB, by planes, to places in the table of roots.
KALON_MULTIVERSION void mix(const float *__restrict light, const float *__restrict matrix, uint32_t *__restrict index) {
  for (size_t c = 0; c < 3; ++c) {
    const float r = matrix[3 * c], g = matrix[3 * c + 1], b = matrix[3 * c + 2];
    for (size_t i = 0; i < chunk; ++i) {
      const float mixed = r * light[i] + g * light[chunk + i] + b * light[2 * chunk + i];
      const float low = mixed > 0.0F ? mixed : 0.0F;
      const float clipped = low < 1.0F ? low : 1.0F;
      index[c * chunk + i] = static_cast<uint32_t>(static_cast<int32_t>(__builtin_sqrtf(clipped) * 65535.0F + 0.5F));
    }
  }
}

template <class T>
class RgbTransform final : public ProfileTransform {
 public:
  explicit RgbTransform(const MatrixProfile &profile) {
    for (size_t c = 0; c < 3; ++c) {
      curves_[c] = profile.curves[c];
      for (size_t i = 0; i < 3; ++i) matrix_[3 * c + i] = profile.matrix[c][i];
    }
    for (uint16_t code : srgb_of_roots()) encoded_.push_back(code_of<T>(code));
  }

  void convert(const void *source, void *target, uint32_t pixels) const override {
    const T *from = static_cast<const T *>(source);
    T *to = static_cast<T *>(target);
    float light[3 * chunk] = {};
    uint32_t index[3 * chunk];
    for (size_t done = 0; done < pixels; done += chunk) {
      const size_t here = std::min<size_t>(chunk, pixels - done);
      for (size_t i = 0; i < here; ++i)
        for (size_t c = 0; c < 3; ++c) light[c * chunk + i] = curves_[c][*from++];
      mix(light, matrix_.data(), index);
      for (size_t i = 0; i < here; ++i)
        for (size_t c = 0; c < 3; ++c) *to++ = encoded_[index[c * chunk + i]];
    }
  }

 private:
  std::array<std::vector<float>, 3> curves_;
  std::array<float, 9> matrix_{};
  std::vector<T> encoded_;
};

template <class T>
class GreyTransform final : public ProfileTransform {
 public:
  explicit GreyTransform(const MatrixProfile &profile) {
    const std::vector<uint16_t> &roots = srgb_of_roots();
    for (float light : profile.curves[0]) encoded_.push_back(code_of<T>(roots[root_index(light)]));
  }

  void convert(const void *source, void *target, uint32_t pixels) const override {
    const T *from = static_cast<const T *>(source);
    T *to = static_cast<T *>(target);
    for (size_t i = 0; i < pixels; ++i, to += 3) to[0] = to[1] = to[2] = encoded_[from[i]];
  }

 private:
  std::vector<T> encoded_;
};

}  // namespace

std::optional<MatrixProfile> read_matrix_profile(void *lcms_profile, SampleType sample) {
  if (cmsGetPCS(lcms_profile) != cmsSigXYZData) return std::nullopt;
  // Tables take precedence over curves.
  for (cmsTagSignature table :
       {cmsSigAToB0Tag, cmsSigAToB1Tag, cmsSigAToB2Tag, cmsSigDToB0Tag, cmsSigDToB1Tag, cmsSigDToB2Tag, cmsSigDToB3Tag})
    if (cmsIsTag(lcms_profile, table)) return std::nullopt;
  const bool grey = cmsGetColorSpace(lcms_profile) == cmsSigGrayData;
  if (!grey && cmsGetColorSpace(lcms_profile) != cmsSigRgbData) return std::nullopt;

  MatrixProfile profile;
  const std::vector<cmsTagSignature> tags =
      grey ? std::vector{cmsSigGrayTRCTag} : std::vector{cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag};
  for (cmsTagSignature tag : tags) {
    auto curve = curve_of(lcms_profile, tag, sample == SampleType::u16 ? 65536 : 256);
    if (!curve) return std::nullopt;
    profile.curves.push_back(std::move(*curve));
  }
  if (grey) return profile;
  const auto primaries = primaries_of(lcms_profile);
  if (!primaries) return std::nullopt;
  const Matrix from_xyz = inverse(srgb_primaries);
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 3; ++k) sum += from_xyz[i][k] * (*primaries)[k][j];
      profile.matrix[i][j] = static_cast<float>(sum);
    }
  return profile;
}

bool is_srgb(const MatrixProfile &profile) {
  if (profile.curves.size() == 3)
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = 0; j < 3; ++j)
        // Profiles of sRGB agree within 0.002 here; those of the nearest relatives differ by a tenth.
        if (!(std::fabs(profile.matrix[i][j] - (i == j ? 1.0F : 0.0F)) < 0.004F)) return false;
  for (const CurveTable &curve : profile.curves)
    for (size_t code = 0; code < 256; ++code)
      if (!(std::fabs(srgb_encoded(curve[code * ((curve.size() - 1) / 255)]) * 255 - static_cast<double>(code)) < 0.5))
        return false;
  return true;
}

std::shared_ptr<const ProfileTransform> make_matrix_transform(const MatrixProfile &profile) {
  const bool wide = profile.curves[0].size() > 256;
  if (profile.curves.size() == 1) {
    if (wide) return std::make_shared<GreyTransform<uint16_t>>(profile);
    return std::make_shared<GreyTransform<uint8_t>>(profile);
  }
  if (wide) return std::make_shared<RgbTransform<uint16_t>>(profile);
  return std::make_shared<RgbTransform<uint8_t>>(profile);
}

}  // namespace kalon
