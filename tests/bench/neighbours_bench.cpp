// Times the exact neighbours of the rows of a NumPy file and writes them for the peer to check.
//   bench_neighbours VECTORS.npy K OUT     OUT: raw int32, rows x K; prints one JSON object with the seconds
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "exchange/npy.h"
#include "index/neighbours.h"

int main(int argc, char **argv) {
  if (argc != 4) return std::fputs("usage: bench_neighbours VECTORS.npy K OUT\n", stderr), 2;
  auto table = kalon::read_npy(argv[1]);
  kalon::Task task;
  auto start = std::chrono::steady_clock::now();
  auto found = kalon::nearest_others({table.values.data(), table.rows, table.dimension}, std::atoi(argv[2]), task);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::FILE *out = std::fopen(argv[3], "wb");
  if (!out || std::fwrite(found.rows.data(), sizeof(int32_t), found.rows.size(), out) != found.rows.size()) return 1;
  std::fclose(out);
  std::printf("{\"seconds\": %.6f}\n", seconds.count());
}
