#include "facade/ranking_settings.h"

#include <limits>
#include <set>

namespace kalon {
namespace {

// Throws when a parameter that belongs to others is given.
void refuse_foreign(const Parameters &parameters, const std::vector<const char *> &names, bool fits, const char *to) {
  for (const char *name : names)
    if (!fits && parameters.has(name))
      throw Error(Status::invalid_argument, std::string("goes with ") + to, std::string("parameter ") + name);
}

// What estimator_settings_from() asks for.
const std::set<std::string> &estimator_parameters() {
  static const auto names = [] {
    Parameters none("{}");
    estimator_settings_from(none);
    return none.asked();
  }();
  return names;
}

}  // namespace

bool has_estimator_parameters(const Parameters &parameters) {
  bool any = false;
  for (const auto &name : estimator_parameters()) any |= parameters.has(name.c_str());
  return any;
}

EstimatorSettings estimator_settings_beside(const Parameters &parameters, const std::string &session_parameters) {
  if (parameters.has("estimator")) return estimator_settings_from(parameters);
  std::vector<std::pair<std::string, std::string>> given;
  for (const auto &name : estimator_parameters())
    if (parameters.has(name.c_str())) given.emplace_back(name, parameters.json_of(name.c_str()));
  return estimator_settings_from(Parameters(Parameters(session_parameters).json_with({}, given)));
}

bool draws_pairs(StrategyKind kind) {
  return kind == StrategyKind::same_score || kind == StrategyKind::same_cluster || kind == StrategyKind::same_prompt;
}

EstimatorSettings estimator_settings_from(const Parameters &parameters) {
  EstimatorSettings settings;
  auto &options = settings.options;
  options.kind = *estimator_named(parameters.one_of("estimator", estimator_names()));
  bool bayes = options.kind == EstimatorKind::bayes;
  bool skill = options.kind == EstimatorKind::trueskill || options.kind == EstimatorKind::trueskill_batch;
  refuse_foreign(parameters, {"prior_variance"}, bayes || options.kind == EstimatorKind::bradley_terry,
                 "the estimators bayes and bradley-terry");
  refuse_foreign(parameters, {"use_vectors", "reliability"}, bayes, "the estimator bayes");
  refuse_foreign(parameters, {"mu", "sigma", "beta", "tau", "draw_probability"}, skill,
                 "the estimators trueskill and trueskill-batch");
  refuse_foreign(parameters, {"initial", "k_factor", "scale"}, options.kind == EstimatorKind::elo, "the estimator elo");
  if (parameters.has("prior_variance")) options.prior_variance = parameters.number("prior_variance", 1, 1e-6, 1e6);
  options.mu = parameters.number("mu", options.mu, -1e6, 1e6);
  options.sigma = parameters.number("sigma", options.sigma, 1e-6, 1e6);
  options.beta = parameters.number("beta", options.beta, 1e-6, 1e6);
  options.tau = parameters.number("tau", options.tau, 0, 1e6);
  options.draw_probability = parameters.number("draw_probability", options.draw_probability, 0, 0.99);
  options.initial = parameters.number("initial", options.initial, -1e6, 1e6);
  options.k_factor = parameters.number("k_factor", options.k_factor, 1e-6, 1e6);
  options.scale = parameters.number("scale", options.scale, 1e-6, 1e6);
  options.seed = static_cast<uint64_t>(parameters.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  settings.reliability = bayes && parameters.one_of("reliability", {"on", "off"}) == "on";
  auto vectors = parameters.one_of("use_vectors", {"auto", "off", "on"});
  settings.space = space_choice_from(parameters);
  settings.vectors = !bayes || vectors == "off"                         ? EstimatorSettings::Vectors::never
                     : vectors == "on" || !settings.space.model.empty() ? EstimatorSettings::Vectors::always
                                                                        : EstimatorSettings::Vectors::where_there;
  return settings;
}

RankingSettings ranking_settings_from(const Parameters &parameters) {
  RankingSettings settings;
  settings.criterion = parameters.text("criterion");
  settings.choice = choice_from(parameters);
  settings.estimator = estimator_settings_from(parameters);
  if (auto name = parameters.text("strategy"); !name.empty())
    settings.kind = *strategy_named(parameters.one_of("strategy", strategy_names()));
  auto is = [&](StrategyKind kind) { return settings.kind == kind; };
  refuse_foreign(parameters, {"auto_shuffle"}, is(StrategyKind::smart_shuffle), "the strategy smart-shuffle");
  refuse_foreign(parameters, {"top"}, is(StrategyKind::top_k), "the strategy top-k");
  refuse_foreign(parameters, {"keep"}, is(StrategyKind::within_groups), "the strategy within-groups");
  refuse_foreign(parameters, {"max_pairs"}, settings.kind && draws_pairs(*settings.kind),
                 "the strategies same-score, same-cluster and same-prompt");
  refuse_foreign(parameters, {"bins", "binning", "scores"}, is(StrategyKind::same_score), "the strategy same-score");
  refuse_foreign(parameters, {"compatible"}, is(StrategyKind::same_score) || is(StrategyKind::same_cluster),
                 "the strategies same-score and same-cluster");
  refuse_foreign(parameters, {"attribute"}, is(StrategyKind::same_prompt), "the strategy same-prompt");
  refuse_foreign(parameters, {"groups"}, is(StrategyKind::within_groups) || is(StrategyKind::same_cluster),
                 "the strategies within-groups and same-cluster");
  refuse_foreign(parameters, {"clusters"}, is(StrategyKind::same_cluster) && !parameters.has("groups"),
                 "the strategy same-cluster without `groups`");

  auto &strategy = settings.strategy;
  strategy.kind = settings.kind.value_or(StrategyKind::active);
  strategy.auto_shuffle = parameters.integer("auto_shuffle", strategy.auto_shuffle, 0, 1 << 20);
  strategy.top = parameters.integer("top", strategy.top, 1, 1 << 24);
  strategy.keep = parameters.integer("keep", strategy.keep, 1, 1 << 24);
  strategy.max_pairs = parameters.integer("max_pairs", strategy.max_pairs, 1, 1 << 30);
  strategy.bins = parameters.integer("bins", strategy.bins, 1, 1 << 20);
  strategy.quantiles = parameters.one_of("binning", {"quantiles", "fixed"}) == "quantiles";
  strategy.compatible = parameters.flag("compatible");
  settings.attribute = parameters.text("attribute", settings.attribute);
  settings.groups = parameters.text("groups");
  settings.clusters = parameters.integer("clusters", settings.clusters, 1, 1 << 20);
  settings.scores = parameters.text("scores");
  if (is(StrategyKind::within_groups) && settings.groups.empty())
    throw Error(Status::invalid_argument,
                "is needed by the strategy within-groups: the name of a column of scores that numbers the groups, as "
                "`kalon groups --by burst --as NAME` stores it",
                "parameter groups");

  auto &questions = settings.questions;
  questions.overlap = static_cast<int32_t>(parameters.integer("overlap", questions.overlap, 1, 1000));
  questions.repeat_share = parameters.number("repeat", 0, 0, 0.5);
  questions.gold_share = parameters.number("gold_share", parameters.has("gold") ? 0.1 : 0, 0, 0.5);
  questions.seed = settings.estimator.options.seed;
  settings.most_votes = parameters.integer("votes", 0, 0, 1 << 30);
  settings.most_minutes = parameters.number("minutes", 0, 0, 60 * 24 * 365);
  return settings;
}

}  // namespace kalon
