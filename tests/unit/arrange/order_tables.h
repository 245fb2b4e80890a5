#pragma once
// Seeded tables of vectors, and what orders of them are measured by, computed apart from the room.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "index/neighbours.h"

namespace tables {

struct Table {
  int64_t rows = 0, dimension = 0;
  std::vector<float> values;
  kalon::MatrixView view() const { return {values.data(), rows, dimension}; }
};

inline Table clustered(int64_t rows, int64_t dimension, int64_t centres, float spread, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> middle(static_cast<size_t>(centres * dimension));
  for (float &value : middle) value = normal(generator);
  Table table{rows, dimension, std::vector<float>(static_cast<size_t>(rows * dimension))};
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t d = 0; d < dimension; ++d)
      table.values[row * dimension + d] = middle[row % centres * dimension + d] + spread * normal(generator);
  return table;
}

inline Table random(int64_t rows, int64_t dimension, uint64_t seed) {
  return clustered(rows, dimension, 1, 1.0f, seed);
}

// The points of a square lattice, shuffled: almost all distances are tied.
inline Table lattice(int64_t side, uint64_t seed) {
  std::vector<int64_t> places(static_cast<size_t>(side * side));
  std::iota(places.begin(), places.end(), 0);
  std::mt19937_64 generator(seed);
  std::shuffle(places.begin(), places.end(), generator);
  Table table{side * side, 2, {}};
  for (int64_t place : places) {
    table.values.push_back(static_cast<float>(place % side));
    table.values.push_back(static_cast<float>(place / side));
  }
  return table;
}

// Half of the rows equal to others.
inline Table repeated(int64_t rows, int64_t dimension, uint64_t seed) {
  Table table = random(rows, dimension, seed);
  for (int64_t row = rows / 2; row < rows; ++row)
    std::copy_n(table.values.begin() + row * 7 % (rows / 2) * dimension, dimension,
                table.values.begin() + row * dimension);
  return table;
}

inline double distance(const Table &table, int64_t a, int64_t b) {
  double sum = 0;
  for (int64_t d = 0; d < table.dimension; ++d) {
    double difference = static_cast<double>(table.values[a * table.dimension + d]) -
                        static_cast<double>(table.values[b * table.dimension + d]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

inline double path_length(const Table &table, const std::vector<int32_t> &path) {
  double length = 0;
  for (size_t i = 1; i < path.size(); ++i) length += distance(table, path[i - 1], path[i]);
  return length;
}

inline bool is_permutation_of(const std::vector<int32_t> &sequence, int64_t rows) {
  std::vector<int32_t> sorted = sequence, all(static_cast<size_t>(rows));
  std::sort(sorted.begin(), sorted.end());
  std::iota(all.begin(), all.end(), 0);
  return sorted == all;
}

// Whether each value's rows follow each other.
inline bool equal_rows_are_together(const Table &table, const std::vector<int32_t> &sequence) {
  std::vector<int32_t> begins;
  for (size_t i = 0; i < sequence.size(); ++i)
    if (i == 0 || distance(table, sequence[i - 1], sequence[i]) > 0) begins.push_back(sequence[i]);
  for (size_t i = 0; i < begins.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (distance(table, begins[i], begins[j]) == 0) return false;
  return true;
}

// The lengths of the edges of the minimum spanning tree of all pairs (Prim 1957).
inline std::vector<double> spanning_tree_lengths(const Table &table) {
  std::vector<double> key(static_cast<size_t>(table.rows), std::numeric_limits<double>::infinity()), lengths;
  std::vector<bool> inside(key.size());
  for (int64_t newest = 0, step = 0; step < table.rows; ++step) {
    if (step > 0) lengths.push_back(key[newest]);
    inside[newest] = true;
    int64_t nearest = -1;
    for (int64_t i = 0; i < table.rows; ++i) {
      if (inside[i]) continue;
      key[i] = std::min(key[i], distance(table, newest, i));
      if (nearest < 0 || key[i] < key[nearest]) nearest = i;
    }
    newest = nearest;
  }
  return lengths;
}

// The shortest path through all rows that begins at one of them (-1: anywhere), by trying all.
inline double shortest_by_trying_all(const Table &table, int64_t start) {
  std::vector<int32_t> path(static_cast<size_t>(table.rows));
  std::iota(path.begin(), path.end(), 0);
  double best = std::numeric_limits<double>::infinity();
  do {
    if (start < 0 || path.front() == start) best = std::min(best, path_length(table, path));
  } while (std::next_permutation(path.begin(), path.end()));
  return best;
}

}  // namespace tables
