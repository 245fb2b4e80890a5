#include "filter/panel_product.h"

namespace kalon {
namespace {

// Eight sums are open at a time, whatever a vector holds: enough to hide the delay of an addition, few enough for the
// registers.
template <class Vector>
[[gnu::always_inline]] inline void product(const double *left, const double *right, int64_t depth, double *out) {
  constexpr int lanes = sizeof(Vector) / sizeof(double);
  for (int column = 0; column < right_panel; column += 2 * lanes) {
    Vector sums[left_panel][2] = {};
    for (int64_t k = 0; k < depth; ++k) {
      const auto *pair = reinterpret_cast<const Vector *>(right + k * right_panel + column);
      Vector first = pair[0], second = pair[1];
      for (int row = 0; row < left_panel; ++row) {
        sums[row][0] += left[k * left_panel + row] * first;
        sums[row][1] += left[k * left_panel + row] * second;
      }
    }
    for (int row = 0; row < left_panel; ++row) {
      auto *pair = reinterpret_cast<Vector *>(out + row * right_panel + column);
      pair[0] = sums[row][0];
      pair[1] = sums[row][1];
    }
  }
}

using Vector2 = double __attribute__((vector_size(16), may_alias));
using Vector4 = double __attribute__((vector_size(32), may_alias));
using Vector8 = double __attribute__((vector_size(64), may_alias));

#if defined(__x86_64__) && defined(__linux__) && !defined(KALON_NO_MULTIVERSION)
#define KALON_TARGET(name) __attribute__((target(name)))

KALON_TARGET("arch=x86-64-v4") void dispatched(const double *left, const double *right, int64_t depth, double *out) {
  product<Vector8>(left, right, depth, out);
}
KALON_TARGET("arch=x86-64-v3") void dispatched(const double *left, const double *right, int64_t depth, double *out) {
  product<Vector4>(left, right, depth, out);
}
KALON_TARGET("default") void dispatched(const double *left, const double *right, int64_t depth, double *out) {
  product<Vector2>(left, right, depth, out);
}
#else
void dispatched(const double *left, const double *right, int64_t depth, double *out) {
  product<Vector2>(left, right, depth, out);
}
#endif

}  // namespace

void panel_product(const double *left, const double *right, int64_t depth, double *out) {
  dispatched(left, right, depth, out);
}

}  // namespace kalon
