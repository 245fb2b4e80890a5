// Pairs of the same group: the clusters of the items' vectors.

#include "rank/planned_pairs.h"
#include "rank/strategies.h"

namespace kalon {

std::unique_ptr<Strategy> make_same_cluster(const StrategyOptions &options) {
  auto groups_of = [](const Survey &survey) {
    if (survey.groups.empty())
      throw Error(Status::invalid_argument, "same-cluster needs the clusters of the pictures' vectors");
    return std::vector<int32_t>(survey.groups.begin(), survey.groups.end());
  };
  return std::make_unique<PlannedPairs>("same-cluster", groups_of, options.max_pairs, options.compatible);
}

}  // namespace kalon
