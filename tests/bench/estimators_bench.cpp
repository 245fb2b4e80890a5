// Times an estimator on a file of votes, and the means it finds.
//   bench_estimators NAME ITEMS VOTES RUNS MEANS [PRIOR_VARIANCE]
// VOTES: raw int32, rows of left, right and verdict (1 left, -1 right, 0 a tie). MEANS: raw float64 to write. Prints a
// JSON line a run: the seconds of fit() and, a vote, of add() for the first votes once more.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "rank/estimator.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

kalon::VoteHistory read_votes(const char *name, int32_t items) {
  kalon::VoteHistory history;
  history.items = items;
  std::FILE *file = std::fopen(name, "rb");
  if (!file) return history;
  for (int32_t row[3]; std::fread(row, sizeof(row), 1, file) == 1;)
    history.comparisons.push_back({row[0], row[1], static_cast<kalon::Verdict>(row[2])});
  std::fclose(file);
  return history;
}

}  // namespace

int main(int argc, char **argv) {
  auto kind = argc >= 6 ? kalon::estimator_named(argv[1]) : std::nullopt;
  if (!kind) return std::fputs("usage: bench_estimators NAME ITEMS VOTES RUNS MEANS [PRIOR_VARIANCE]\n", stderr), 2;
  kalon::EstimatorOptions options;
  options.kind = *kind;
  if (argc > 6) options.prior_variance = std::atof(argv[6]);
  auto history = read_votes(argv[3], std::atoi(argv[2]));
  auto estimator = kalon::make_estimator(options);
  for (int run = 0; run < std::atoi(argv[4]); ++run) {
    kalon::Task task;
    auto start = Clock::now();
    estimator->fit(history, task);
    double fitted = seconds_since(start);
    if (run == 0) {
      std::FILE *out = std::fopen(argv[5], "wb");
      auto means = estimator->means();
      if (!out || std::fwrite(means.data(), sizeof(double), means.size(), out) != means.size()) return 1;
      std::fclose(out);
    }
    constexpr size_t most = 20;
    auto added = std::min(most, history.comparisons.size());
    start = Clock::now();
    for (size_t i = 0; i < added; ++i) estimator->add(history.comparisons[i]);
    std::printf("{\"fit\": %.9f, \"add\": %.9f}\n", fitted, seconds_since(start) / static_cast<double>(added));
  }
}
