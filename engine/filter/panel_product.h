#pragma once
// Products of small packed panels of doubles: the loop in which fits and scores spend their time. Eigen, built for any
// processor, reaches a fifth of what this does on one with wide vectors.

#include <cstdint>
#include <memory>
#include <new>

namespace kalon {

inline constexpr int64_t left_panel = 4, right_panel = 16;

// out (4 x 16, row-major) = leftᵀ · right, of left (depth x 4) and right (depth x 16). Each lies on a 64-byte boundary.
// [any]
void panel_product(const double *left, const double *right, int64_t depth, double *out);

// Doubles on a 64-byte boundary, not set.
class PanelBuffer {
 public:
  PanelBuffer() = default;
  explicit PanelBuffer(int64_t size)
      : data_(static_cast<double *>(::operator new(static_cast<size_t>(size) * sizeof(double), boundary))) {}
  double *data() { return data_.get(); }
  const double *data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t boundary{64};
  struct Free {
    void operator()(double *data) const { ::operator delete(data, boundary); }
  };
  std::unique_ptr<double, Free> data_;
};

}  // namespace kalon
