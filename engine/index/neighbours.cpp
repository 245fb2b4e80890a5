#include "index/neighbours.h"

#include <numeric>
#include <string>

#include "base/threads.h"
#include "index/equal_rows.h"
#include "index/search.h"

namespace kalon {
namespace {

constexpr int64_t tree_dimensions = 10;
// Below these, preparing a product costs more than measuring every pair.
constexpr int64_t few_queries = 4;
constexpr int64_t few_values = 1 << 21;  // pairs x dimension

Neighbours search_distinct(Subset base, Subset queries, int64_t k, Task &task) {
  int64_t dimension = base.matrix.dimension;
  k = std::min(k, base.size());
  if (k < 1 || queries.size() == 0) return {std::max<int64_t>(k, 0), {}, {}};
  bool small =
      queries.size() <= few_queries || queries.size() * base.size() <= few_values / std::max<int64_t>(1, dimension);
  if (small || dimension < 1) return scan_search(base, queries, k, task);
  if (dimension <= tree_dimensions) return tree_search(base, queries, k, task);
  return product_search(base, queries, k, task);
}

// The first k rows by (distance, row) of the groups found for one query, without row `except`.
void expand(const RowGroups &groups, const int32_t *found, const float *distances, int64_t found_count, int64_t k,
            int32_t except, std::vector<std::pair<float, int32_t>> &scratch, int32_t *rows, float *row_distances) {
  scratch.clear();
  for (int64_t f = 0; f < found_count; ++f) {
    if (static_cast<int64_t>(scratch.size()) >= k && distances[f] > scratch.back().first) break;
    int64_t taken = 0;
    for (int32_t row : groups.of(found[f])) {
      if (row == except) continue;
      scratch.emplace_back(distances[f], row);
      if (++taken == k) break;
    }
  }
  std::sort(scratch.begin(), scratch.end());
  for (int64_t i = 0; i < k; ++i) {
    rows[i] = scratch[i].second;
    row_distances[i] = scratch[i].first;
  }
}

// Groups found for queries -> rows. query_of(i) is the place in `found` that answers query i, except(i) its own row.
template <class QueryOf, class Except>
Neighbours expand_all(const RowGroups &groups, const Neighbours &found, int64_t queries, int64_t k, QueryOf query_of,
                      Except except) {
  Neighbours result{k, std::vector<int32_t>(static_cast<size_t>(queries * k)),
                    std::vector<float>(static_cast<size_t>(queries * k))};
  constexpr int64_t queries_per_part = 1024;
  parallel_for((queries + queries_per_part - 1) / queries_per_part, [&](int64_t part) {
    std::vector<std::pair<float, int32_t>> scratch;
    int64_t end = std::min(queries, (part + 1) * queries_per_part);
    for (int64_t i = part * queries_per_part; i < end; ++i) {
      int64_t place = query_of(i) * found.k;
      expand(groups, &found.rows[place], &found.distances[place], found.k, k, except(i), scratch, &result.rows[i * k],
             &result.distances[i * k]);
    }
  });
  return result;
}

}  // namespace

Neighbours nearest(MatrixView base, MatrixView queries, int k, Task &task) {
  if (base.dimension != queries.dimension && base.rows > 0 && queries.rows > 0)
    throw Error(Status::invalid_argument, "vectors of " + std::to_string(queries.dimension) +
                                              " values cannot be compared with vectors of " +
                                              std::to_string(base.dimension));
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, queries.rows)));
  RowGroups groups = group_equal_rows(base, task);
  require_finite(queries, task);
  int64_t wanted = std::clamp<int64_t>(k, 0, base.rows);
  if (wanted == 0 || queries.rows == 0) return {wanted, {}, {}};
  std::vector<int32_t> all(static_cast<size_t>(queries.rows));
  std::iota(all.begin(), all.end(), 0);
  Neighbours found = search_distinct({base, groups.representative}, {queries, all}, wanted, task);
  if (groups.size() == base.rows) return found;
  return expand_all(
      groups, found, queries.rows, wanted, [](int64_t i) { return i; }, [](int64_t) { return -1; });
}

Neighbours nearest_others(MatrixView base, int k, Task &task) {
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, base.rows)));
  RowGroups groups = group_equal_rows(base, task);
  int64_t wanted = std::clamp<int64_t>(k, 0, std::max<int64_t>(0, base.rows - 1));
  if (wanted == 0) return {wanted, {}, {}};
  // One group more than wanted: a row's own group may hold nothing but itself.
  Subset distinct{base, groups.representative};
  Neighbours found = search_distinct(distinct, distinct, wanted + 1, task);
  return expand_all(
      groups, found, base.rows, wanted, [&](int64_t i) { return int64_t{groups.group[i]}; },
      [](int64_t i) { return static_cast<int32_t>(i); });
}

Neighbours nearest_others_among(MatrixView matrix, std::span<const int32_t> rows, int k, Task &task) {
  Subset subset{matrix, rows};
  int64_t wanted = std::clamp<int64_t>(k, 0, std::max<int64_t>(0, subset.size() - 1));
  if (wanted == 0) return {wanted, {}, {}};
  Neighbours found = search_distinct(subset, subset, wanted + 1, task);
  // In place, since there may be gigabytes of it.
  int64_t next = 0;
  for (int64_t query = 0; query < subset.size(); ++query) {
    // The row itself is first, unless another lies at a distance that rounds to zero.
    int64_t begin = query * found.k, skip = begin;
    while (skip + 1 < begin + found.k && found.rows[skip] != query) ++skip;
    for (int64_t i = begin; i < begin + found.k; ++i) {
      if (i == skip) continue;
      found.rows[next] = found.rows[i];
      found.distances[next++] = found.distances[i];
    }
  }
  found.k = wanted;
  found.rows.resize(static_cast<size_t>(next));
  found.distances.resize(static_cast<size_t>(next));
  return found;
}

Neighbours nearest_among(MatrixView base, std::span<const int32_t> base_rows, MatrixView queries,
                         std::span<const int32_t> query_rows, int k, Task &task) {
  return search_distinct({base, base_rows}, {queries, query_rows}, k, task);
}

}  // namespace kalon
