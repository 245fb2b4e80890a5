#pragma once
// Simulated studies, for planning: how well would so many votes do, and how many are needed?

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "rank/estimator.h"
#include "rank/strategy.h"

namespace kalon {

struct StudyPlan {
  int64_t items = 100;       // 2 to 1,000,000
  int64_t votes = 1000;      // of one study, 1 to 100,000,000
  int64_t checkpoints = 10;  // at equal steps up to `votes`
  // Utilities are drawn from N(0, sd^2); votes follow the logistic model, ties Davidson's (1970).
  double sd = 2;
  double tie_rate = 0;  // of two equally good items, in [0, 1)
  // The people: as many as these give answers by chance or the contrary of what they see; the rest answer with care,
  // but for a share of slips, which are answers by chance.
  int32_t annotators = 1;
  int32_t careless = 0, adversarial = 0;  // of them
  double slips = 0;                       // in [0, 1]
  bool find_reliability = false;          // fit with rank/reliability.h ("bayes" only), else all annotators count alike
  // What strategies may be told: groups of equal size, by item number, and a score that goes with the utility.
  int64_t groups = 0;            // 0: none
  double score_correlation = 0;  // 0: no scores
  StrategyOptions strategy;
  int64_t batch = 1;       // pairs that are asked for at once
  int64_t most_asked = 1;  // votes on one pair; 0: no limit
  EstimatorOptions estimator;
  int64_t top = 10;
  double level = 0.9;       // of the intervals whose coverage is counted
  double certainty = 0.95;  // of what counts as settled
  int64_t seeds = 20;       // studies, 1 to 10,000, with the seeds first_seed and after
  uint64_t first_seed = 1;
};

// What is measured of an estimate at a checkpoint, after a fit to all votes so far.
struct StudyMeasures {
  double spearman = 0, kendall = 0;       // with the true utilities
  double top_recall = 0;                  // of the truly best `top`, or of all where there are no more
  std::optional<double> settled;          // share of neighbours in the ranking; without variances none, as below
  std::optional<double> coverage;         // share of the intervals of differences of utilities that hold the truth
  std::optional<double> winner_accuracy;  // with groups: how often the best of a group is found, groups of one left out
};
enum class StudyMeasure { spearman, kendall, top_recall, settled, coverage, winner_accuracy };
std::string_view study_measure_name(StudyMeasure measure);  // "spearman", "kendall", "top-recall", "settled", ...
std::optional<StudyMeasure> study_measure_named(std::string_view name);
std::optional<double> measure_of(const StudyMeasures &measures, StudyMeasure measure);

// Over seeds, by linear interpolation between them.
struct Spread {
  double low = 0, median = 0, high = 0;  // 5 %, 50 %, 95 %
};

struct Study {
  std::vector<StudyMeasures> at;  // by checkpoint
  int64_t votes = 0;              // that were given; fewer than planned when the strategy was done
};
struct StudyCurve {
  std::vector<int64_t> votes;  // by checkpoint
  std::vector<Study> studies;  // by seed
  // No study had a pair left to ask after so many votes, fewer than planned: the last checkpoint.
  std::optional<int64_t> out_of_pairs;
};

// Runs the studies, several at the same time; the curve depends on the plan alone, not on threads. A study whose
// strategy is done early keeps its last estimate; once all are done, there are no more checkpoints. Memory: of as many
// studies as there are threads. Throws invalid_argument for a plan outside its ranges, and what strategy and estimator
// throw. [worker]
StudyCurve simulate_studies(const StudyPlan &plan, Task &task);

// At one checkpoint; nothing when the estimator does not tell. [any]
std::optional<Spread> spread_at(const StudyCurve &curve, size_t checkpoint, StudyMeasure measure);

// Votes until a measure first is as great as wanted, between checkpoints by linear interpolation (from 0 votes and a
// measure of 0 on). Studies that never get there count as needing more than all others: what is nothing in the result
// is more than the votes of the plan. [any]
struct VotesNeeded {
  std::optional<double> low, median, high;
  int64_t reached = 0;  // studies
};
VotesNeeded votes_needed(const StudyCurve &curve, StudyMeasure measure, double wanted);

}  // namespace kalon
