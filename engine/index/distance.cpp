#include "index/distance.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/cpu.h"

namespace kalon {
namespace {

// Explicit lanes: the compiler may not reorder a sum of floating-point numbers by itself.
typedef double Doubles __attribute__((vector_size(64)));
typedef float HalfFloats __attribute__((vector_size(32)));
typedef float Floats __attribute__((vector_size(64)));

}  // namespace

KALON_MULTIVERSION double squared_distance(const float *a, const float *b, int64_t dimension) {
  Doubles even{}, odd{};
  int64_t i = 0;
  for (; i + 16 <= dimension; i += 16) {
    HalfFloats a0, a1, b0, b1;
    std::memcpy(&a0, a + i, sizeof a0);
    std::memcpy(&b0, b + i, sizeof b0);
    std::memcpy(&a1, a + i + 8, sizeof a1);
    std::memcpy(&b1, b + i + 8, sizeof b1);
    Doubles d0 = __builtin_convertvector(a0, Doubles) - __builtin_convertvector(b0, Doubles);
    Doubles d1 = __builtin_convertvector(a1, Doubles) - __builtin_convertvector(b1, Doubles);
    even += d0 * d0;
    odd += d1 * d1;
  }
  even += odd;
  double sum = 0;
  for (int lane = 0; lane < 8; ++lane) sum += even[lane];
  for (; i < dimension; ++i) {
    double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

float rounded_distance(double squared) {
  double distance = std::sqrt(squared);
  constexpr float largest = std::numeric_limits<float>::max();
  return distance >= static_cast<double>(largest) ? largest : static_cast<float>(distance);
}

KALON_MULTIVERSION float fast_distance(const float *a, const float *b, int64_t dimension) {
  Floats sums[4] = {};
  int64_t i = 0;
  for (; i + 64 <= dimension; i += 64) {
    for (int part = 0; part < 4; ++part) {
      Floats x, y;
      std::memcpy(&x, a + i + 16 * part, sizeof x);
      std::memcpy(&y, b + i + 16 * part, sizeof y);
      Floats difference = x - y;
      sums[part] += difference * difference;
    }
  }
  for (; i + 16 <= dimension; i += 16) {
    Floats x, y;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    Floats difference = x - y;
    sums[0] += difference * difference;
  }
  sums[0] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float sum = 0;
  for (int lane = 0; lane < 16; ++lane) sum += sums[0][lane];
  for (; i < dimension; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

}  // namespace kalon
