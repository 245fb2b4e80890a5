// Times the strategies' next pair while votes come in, on the estimator bayes: one JSON object for each set of items
// and strategy.
//   bench_next_pair [ITEMS [VOTES_FOR_EACH]]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "rank/strategy.h"

using namespace kalon;

namespace {

// Of this thread, whatever else the machine does; strategies use no other.
double cpu_seconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void run(int32_t items, int32_t votes_for_each) {
  Random random(17);
  std::vector<double> truth;
  for (int32_t i = 0; i < items; ++i)
    truth.push_back(2 * std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(2 * M_PI * random.unit()));
  auto answer = [&](ItemPair pair) {
    const double d = truth[static_cast<size_t>(pair.a)] - truth[static_cast<size_t>(pair.b)];
    return Comparison{pair.a, pair.b, random.unit() < 1 / (1 + std::exp(-d)) ? Verdict::left : Verdict::right, 0, 1};
  };
  VoteHistory start;
  start.items = items;
  for (int64_t i = 0; i < int64_t{votes_for_each} * items; ++i) {
    const auto a = random.below(static_cast<uint64_t>(items));
    const auto b = (a + 1 + random.below(static_cast<uint64_t>(items) - 1)) % static_cast<uint64_t>(items);
    start.comparisons.push_back(answer({static_cast<int32_t>(a), static_cast<int32_t>(b)}));
  }
  auto estimator = make_estimator({});
  Task task;
  for (auto kind : {StrategyKind::active, StrategyKind::smart_shuffle, StrategyKind::elimination, StrategyKind::swiss,
                    StrategyKind::random, StrategyKind::top_k, StrategyKind::challenger}) {
    auto history = start;
    auto asked = PairCounts::of(history);
    const PairCounts pending(items);
    estimator->fit(history, task);
    StrategyOptions options;
    options.kind = kind;
    auto strategy = make_strategy(options);
    Survey survey{*estimator, history, asked, pending, {}, {}, {}, 1};
    std::vector<double> seconds, adding;
    double first = 0;
    for (int i = 0; i < 60; ++i) {
      auto before = cpu_seconds();
      auto pairs = strategy->next(survey, 1, random);
      (i == 0 ? first : seconds.emplace_back()) = cpu_seconds() - before;
      if (pairs.empty()) pairs = {{static_cast<int32_t>(random.below(static_cast<uint64_t>(items) - 1)), items - 1}};
      history.comparisons.push_back(answer(pairs[0]));
      asked.add(pairs[0].a, pairs[0].b);
      before = cpu_seconds();
      estimator->add(history.comparisons.back());
      adding.push_back(cpu_seconds() - before);
    }
    std::printf(
        "{\"items\": %d, \"strategy\": \"%s\", \"first\": %.6f, \"next\": %.6f, \"slowest\": %.6f, \"add\": %.6f}\n",
        items, std::string(strategy->name()).c_str(), first, median(seconds),
        *std::max_element(seconds.begin(), seconds.end()), median(adding));
  }
}

}  // namespace

int main(int argc, char **argv) {
  const int votes = argc > 2 ? std::atoi(argv[2]) : 10;
  if (argc > 1) return run(std::atoi(argv[1]), votes), 0;
  for (int32_t items : {300, 2'000, 10'000, 100'000}) run(items, votes);
}
