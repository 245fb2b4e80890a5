#include "arrange/groups.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "arrange/least_similarity.h"
#include "base/threads.h"
#include "index/distance.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr int64_t rows_per_part = 1024;
constexpr int64_t few_rows = 64;  // below this, comparing one by one is faster than a product

bool has_direction(const float *row, int64_t dimension) {
  return std::any_of(row, row + dimension, [](float value) { return value != 0; });
}

double least_one_by_one(MatrixView unit_rows, std::span<const int32_t> rows) {
  double least = 1;
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      least = std::min(least, row_similarity(unit_rows.row(rows[i]), unit_rows.row(rows[j]), unit_rows.dimension));
  return least;
}

// `rows` are distinct.
double least_of_all_pairs(MatrixView unit_rows, std::span<const int32_t> rows, const Task &task) {
  std::vector<int32_t> directed;
  for (int32_t row : rows)
    if (has_direction(unit_rows.row(row), unit_rows.dimension)) directed.push_back(row);
  double least = least_similarity_between(unit_rows, directed, directed, task);
  return directed.size() < rows.size() ? std::min(least, 0.0) : least;  // a row of zeros is 0 like the others
}

int32_t medoid_of(MatrixView unit_rows, std::span<const int32_t> rows) {
  // The mean cosine with all rows is the product with their mean.
  std::vector<double> sum(static_cast<size_t>(unit_rows.dimension));
  for (int32_t row : rows)
    for (int64_t d = 0; d < unit_rows.dimension; ++d) sum[d] += static_cast<double>(unit_rows.row(row)[d]);
  int32_t best = rows.front();
  double most = -INFINITY;
  for (int32_t row : rows) {
    double product = 0;
    for (int64_t d = 0; d < unit_rows.dimension; ++d) product += static_cast<double>(unit_rows.row(row)[d]) * sum[d];
    // Rows that differ by rounding alone are equals.
    if (product <= most + 1e-9 * std::abs(most)) continue;
    most = product;
    best = row;
  }
  return best;
}

}  // namespace

Grouping numbered_by_first_row(std::span<const int32_t> group) {
  Grouping result;
  result.group.assign(group.size(), no_group);
  std::unordered_map<int32_t, int32_t> number;
  for (size_t row = 0; row < group.size(); ++row)
    if (group[row] >= 0)
      result.group[row] = number.try_emplace(group[row], static_cast<int32_t>(number.size())).first->second;
  result.count = static_cast<int64_t>(number.size());
  return result;
}

std::vector<std::vector<int32_t>> members_of(const Grouping &grouping) {
  std::vector<std::vector<int32_t>> members(static_cast<size_t>(grouping.count));
  for (size_t row = 0; row < grouping.group.size(); ++row)
    if (grouping.group[row] != no_group) members[grouping.group[row]].push_back(static_cast<int32_t>(row));
  return members;
}

void make_unit_rows(std::span<float> values, int64_t dimension, Task &task) {
  if (dimension < 1) return;
  int64_t rows = static_cast<int64_t>(values.size()) / dimension;
  require_finite({values.data(), rows, dimension}, task);
  parallel_for((rows + rows_per_part - 1) / rows_per_part, [&](int64_t part) {
    task.throw_if_cancelled();
    for (int64_t row = part * rows_per_part; row < std::min(rows, (part + 1) * rows_per_part); ++row) {
      float *value = values.data() + row * dimension;
      double squared = 0;
      for (int64_t d = 0; d < dimension; ++d) squared += static_cast<double>(value[d]) * static_cast<double>(value[d]);
      if (squared == 0) continue;
      double length = std::sqrt(squared);
      for (int64_t d = 0; d < dimension; ++d) value[d] = static_cast<float>(static_cast<double>(value[d]) / length);
    }
  });
}

double row_similarity(const float *a, const float *b, int64_t dimension) {
  double squared = squared_distance(a, b, dimension);
  if (squared == 0) return 1;
  if (!has_direction(a, dimension) || !has_direction(b, dimension)) return 0;
  return std::max(-1.0, 1 - squared / 2);
}

std::vector<GroupFigures> group_figures(MatrixView unit_rows, const std::vector<std::vector<int32_t>> &groups,
                                        Task &task) {
  RowGroups equal = group_equal_rows(unit_rows, task);
  std::vector<GroupFigures> figures(groups.size());
  std::vector<std::vector<int32_t>> many(groups.size());
  // Small groups side by side; the products of a large one use all threads by themselves.
  parallel_for(static_cast<int64_t>(groups.size()), [&](int64_t g) {
    task.throw_if_cancelled();
    if (groups[g].empty()) return;
    figures[g].medoid = medoid_of(unit_rows, groups[g]);
    std::vector<int32_t> distinct;
    for (int32_t row : groups[g]) distinct.push_back(equal.representative[equal.group[row]]);
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    if (static_cast<int64_t>(distinct.size()) <= few_rows)
      figures[g].least_similarity = least_one_by_one(unit_rows, distinct);
    else
      many[g] = std::move(distinct);
    task.advance(many[g].empty() ? groups[g].size() : 0);
  });
  for (size_t g = 0; g < groups.size(); ++g) {
    if (many[g].empty()) continue;
    figures[g].least_similarity = least_of_all_pairs(unit_rows, many[g], task);
    task.advance(groups[g].size());
  }
  return figures;
}

std::vector<int32_t> spread_rows(MatrixView unit_rows, std::span<const int32_t> rows, int32_t first, int64_t count,
                                 Task &task) {
  std::vector<int32_t> picked;
  std::vector<double> nearest(rows.size(), -2);  // similarity to the most similar one picked; 2 for those picked
  int32_t next = first;
  while (static_cast<int64_t>(picked.size()) < std::min<int64_t>(count, static_cast<int64_t>(rows.size()))) {
    task.throw_if_cancelled();
    picked.push_back(next);
    size_t least = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      double similarity = rows[i] == picked.back() ? 2
                                                   : row_similarity(unit_rows.row(rows[i]),
                                                                    unit_rows.row(picked.back()), unit_rows.dimension);
      nearest[i] = std::max(nearest[i], similarity);
      if (nearest[i] < nearest[least]) least = i;
    }
    next = rows[least];
  }
  return picked;
}

}  // namespace kalon
