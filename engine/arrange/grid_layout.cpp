#include "arrange/grid_layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "arrange/grid_axes.h"
#include "arrange/grid_filter.h"
#include "arrange/linear_assignment.h"
#include "base/cpu.h"
#include "base/random.h"
#include "base/threads.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr size_t cells_at_a_time = 1024;  // of one thread: with fewer, threads cost more than they give

// How many axes are looked at, how the radius shrinks, from a share of the longer side, and how many cells exchange
// what they hold while it is large and once it is small. Larger grids are given less for each cell.
struct Schedule {
  int64_t axes;
  double first, last, factor;
  int far_group, near_group;
  double near_radius;
};

Schedule schedule_for(int64_t cells) {
  if (cells <= 2048) return {64, 0.4, 0.9, 0.975, 25, 64, 4};
  if (cells <= 16384) return {64, 0.4, 0.9, 0.96, 16, 36, 4};
  return {32, 0.3, 0.9, 0.93, 9, 16, 6};
}

// Costs of each vector in each of the group's places: squared distances, as whole numbers of which the largest is
// most_assigned_cost. targets: dimension x stride, of which `size` columns are used.
KALON_MULTIVERSION void fill_costs(const float *const *vectors, const float *__restrict targets, int size,
                                   int64_t dimension, float *__restrict distances, int32_t *__restrict costs) {
  int stride = assignment_stride(size);
  float largest = 0;
  for (int i = 0; i < size; ++i) {
    float *to = distances + i * stride;
    for (int j = 0; j < stride; ++j) to[j] = 0;
    for (int64_t d = 0; d < dimension; ++d) {
      float value = vectors[i][d];
      const float *target = targets + d * stride;
      for (int j = 0; j < stride; ++j) to[j] += (value - target[j]) * (value - target[j]);
    }
    for (int j = 0; j < size; ++j) largest = std::max(largest, to[j]);
  }
  float scale = largest > 0 ? static_cast<float>(most_assigned_cost) / largest : 0;
  for (int i = 0; i < size * stride; ++i) costs[i] = static_cast<int32_t>(distances[i] * scale);
}

class Sorter {
 public:
  Sorter(AxisValues vectors, const GridShape &shape, const Schedule &schedule, uint64_t seed)
      : vectors_(std::move(vectors)),
        shape_(shape),
        plan_(schedule),
        random_(seed),
        at_(static_cast<size_t>(shape.cells)) {
    std::iota(at_.begin(), at_.end(), 0);
  }

  // The longer side of the grid follows the first axis, the other one the second.
  void start() {
    auto by_axis = [&](int64_t axis) {
      return [this, axis](int32_t a, int32_t b) {
        float x = value(a)[axis], y = value(b)[axis];
        return x != y ? x < y : a < b;
      };
    };
    int64_t second = vectors_.dimension > 1 ? 1 : 0, columns = shape_.columns;
    bool wide = columns >= shape_.rows;
    std::sort(at_.begin(), at_.end(), by_axis(wide ? second : 0));
    for (int64_t begin = 0; begin < shape_.cells; begin += columns)
      std::sort(at_.begin() + begin, at_.begin() + std::min(shape_.cells, begin + columns), by_axis(wide ? 0 : second));
  }

  void sort(Task &task) {
    double radius = std::max(1.0, plan_.first * static_cast<double>(std::max(shape_.columns, shape_.rows)));
    auto passes = static_cast<uint64_t>(std::log(radius / plan_.last) / -std::log(plan_.factor)) + 1;
    task.phase("arrange", passes);
    for (uint64_t pass = 0; pass < passes; ++pass, radius *= plan_.factor) {
      task.throw_if_cancelled();
      smooth(radius, task);
      form_groups(static_cast<int64_t>(std::lround(radius)),
                  radius > plan_.near_radius ? plan_.far_group : plan_.near_group);
      parallel_for(static_cast<int64_t>(part_ends_.size()), [&](int64_t part) {
        task.throw_if_cancelled();
        Room room(vectors_.dimension);
        size_t begin = part == 0 ? 0 : part_ends_[static_cast<size_t>(part) - 1];
        for (size_t g = begin; g < part_ends_[static_cast<size_t>(part)]; ++g) exchange(g, room);
      });
      task.advance();
    }
  }

  std::vector<int32_t> take() { return std::move(at_); }

 private:
  struct Room {
    explicit Room(int64_t dimension) : targets(static_cast<size_t>(dimension * most_assigned)) {}
    std::vector<float> targets;
    alignas(64) float distances[most_assigned * most_assigned];
    alignas(64) int32_t costs[most_assigned * most_assigned];
  };

  const float *value(int32_t row) const { return vectors_.values.data() + row * vectors_.dimension; }

  void smooth(double radius, const Task &task) {
    map_.resize(vectors_.values.size());
    for (int64_t cell = 0; cell < shape_.cells; ++cell)
      std::copy_n(value(at_[static_cast<size_t>(cell)]), vectors_.dimension, map_.data() + cell * vectors_.dimension);
    filter_grid(shape_, vectors_.dimension, radius, map_, space_, task);
  }

