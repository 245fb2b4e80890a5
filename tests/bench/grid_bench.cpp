// How well, and how fast, vectors are arranged in a grid: sets of colours from a file, and many synthetic vectors.
//   bench_grid --colours FILE SETS     raw float32 values: SETS x 1,024 x 3; a 32 x 32 grid of each
//   bench_grid --vectors ROWS DIMENSION
// Prints JSON lines.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "arrange/grid_layout.h"
#include "base/clock.h"
#include "base/random.h"
#include "grid_quality.h"

using namespace kalon;

namespace {

void print(const char *name, double measured, const char *unit) {
  std::printf("{\"name\": \"%s\", \"measured\": %.6g, \"unit\": \"%s\"}\n", name, measured, unit);
}

int colours(const char *path, int64_t sets) {
  constexpr int64_t side = 32, count = side * side, channels = 3;
  std::ifstream file(path, std::ios::binary);
  std::vector<float> values(static_cast<size_t>(count * channels));
  double quality = 0;
  std::vector<double> milliseconds;
  for (int64_t set = 0; set < sets; ++set) {
    file.read(reinterpret_cast<char *>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
    if (!file) return std::fprintf(stderr, "%s ends too early\n", path), 1;
    MatrixView view{values.data(), count, channels};
    Task task;
    double start = monotonic_seconds();
    auto grid = arrange_in_grid(view, side, 1, task);
    milliseconds.push_back(1000 * (monotonic_seconds() - start));
    quality += grid_quality(view, grid, 16);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  print("quality", quality / static_cast<double>(sets), "DPQ16");
  print("median", milliseconds[milliseconds.size() / 2], "ms");
  print("longest", milliseconds.back(), "ms");
  return 0;
}

// Vectors of which four of five are variations of an earlier one, with a spectrum that falls, as of real features.
std::vector<float> synthetic(int64_t rows, int64_t dimension) {
  Random random(1);
  std::vector<float> values(static_cast<size_t>(rows * dimension));
  for (int64_t row = 0; row < rows; ++row) {
    const float *source = nullptr;
    if (row > 0 && random.unit() < 0.8)
      source = values.data() + static_cast<int64_t>(random.below(static_cast<uint64_t>(row))) * dimension;
    double spread = source == nullptr ? 1 : 0.1 + 0.3 * random.unit();
    for (int64_t d = 0; d < dimension; ++d) {
      // The sum of four even draws is nearly a normal one.
      double noise = random.unit() + random.unit() + random.unit() + random.unit() - 2;
      double own = spread * noise / std::sqrt(1 + 0.1 * static_cast<double>(d));
      values[static_cast<size_t>(row * dimension + d)] =
          static_cast<float>(own) + (source == nullptr ? 0.0f : source[d]);
    }
  }
  return values;
}

int vectors(int64_t rows, int64_t dimension) {
  auto values = synthetic(rows, dimension);
  Task task;
  double start = monotonic_seconds();
  auto grid = arrange_in_grid({values.data(), rows, dimension}, grid_columns(rows, 1.6), 1, task);
  print("seconds", monotonic_seconds() - start, "s");
  auto apart = [&](int64_t a, int64_t b) {
    double squared = 0;
    for (int64_t d = 0; d < dimension; ++d) {
      auto difference =
          static_cast<double>(values[static_cast<size_t>(grid.cells[static_cast<size_t>(a)] * dimension + d)]) -
          static_cast<double>(values[static_cast<size_t>(grid.cells[static_cast<size_t>(b)] * dimension + d)]);
      squared += difference * difference;
    }
    return std::sqrt(squared);
  };
  double beside = 0, any = 0;
  Random random(2);
  int64_t pairs = 20000;
  for (int64_t i = 0; i < pairs; ++i) {
    auto cell = static_cast<int64_t>(random.below(static_cast<uint64_t>(rows - 1)));
    beside += apart(cell, cell + 1);
    any += apart(cell, static_cast<int64_t>(random.below(static_cast<uint64_t>(rows))));
  }
  print("distance", beside / any, "of the mean distance");
  return 0;
}

}  // namespace

int main(int argc, char **argv) {
  std::string what = argc == 4 ? argv[1] : "";
  if (what == "--colours") return colours(argv[2], std::atoll(argv[3]));
  if (what == "--vectors") return vectors(std::atoll(argv[2]), std::atoll(argv[3]));
  return std::fprintf(stderr, "bench_grid --colours FILE SETS | --vectors ROWS DIMENSION\n"), 2;
}
