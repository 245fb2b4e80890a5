#include "arrange/least_similarity.h"

#include <algorithm>
#include <vector>

#include "base/threads.h"
#include "index/distance.h"
#include "index/matrix_product.h"

namespace kalon {
namespace {

constexpr int64_t left_rows = 64;          // of one product
constexpr int64_t panel_rows = 1024;       // of a, for which each block of b is packed once
constexpr int64_t block_values = 1 << 20;  // that a block of b may hold

struct Least {
  float cosine = 2;
  int32_t a = -1, b = -1;
  bool operator<(const Least &other) const { return cosine < other.cosine; }
};

void gather(MatrixView rows, std::span<const int32_t> chosen, std::vector<float> &block) {
  for (size_t i = 0; i < chosen.size(); ++i)
    std::copy_n(rows.row(chosen[i]), rows.dimension, block.begin() + static_cast<int64_t>(i) * rows.dimension);
}

Least least_of_panel(MatrixView rows, std::span<const int32_t> a, std::span<const int32_t> b, int64_t block_rows,
                     const Task &task) {
  SingleThreadedOpenMP guard;
  MatrixProduct product(left_rows, block_rows, rows.dimension, false);
  // Room for whole blocks: rows past the end take part in the product, and are not looked at.
  auto left_blocks = (static_cast<int64_t>(a.size()) + left_rows - 1) / left_rows;
  std::vector<float> left(static_cast<size_t>(left_blocks * left_rows * rows.dimension));
  std::vector<float> right(static_cast<size_t>(block_rows * rows.dimension));
  std::vector<float> cosines(static_cast<size_t>(left_rows * block_rows));
  gather(rows, a, left);
  Least least;
  for (size_t first = 0; first < b.size(); first += static_cast<size_t>(block_rows)) {
    task.throw_if_cancelled();
    auto some = b.subspan(first, std::min(static_cast<size_t>(block_rows), b.size() - first));
    gather(rows, some, right);
    product.load_right(right.data());
    for (int64_t block = 0; block < left_blocks; ++block) {
      product.multiply(left.data() + block * left_rows * rows.dimension, cosines.data());
      int64_t begin = block * left_rows, end = std::min(begin + left_rows, static_cast<int64_t>(a.size()));
      for (int64_t i = begin; i < end; ++i) {
        const float *line = cosines.data() + (i - begin) * block_rows;
        const float *lowest = std::min_element(line, line + some.size());
        if (*lowest < least.cosine) least = {*lowest, a[i], some[lowest - line]};
      }
    }
  }
  return least;
}

}  // namespace

double least_similarity_between(MatrixView unit_rows, std::span<const int32_t> a, std::span<const int32_t> b,
                                const Task &task) {
  if (a.empty() || b.empty() || unit_rows.dimension < 1) return 1;
  int64_t most = std::clamp<int64_t>(block_values / unit_rows.dimension, left_rows, 1024);
  int64_t block_rows = std::min(most, (static_cast<int64_t>(b.size()) + 15) / 16 * 16);
  auto panels = (static_cast<int64_t>(a.size()) + panel_rows - 1) / panel_rows;
  std::vector<Least> of_panel(static_cast<size_t>(panels));
  parallel_for(panels, [&](int64_t panel) {
    auto first = static_cast<size_t>(panel * panel_rows);
    auto some = a.subspan(first, std::min(static_cast<size_t>(panel_rows), a.size() - first));
    of_panel[panel] = least_of_panel(unit_rows, some, b, block_rows, task);
  });
  Least least = *std::min_element(of_panel.begin(), of_panel.end());
  double squared = squared_distance(unit_rows.row(least.a), unit_rows.row(least.b), unit_rows.dimension);
  return std::max(-1.0, 1 - squared / 2);
}

}  // namespace kalon
