// Methods "rank_fit" and "rank_simulate", which need no library: utilities from a file of votes, and planning a study.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "exchange/vote_table.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/ranking_settings.h"
#include "rank/maximum_likelihood.h"
#include "rank/reliability.h"
#include "rank/simulate.h"

namespace kalon {
namespace {

void add_spread(JsonObject &row, StudyMeasure measure, const std::optional<Spread> &spread) {
  if (!spread) return;
  std::string name(study_measure_name(measure));
  std::replace(name.begin(), name.end(), '-', '_');
  row.raw(name, JsonObject().add("low", spread->low).add("median", spread->median).add("high", spread->high).str());
}

std::optional<double> whole(const std::optional<double> &votes) {
  return votes ? std::optional(std::ceil(*votes)) : std::nullopt;
}

std::string person_row(const std::string &name, const AnnotatorReliability &person) {
  return JsonObject()
      .add("annotator", name)
      .add("votes", person.votes)
      .add("judgement", judgement_name(person.judgement))
      .add("scale", person.scale)
      .add("low", person.interval.lower)
      .add("high", person.interval.upper)
      .str();
}

// Best first.
void item_rows(const MethodCall &call, const std::vector<std::string> &names, const Estimator &estimator) {
  auto means = estimator.means(), variances = estimator.variances();
  std::vector<size_t> order(means.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return means[a] > means[b]; });
  uint64_t rank = 0;
  for (size_t item : order) {
    JsonObject row;
    row.add("rank", ++rank).add("item", names[item]).add("mean", means[item]);
    if (!variances.empty()) row.add("sd", std::sqrt(variances[item]));
    call.rows.row(row.str());
  }
}

}  // namespace

Ending run_rank_fit(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto path = parameters.required_path("votes");
  std::optional<std::string> criterion;
  if (parameters.has("criterion")) criterion = parameters.text("criterion");
  bool of_people = parameters.flag("annotators");
  auto settings = estimator_settings_from(parameters);
  if (of_people && !settings.reliability)
    throw Error(Status::invalid_argument, "are told of by the estimator bayes with its reliability on",
                "parameter annotators");
  if (settings.vectors == EstimatorSettings::Vectors::always)
    throw Error(Status::invalid_argument, "is of a library, and a file of votes has none", "parameter use_vectors");
  parameters.reject_unknown();

  call.task.phase("read");
  auto table = read_vote_table(path, criterion, call.task);
  bool unknown = criterion && table.history.comparisons.empty() && table.history.orderings.empty();
  if ((!criterion || unknown) && table.criteria.size() > (unknown ? 0 : 1)) {
    std::string names;
    for (const auto &[name, votes] : table.criteria)
      names += (names.empty() ? "" : ", ") + (name.empty() ? "\"\"" : display_text(name)) + " (" + grouped(votes) + ")";
    throw Error(Status::invalid_argument,
                unknown ? "has no votes on the criterion " + display_text(*criterion) + "; there are: " + names
                        : "has votes of several criteria: " + names + "; choose one with --criterion",
                display_text(path));
  }
  call.task.phase("learn");
  const auto &history = table.history;
  std::unique_ptr<Estimator> estimator;
  std::vector<AnnotatorReliability> people;
  try {
    if (settings.reliability && (history.annotators > 1 || of_people)) {
      auto found = estimate_reliability(history, settings.options, {}, Agreements::unwanted, call.task);
      estimator = std::move(found.estimator);
      people = std::move(found.annotators);
    } else {
      estimator = make_estimator(settings.options);
      estimator->fit(history, call.task);
    }
  } catch (const NoGreatestLikelihood &none) {
    throw none.named([&](int32_t item) { return display_text(table.items[static_cast<size_t>(item)]); },
                     display_text(path));
  }
  std::vector<std::string> judged;
  for (size_t i = 0; i < people.size(); ++i) judged.push_back(person_row(table.annotators[i], people[i]));
  if (of_people)
    for (const auto &row : judged) call.rows.row(row);
  else
    item_rows(call, table.items, *estimator);
  JsonObject summary;
  summary.add("estimator", estimator->name()).add("items", table.items.size());
  summary.add("votes", history.comparisons.size() + history.orderings.size());
  summary.add("repeated", table.repeated).add("without_order", table.without_order);
  if (people.size() > 1) summary.raw("annotators", json_array(judged));
  return {Status::ok, summary.str()};
}

