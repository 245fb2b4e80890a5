// What it costs a host to get pixels, as a host asks for them.
//   bench_pixels ENGINE LIBRARY FOLDER PHOTOGRAPH      prints name and figure, one pair a line
// FOLDER is in the library, with thumbnails; PHOTOGRAPH is decoded from its file.

#include <kalon/kalon.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

using namespace kalon::host;

namespace {

constexpr int rounds = 7;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval &time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Cost {
  double wall = 1e9, cpu = 1e9;  // seconds
};

// The cheapest of some rounds.
template <class Work>
Cost cost_of(Work work) {
  Cost least;
  for (int round = 0; round < rounds; ++round) {
    double wall = wall_seconds(), cpu = cpu_seconds();
    work();
    least.wall = std::min(least.wall, wall_seconds() - wall);
    least.cpu = std::min(least.cpu, cpu_seconds() - cpu);
  }
  return least;
}

void thumbnails(const Engine &engine, const Library &library, const std::vector<std::string> &uris, uint32_t side) {
  std::atomic<size_t> next{0};
  auto loader = [&] {
    std::vector<uint8_t> pixels(size_t{4} * side * side);
    for (size_t at; (at = next++) < uris.size();) {
      Picture picture(engine, &library, uris[at], side);
      if (!picture.from_cache()) std::abort();
      picture.copy(0, 0, picture.width(), picture.height(), 4, pixels.data(), uint64_t{4} * side, pixels.size());
    }
  };
  std::thread other(loader);
  loader();
  other.join();
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 5) return 2;
  auto engine = Engine::load(arguments[1], "bench_pixels", "1.0");
  Library library(engine, arguments[2], false);
  std::vector<std::string> uris;
  for (const auto &entry : std::filesystem::directory_iterator(arguments[3]))
    uris.push_back(file_uri(entry.path().native()));
  const double number = static_cast<double>(uris.size());
  for (uint32_t side : {256U, 200U, 512U}) {
    auto cost = cost_of([&] { thumbnails(engine, library, uris, side); });
    std::printf("thumbnail_%u_wall_ms %.4f\n", side, cost.wall / number * 1e3);
    std::printf("thumbnail_%u_cpu_ms %.4f\n", side, cost.cpu / number * 1e3);
  }
  for (uint32_t side : {1600U, 0U}) {
    auto cost = cost_of([&] { Picture(engine, &library, file_uri(arguments[4]), side); });
    std::printf("photograph_%u_cpu_ms %.2f\n", side, cost.cpu * 1e3);
  }
  Picture picture(engine, nullptr, file_uri(arguments[4]), 0);
  std::vector<uint8_t> tile(size_t{4} * 2048 * 2048);
  const auto copy = cost_of([&] { picture.copy(0, 0, 2048, 2048, 4, tile.data(), 4 * 2048, tile.size()); });
  std::printf("tile_cpu_ms %.3f\n", copy.cpu * 1e3);
}
