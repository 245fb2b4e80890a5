#include "image/perceptual_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "image/grey.h"
#include "image/resample.h"

namespace kalon {
namespace {

// Rounding is about 1e-14 of the sum of the values' differences; no coefficient of 8-bit values is as small by chance.
constexpr double negligible = 1e-12;

// What a coefficient of frequency k takes from the first half of the samples, the second half being folded onto it.
template <int Size, int Side>
struct Cosines {
  double value[Side][Size / 2];
  Cosines() {
    for (int k = 0; k < Side; ++k)
      for (int i = 0; i < Size / 2; ++i) value[k][i] = std::cos(std::numbers::pi * (2 * i + 1) * k / (2.0 * Size));
  }
};

// The lowest Side frequencies of `width` sequences of Size samples that lie side by side: samples[i * width + x] to
// result[k * width + x]. The cosine of an even frequency is the same at both ends, that of an odd one of the other
// sign, so sums and differences of opposite samples are all that is needed. That halves the work, and a coefficient
// that a symmetry of the picture forbids becomes exactly 0.
template <int Size, int Side, int width>
void transform(const double *__restrict samples, double *__restrict result) {
  static const Cosines<Size, Side> cosines;
  std::fill_n(result, Side * width, 0.0);
  for (int i = 0; i < Size / 2; ++i) {
    const double *low = samples + i * width, *high = samples + (Size - 1 - i) * width;
    double folded[2][width];
    for (int x = 0; x < width; ++x) folded[0][x] = low[x] + high[x];
    for (int x = 0; x < width; ++x) folded[1][x] = low[x] - high[x];
    for (int k = 0; k < Side; ++k) {
      const double factor = cosines.value[k][i], *from = folded[k % 2];
      double *to = result + k * width;
      for (int x = 0; x < width; ++x) to[x] += factor * from[x];
    }
  }
}

template <int Side>
using Coefficients = std::array<double, Side * Side>;

template <int Size, int Side>
Coefficients<Side> coefficients_of(std::span<const float, Size * Size> grey) {
  // A constant changes the first coefficient alone; without it the others of a flat picture are exactly 0.
  const double constant = grey[0];
  const auto samples = std::make_unique_for_overwrite<double[]>(Size * Size);
  double differences = 0;
  for (int i = 0; i < Size * Size; ++i) differences += std::fabs(samples[i] = grey[i] - constant);
  double down[Side * Size], turned[Size * Side], across[Side * Side];
  transform<Size, Side, Size>(samples.get(), down);
  for (int k = 0; k < Side; ++k)
    for (int x = 0; x < Size; ++x) turned[x * Side + k] = down[k * Size + x];
  transform<Size, Side, Side>(turned, across);
  Coefficients<Side> result;
  for (int y = 0; y < Side; ++y)
    for (int x = 0; x < Side; ++x) {
      const double value = across[x * Side + y];
      result[y * Side + x] = std::fabs(value) <= negligible * differences ? 0 : value;
    }
  result[0] += constant * Size * Size;
  return result;
}

template <int Side>
PerceptualHash<Side> hash_of_coefficients(const Coefficients<Side> &coefficients) {
  Coefficients<Side> sorted = coefficients;
  const auto middle = sorted.begin() + Side * Side / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double median = (*std::max_element(sorted.begin(), middle) + *middle) / 2;
  PerceptualHash<Side> hash{};
  for (size_t i = 0; i < coefficients.size(); ++i)
    if (coefficients[i] > median) hash[i / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
  return hash;
}

// A mirror turns the sign of every odd horizontal frequency.
template <int Side>
Coefficients<Side> mirrored(Coefficients<Side> coefficients) {
  for (size_t i = 1; i < coefficients.size(); i += 2) coefficients[i] = -coefficients[i];
  return coefficients;
}

template <int Size, int Side>
void hash_picture(const GreyImage &picture, PerceptualHash<Side> &hash, PerceptualHash<Side> &mirrored_hash) {
  const GreyImage reduced = resample(picture, Size, Size, Filter::lanczos);
  std::array<float, Size * Size> grey;
  std::copy(reduced.data.begin(), reduced.data.end(), grey.begin());
  const auto coefficients = coefficients_of<Size, Side>(std::span<const float, Size * Size>(grey));
  hash = hash_of_coefficients<Side>(coefficients);
  mirrored_hash = hash_of_coefficients<Side>(mirrored<Side>(coefficients));
}

}  // namespace

PerceptualHash<8> perceptual_hash8(std::span<const float, 32 * 32> grey) {
  return hash_of_coefficients<8>(coefficients_of<32, 8>(grey));
}
PerceptualHash<16> perceptual_hash16(std::span<const float, 64 * 64> grey) {
  return hash_of_coefficients<16>(coefficients_of<64, 16>(grey));
}
PerceptualHash<24> perceptual_hash24(std::span<const float, 96 * 96> grey) {
  return hash_of_coefficients<24>(coefficients_of<96, 24>(grey));
}

PerceptualHashes perceptual_hashes(const RgbImage &picture) {
  const GreyImage grey = grey_of(picture);
  PerceptualHashes hashes;
  hash_picture<32, 8>(grey, hashes.hash8, hashes.mirrored8);
  hash_picture<64, 16>(grey, hashes.hash16, hashes.mirrored16);
  hash_picture<96, 24>(grey, hashes.hash24, hashes.mirrored24);
  return hashes;
}

int hamming_distance(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  if (a.size() != b.size()) throw Error(Status::invalid_argument, "hashes of different lengths cannot be compared");
  int distance = 0;
  for (size_t i = 0; i < a.size(); ++i) distance += std::popcount(static_cast<uint8_t>(a[i] ^ b[i]));
  return distance;
}

}  // namespace kalon