Ending run_rank_simulate(const MethodCall &call) {
  const auto &parameters = call.parameters;
  StudyPlan plan;
  plan.items = parameters.integer("items", plan.items, 2, 1000000);
  plan.votes = parameters.integer("votes", plan.items * 10, 1, 100000000);
  plan.checkpoints = std::min(parameters.integer("checkpoints", 10, 1, 1000), plan.votes);
  plan.sd = parameters.number("sd", plan.sd, 0, 1000);
  plan.tie_rate = parameters.number("tie_rate", 0, 0, 0.99);
  plan.annotators = static_cast<int32_t>(parameters.integer("annotators", 1, 1, 10000));
  plan.careless = static_cast<int32_t>(parameters.integer("careless", 0, 0, plan.annotators));
  plan.adversarial = static_cast<int32_t>(parameters.integer("adversarial", 0, 0, plan.annotators));
  plan.slips = parameters.number("slips", 0, 0, 1);
  plan.groups = parameters.integer("group_count", 0, 0, 1000000);
  plan.seeds = parameters.integer("studies", 20, 1, 10000);
  plan.most_asked = parameters.integer("overlap", 1, 0, 1000);
  auto settings = estimator_settings_from(parameters);
  plan.find_reliability = settings.reliability && plan.annotators > 1;
  plan.estimator = settings.options;
  plan.first_seed = settings.options.seed;
  plan.strategy.kind = *strategy_named(parameters.one_of("strategy", strategy_names()));
  plan.strategy.top = plan.top = parameters.integer("top", 10, 1, 1 << 24);
  plan.strategy.keep = parameters.integer("keep", 1, 1, 1 << 24);
  plan.strategy.max_pairs = plan.votes;
  auto measure = *study_measure_named(
      parameters.one_of("measure", {"spearman", "kendall", "top-recall", "settled", "coverage", "winner-accuracy"}));
  auto wanted = parameters.number("reach", 0.9, 0, 1);
  parameters.reject_unknown();

  call.task.phase("simulate");
  auto curve = simulate_studies(plan, call.task);
  for (size_t i = 0; i < curve.votes.size(); ++i) {
    JsonObject row;
    row.add("votes", curve.votes[i])
        .add("votes_per_item", static_cast<double>(curve.votes[i]) / static_cast<double>(plan.items));
    for (auto each : {StudyMeasure::spearman, StudyMeasure::kendall, StudyMeasure::top_recall, StudyMeasure::settled,
                      StudyMeasure::coverage, StudyMeasure::winner_accuracy})
      add_spread(row, each, spread_at(curve, i, each));
    call.rows.row(row.str());
  }
  auto needed = votes_needed(curve, measure, wanted);
  JsonObject summary, votes;
  votes.add("low", whole(needed.low)).add("median", whole(needed.median)).add("high", whole(needed.high));
  summary.add("items", plan.items).add("strategy", strategy_name(plan.strategy.kind));
  summary.add("estimator", estimator_name(plan.estimator.kind)).add("studies", plan.seeds);
  summary.add("measure", study_measure_name(measure)).add("reach", wanted).add("reached", needed.reached);
  summary.add("overlap", plan.most_asked);
  if (curve.out_of_pairs) summary.add("out_of_pairs", *curve.out_of_pairs);
  return {Status::ok, summary.raw("votes_needed", votes.str()).str()};
}

}  // namespace kalon
