// How soon each strategy finds the order: simulated studies as lines of JSON, one for each set of items, strategy and
// checkpoint.
//   bench_pair_choice [--seeds N] [--items N] [--strategy NAME] [--sd X]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "rank/simulate.h"

using namespace kalon;

namespace {

void print_spread(const char *name, const StudyCurve &curve, size_t checkpoint, StudyMeasure measure) {
  if (auto spread = spread_at(curve, checkpoint, measure))
    std::printf(", \"%s\": [%.6f, %.6f, %.6f]", name, spread->low, spread->median, spread->high);
}

void run(const StudyPlan &plan) {
  Task task;
  auto start = std::chrono::steady_clock::now();
  auto curve = simulate_studies(plan, task);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (size_t i = 0; i < curve.votes.size(); ++i) {
    std::printf("{\"items\": %ld, \"strategy\": \"%s\", \"votes\": %ld, \"seconds\": %.3f",
                static_cast<long>(plan.items), std::string(strategy_name(plan.strategy.kind)).c_str(),
                static_cast<long>(curve.votes[i]), seconds);
    double given = 0, mean = 0;
    for (const auto &study : curve.studies) {
      given += static_cast<double>(study.votes);
      mean += study.at[i].spearman;
    }
    auto studies = static_cast<double>(curve.studies.size());
    std::printf(", \"given\": %.0f, \"mean_spearman\": %.6f", given / studies, mean / studies);
    print_spread("spearman", curve, i, StudyMeasure::spearman);
    print_spread("kendall", curve, i, StudyMeasure::kendall);
    print_spread("settled", curve, i, StudyMeasure::settled);
    print_spread("coverage", curve, i, StudyMeasure::coverage);
    print_spread("top_recall", curve, i, StudyMeasure::top_recall);
    std::printf("}\n");
  }
  std::fflush(stdout);
}

}  // namespace

int main(int count, char **words) {
  StudyPlan plan;
  int64_t items = 0;
  std::string strategy;
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(words[i], "--seeds") == 0) plan.seeds = std::atoll(words[i + 1]);
    if (std::strcmp(words[i], "--items") == 0) items = std::atoll(words[i + 1]);
    if (std::strcmp(words[i], "--strategy") == 0) strategy = words[i + 1];
    if (std::strcmp(words[i], "--sd") == 0) plan.sd = std::atof(words[i + 1]);
  }
  try {
    for (int64_t size : {16, 100, 300}) {
      if (items != 0 && items != size) continue;
      for (auto kind : {StrategyKind::random, StrategyKind::active, StrategyKind::smart_shuffle, StrategyKind::swiss,
                        StrategyKind::top_k, StrategyKind::challenger, StrategyKind::elimination}) {
        if (!strategy.empty() && strategy != strategy_name(kind)) continue;
        plan.items = size;
        plan.votes = 12 * size;
        plan.checkpoints = 24;                 // every n / 2 votes
        plan.most_asked = size == 16 ? 0 : 1;  // 12 votes an item are more than all pairs of 16
        plan.strategy.kind = kind;
        run(plan);
      }
    }
  } catch (const Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
