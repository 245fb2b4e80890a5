#pragma once
// Columns of the covariance where they matter: near the item they belong to.

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "rank/choice_slopes.h"
#include "rank/likelihood.h"

namespace kalon {

// Calls body(other, coupling) for each entry of the item's row of H beside the diagonal, -H[item, other]; the same
// other item may come several times. [any]
template <class Body>
void for_couplings(const VoteGraph &graph, const Curvature &curvature, int32_t item, const Body &body) {
  const auto &row = graph.pairs.rows[static_cast<size_t>(item)];
  for (auto slot = row.begin; slot < row.begin + row.size; ++slot)
    body(graph.pairs.other[static_cast<size_t>(slot)],
         static_cast<double>(curvature.weights[static_cast<size_t>(slot)]));
  const auto &choices = graph.choices;
  for (auto i = choices.first_of[static_cast<size_t>(item)]; i < choices.first_of[static_cast<size_t>(item) + 1]; ++i) {
    auto slot = choices.slots_of[static_cast<size_t>(i)];
    const auto &sequence = choices.sequences[static_cast<size_t>(choices.sequence[static_cast<size_t>(slot)])];
    std::vector<double> unit(static_cast<size_t>(sequence.size)), image(unit.size());
    unit[static_cast<size_t>(slot - sequence.begin)] = 1;
    choice_multiply(choices, sequence, curvature, unit, image);
    double scale = static_cast<double>(sequence.scale), factor = static_cast<double>(sequence.weight) * scale * scale;
    for (size_t place = 0; place < unit.size(); ++place)
      if (unit[place] == 0) body(choices.item[static_cast<size_t>(sequence.begin) + place], -factor * image[place]);
  }
}

// Some columns of the covariance, in the rows of some items.
struct LocalColumns {
  std::vector<int32_t> items;  // ascending; the columns' own are among them
  std::vector<double> values;  // items x columns
  size_t count = 0;            // columns
  const double *of(int32_t item) const;
};

// Keeps what it works with from call to call, 9 bytes an item.
class LocalSolver {
 public:
  explicit LocalSolver(int32_t items = 0);
  // Columns of (H + prior)⁻¹, by moving one item after the other until what is left of the right-hand side is at most a
  // five-hundredth of what it was, or the work would be too much. [worker]
  LocalColumns columns(const VoteGraph &graph, const Curvature &curvature, double prior,
                       std::span<const int32_t> items);

 private:
  std::vector<double> residual_;
  std::vector<uint8_t> is_waiting_;
};

// The inverse of a small square matrix, n x n. [any]
std::vector<double> inverse_of(std::vector<double> matrix, size_t n);

}  // namespace kalon
