// Figures of ranking by simulated votes: utilities of N(0, 2²), random pairs, logistic noise. One JSON line for each.
//   bench_rank PART...     PART: bayes
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "rank/estimator.h"

using namespace kalon;

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void tell(const char *name, double measured, const char *unit, double target) {
  std::printf("{\"name\": \"%s\", \"measured\": %.6g, \"unit\": \"%s\", \"target\": %.6g}\n", name, measured, unit,
              target);
  std::fflush(stdout);
}

struct Simulation {
  Simulation(int32_t items, int64_t votes, uint64_t seed) : random(seed), truth(static_cast<size_t>(items)) {
    for (auto &value : truth) {
      double radius = std::sqrt(-2 * std::log(1 - random.unit()));
      value = 2 * radius * std::cos(2 * std::numbers::pi * random.unit());
    }
    history.items = items;
    for (int64_t i = 0; i < votes; ++i) history.comparisons.push_back(vote());
  }
  Comparison vote() {
    auto items = truth.size();
    auto a = random.below(items), b = (a + 1 + random.below(items - 1)) % items;
    bool wins = random.unit() < 1 / (1 + std::exp(truth[b] - truth[a]));
    return {static_cast<int32_t>(a), static_cast<int32_t>(b), wins ? Verdict::left : Verdict::right, 0, 1};
  }
  Random random;
  std::vector<double> truth;
  VoteHistory history;
};

double fit_seconds(const VoteHistory &history, bool variances, int runs) {
  EstimatorOptions options;
  options.variances = variances;
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) {
    auto estimator = make_estimator(options);
    Task task;
    double start = seconds();
    estimator->fit(history, task);
    times.push_back(seconds() - start);
  }
  return median(times);
}

double add_seconds(Simulation &simulation) {
  auto estimator = make_estimator({});
  Task task;
  estimator->fit(simulation.history, task);
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    auto vote = simulation.vote();
    double start = seconds();
    estimator->add(vote);
    times.push_back(seconds() - start);
  }
  return median(times);
}

// The share of differences whose 90 % interval holds the truth, as its distance from that.
double miss_of_coverage() {
  int64_t covered = 0, all = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Simulation simulation(100, 1000, seed);
    auto estimator = make_estimator({});
    Task task;
    estimator->fit(simulation.history, task);
    for (size_t a = 0; a < 100; ++a)
      for (size_t b = a + 1; b < 100; ++b, ++all) {
        double error = estimator->means()[a] - estimator->means()[b] - simulation.truth[a] + simulation.truth[b];
        double variance = estimator->difference_variance(static_cast<int32_t>(a), static_cast<int32_t>(b));
        covered += error * error < 1.6448536 * 1.6448536 * variance;
      }
  }
  return 100 * std::abs(static_cast<double>(covered) / static_cast<double>(all) - 0.9);
}

void bayes() {
  tell("bayes, 9,000 votes on 59 items", 1e3 * fit_seconds(Simulation(59, 9000, 1).history, true, 101), "ms", 2);
  Simulation medium(2000, 40000, 2), large(100000, 2000000, 3);
  tell("bayes, 2 million votes on 100,000 items, means", fit_seconds(large.history, false, 7), "s", 0.6);
  tell("bayes, the same with variances", fit_seconds(large.history, true, 7), "s", 1.5);
  tell("bayes, one more vote on 2,000 items", 1e3 * add_seconds(medium), "ms", 4);
  tell("bayes, one more vote on 100,000 items", 1e3 * add_seconds(large), "ms", 2);
  tell("bayes, 90 % intervals' distance from 90 %", miss_of_coverage(), "points", 3);
}

}  // namespace

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "bayes") != 0) return std::fputs("usage: bench_rank bayes\n", stderr), 2;
    bayes();
  }
}
