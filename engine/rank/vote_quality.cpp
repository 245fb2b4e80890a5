#include "rank/vote_quality.h"

#include <algorithm>

namespace kalon {
namespace {

void count(VerdictCounts &counts, Verdict verdict) {
  switch (verdict) {
    case Verdict::left:
    case Verdict::right:
      ++counts.preferences;
      break;
    case Verdict::tie:
      ++counts.ties;
      break;
    case Verdict::both_bad:
      ++counts.both_bad;
      break;
    case Verdict::skip:
      ++counts.skips;
      break;
  }
}

}  // namespace

VoteQuality vote_quality(const VoteHistory &history, const VoteCircumstances &circumstances,
                         const VoteQualityOptions &options, Task &task) {
  require_valid(history);
  require_valid(circumstances, history);
  VoteQuality result;
  result.items = history.items;
  result.annotators.resize(static_cast<size_t>(history.annotators));
  for (const auto &vote : history.comparisons) {
    count(result.annotators[static_cast<size_t>(vote.annotator)].counts, vote.verdict);
    count(result.all.counts, vote.verdict);
  }
  for (const auto &vote : history.orderings) {
    ++result.annotators[static_cast<size_t>(vote.annotator)].counts.orderings;
    ++result.all.counts.orderings;
  }

  task.phase("reliability");
  result.reliability = estimate_reliability(history, options.estimator, options.gold, Agreements::wanted, task);

  task.phase("agreement");
  auto answers = pair_answers(history);
  result.agreement = agreement(answers, options.seed, task);
  auto consistency = self_consistency(answers, history.annotators, circumstances.placed);
  auto sides = side_bias(history, circumstances.placed, result.reliability.estimator.get(), result.reliability.scales);
  auto times = voting_times(history, circumstances, options.hurry);

  task.phase("cycles");
  auto tallies = pair_tallies(answers);
  result.connection = connection(history.items, tallies);
  result.contested = most_contested(tallies, options.contested);
  CycleOptions cycles;
  cycles.seed = options.seed;
  result.all.cycles = find_cycles(history.items, tallies, cycles, task);
  auto own_tallies = pair_tallies_by_annotator(answers, history.annotators);
  // All annotators together may take as long as the whole.
  auto sharers = static_cast<uint64_t>(std::max(1, history.annotators));
  cycles.most_work = std::max<uint64_t>(cycles.most_work / sharers, 1'000'000);
  cycles.samples = std::max<uint64_t>(cycles.samples / sharers, 100'000);
  for (size_t i = 0; i <= result.annotators.size(); ++i) {
    auto &own = i < result.annotators.size() ? result.annotators[i] : result.all;
    own.consistency = consistency[i];
    own.side = sides[i];
    own.times = times[i];
    if (i < own_tallies.size()) own.cycles = find_cycles(history.items, own_tallies[i], cycles, task);
  }
  return result;
}

}  // namespace kalon