  // Cells in groups of about `size` within squares of 2 radius + 1 cells a side, which lie elsewhere each time.
  void form_groups(int64_t radius, int64_t size) {
    group_cells_.clear();
    group_ends_.clear();
    part_ends_.clear();
    auto side =
        std::max({2 * radius + 1, static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(size)))), int64_t{3}});
    auto left = -static_cast<int64_t>(random_.below(static_cast<uint64_t>(side)));
    auto top = -static_cast<int64_t>(random_.below(static_cast<uint64_t>(side)));
    for (int64_t y = top; y < shape_.rows; y += side)
      for (int64_t x = left; x < shape_.columns; x += side) {
        auto begin = group_cells_.size();
        for (int64_t row = std::max<int64_t>(0, y); row < std::min(shape_.rows, y + side); ++row)
          for (int64_t column = std::max<int64_t>(0, x); column < std::min(shape_.columns, x + side); ++column)
            if (row * shape_.columns + column < shape_.cells)
              group_cells_.push_back(static_cast<int32_t>(row * shape_.columns + column));
        auto count = group_cells_.size() - begin;
        for (size_t i = count; i > 1; --i)
          std::swap(group_cells_[begin + i - 1], group_cells_[begin + random_.below(i)]);
        size_t groups = (count + static_cast<size_t>(size) - 1) / static_cast<size_t>(size);
        for (size_t g = 1; g <= groups; ++g) {
          group_ends_.push_back(begin + count * g / groups);
          if (group_ends_.back() < (part_ends_.size() + 1) * cells_at_a_time) continue;
          part_ends_.push_back(group_ends_.size());
        }
      }
    if (part_ends_.empty() || part_ends_.back() < group_ends_.size()) part_ends_.push_back(group_ends_.size());
  }

  void exchange(size_t group, Room &room) {
    size_t begin = group == 0 ? 0 : group_ends_[group - 1];
    int size = static_cast<int>(group_ends_[group] - begin), stride = assignment_stride(size);
    if (size < 2) return;
    const int32_t *cells = group_cells_.data() + begin;
    const float *held[most_assigned];
    int32_t rows[most_assigned], row_of_place[most_assigned];
    for (int i = 0; i < size; ++i) {
      rows[i] = at_[static_cast<size_t>(cells[i])];
      held[i] = value(rows[i]);
      const float *target = map_.data() + cells[i] * vectors_.dimension;
      for (int64_t d = 0; d < vectors_.dimension; ++d) room.targets[static_cast<size_t>(d * stride + i)] = target[d];
    }
    fill_costs(held, room.targets.data(), size, vectors_.dimension, room.distances, room.costs);
    assign_cheapest(room.costs, size, row_of_place);
    for (int i = 0; i < size; ++i) at_[static_cast<size_t>(cells[i])] = rows[row_of_place[i]];
  }

  AxisValues vectors_;
  GridShape shape_;
  Schedule plan_;
  Random random_;
  std::vector<int32_t> at_;  // cell -> row
  std::vector<float> map_, space_;
  std::vector<int32_t> group_cells_;  // of one group after the other
  std::vector<size_t> group_ends_;    // group -> behind its last cell there
  std::vector<size_t> part_ends_;     // part of the work -> behind its last group
};

}  // namespace

int64_t grid_columns(int64_t cells, double proportion) {
  constexpr double leeway = 0.12;
  if (cells < 2) return 1;
  double ideal = std::sqrt(static_cast<double>(cells) * proportion);
  auto within = [&](double columns) { return std::clamp<int64_t>(std::llround(columns), 1, cells); };
  auto best = within(ideal);
  auto empty = [&](int64_t columns) { return (cells + columns - 1) / columns * columns - cells; };
  for (int64_t columns = within(ideal * (1 - leeway)); columns <= within(ideal * (1 + leeway)); ++columns) {
    auto farther = [&](int64_t other) {
      return std::abs(static_cast<double>(columns) - ideal) < std::abs(static_cast<double>(other) - ideal);
    };
    if (empty(columns) < empty(best) || (empty(columns) == empty(best) && farther(best))) best = columns;
  }
  return best;
}

GridLayout arrange_in_grid(MatrixView vectors, int64_t columns, uint64_t seed, Task &task) {
  if (columns < 1) throw Error(Status::invalid_argument, "a grid has at least one column");
  if (vectors.rows == 0) return {};
  if (vectors.dimension < 1) throw Error(Status::invalid_argument, "vectors have at least one value");
  require_finite(vectors, task);
  columns = std::min(columns, vectors.rows);
  GridLayout layout{columns, (vectors.rows + columns - 1) / columns, {}};
  auto schedule = schedule_for(vectors.rows);
  task.phase("axes");
  Sorter sorter(along_axes(vectors, schedule.axes, seed, task), {columns, layout.rows, vectors.rows}, schedule, seed);
  sorter.start();
  if (vectors.rows > 2) sorter.sort(task);
  layout.cells = sorter.take();
  layout.cells.resize(static_cast<size_t>(columns * layout.rows), -1);
  return layout;
}

}  // namespace kalon
