// Pairs of items whose scores fall into the same bin.

#include <limits>

#include "rank/pair_policies.h"
#include "rank/planned_pairs.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

std::vector<int32_t> bins_of(const Survey &survey, const StrategyOptions &options) {
  // Without scores, what the votes say so far.
  auto known = survey.scores.empty() ? survey.estimator.means() : survey.scores;
  std::vector<double> scores(known.begin(), known.end());
  // Bins are made of those that can be asked.
  for (size_t i = 0; i < survey.candidates.size(); ++i)
    if (survey.candidates[i] == 0) scores[i] = std::numeric_limits<double>::quiet_NaN();
  if (options.compatible)
    return options.quantiles ? compatible_quantile_bins(scores, options.bins)
                             : compatible_equal_width_bins(scores, options.bins);
  return options.quantiles ? equal_count_bins(scores, options.bins) : equal_width_bins(scores, options.bins);
}

}  // namespace

std::unique_ptr<Strategy> make_same_score(const StrategyOptions &options) {
  if (options.bins < 1 || options.bins > most_bins)
    throw Error(Status::invalid_argument, "there must be 1 to 1000000 bins");
  return std::make_unique<PlannedPairs>(
      "same-score", [options](const Survey &survey) { return bins_of(survey, options); }, options.max_pairs,
      options.compatible);
}

}  // namespace kalon
