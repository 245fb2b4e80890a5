#include "rank_options.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {

void RankOptions::add_estimator(CLI::App *sub) {
  sub_ = sub;
  estimates_ = true;
  sub->add_option("--estimator", estimator_,
                  "How utilities are learned: bayes (default: all votes at once, with what is certain), trueskill "
                  "(vote by vote), trueskill-batch, bradley-terry (maximum likelihood), elo")
      ->check(one_of({"bayes", "trueskill", "trueskill-batch", "bradley-terry", "elo"}))
      ->type_name("NAME");
  sub->add_option(
         "--prior-variance", prior_variance_,
         "bayes: of the utilities, instead of what fits best; bradley-terry: MAP instead of maximum likelihood")
      ->type_name("V");
  sub->add_option("--reliability", reliability_, "bayes: on (default): careless annotators count less; off: all alike")
      ->check(one_of({"on", "off"}))
      ->type_name("on|off");
  sub->add_option(
         "--use-vectors", vectors_,
         "bayes: auto (default): what pictures look like tells of those without votes, where vectors are there; "
         "on; off")
      ->check(one_of({"auto", "on", "off"}))
      ->type_name("auto|on|off");
  sub->add_option("--mu", mu_, "trueskill: mean of the prior; default 0")->type_name("X");
  sub->add_option("--sigma", sigma_, "trueskill: its standard deviation; default 8.33")->type_name("X");
  sub->add_option("--beta", beta_, "trueskill: noise of one performance; default 25/6")->type_name("X");
  sub->add_option("--tau", tau_, "trueskill: drift from vote to vote; default 25/300")->type_name("X");
  sub->add_option("--draw-probability", draw_probability_, "trueskill: share of ties; default .1")->type_name("P");
  sub->add_option("--initial", initial_, "elo: rating of the beginning; default 1500")->type_name("X");
  sub->add_option("--k-factor", k_factor_, "elo: default 32")->type_name("K");
  sub->add_option("--scale", scale_, "elo: default 400")->type_name("X");
  sub->add_option("--seed", seed_, "Of everything drawn at random; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
}

void RankOptions::add_strategy(CLI::App *sub) {
  sub_ = sub;
  chooses_ = true;
  sub->add_option(
         "--strategy", strategy_,
         "Which pair is asked next: active (default: the one that tells most), smart-shuffle, elimination (the "
         "loser leaves), swiss, random, top-k (only what decides the best), same-score, same-cluster, "
         "same-prompt (default where pictures share prompts), within-groups (the best of each burst), "
         "challenger (the best meets all others)")
      ->check(one_of({"active", "smart-shuffle", "elimination", "swiss", "random", "top-k", "same-score",
                      "same-cluster", "same-prompt", "within-groups", "challenger"}))
      ->type_name("NAME");
  sub->add_option("--auto-shuffle", auto_shuffle_, "smart-shuffle: order anew after N votes; default 3, 0: never")
      ->transform(whole_number(0, 1 << 20))
      ->type_name("N");
  sub->add_option("--top", top_, "top-k: how many best ones; default 10")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("K");
  sub->add_option(
         "--groups", groups_,
         "within-groups, same-cluster: the column that numbers the groups, as `kalon groups --as NAME` stores it")
      ->type_name("COLUMN");
  sub->add_option("--keep", keep_, "within-groups: find the best N of each group; default 1")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("N");
  sub->add_option("--attribute", attribute_, "same-prompt: what both pictures have in common; default prompt")
      ->type_name("NAME");
  sub->add_option("--clusters", clusters_, "same-cluster: how many clusters; default 48")
      ->transform(whole_number(1, 1 << 20))
      ->type_name("K");
  sub->add_option("--scores", scores_, "same-score: a column of scores; default: what the votes say so far")
      ->type_name("COLUMN");
  sub->add_option("--bins", bins_, "same-score: how many bins; default 10")
      ->transform(whole_number(1, 1 << 20))
      ->type_name("N");
  sub->add_option("--binning", binning_, "same-score: bins of equally many (default), or of equal width")
      ->check(one_of({"quantiles", "fixed"}))
      ->type_name("quantiles|fixed");
  sub->add_option("--max-pairs", max_pairs_,
                  "same-score, same-cluster, same-prompt: so many pairs; default five for each picture")
      ->transform(whole_number(1, 1 << 30))
      ->type_name("N");
  sub->add_flag("--compat", compatible_, "same-score, same-cluster: choose and count as KCG's candidate pairs do");
}

void RankOptions::add_questions(CLI::App *sub) {
  sub_ = sub;
  asks_ = true;
  sub->add_option("--criterion", criterion_, "What is asked, as sharpness; votes of different criteria are kept apart")
      ->type_name("NAME");
  sub->add_option("--overlap", overlap_, "Give each pair to K annotators; default 1")
      ->transform(whole_number(1, 1000))
      ->type_name("K");
  sub->add_option("--repeat", repeat_, "Share of questions that are asked again with the sides swapped, as .05")
      ->check(CLI::Range(0.0, 0.5))
      ->type_name("SHARE");
  sub->add_option("--gold", gold_, "Mix in pairs with known answers: a table of left, right, outcome")
      ->type_name("FILE");
  sub->add_option("--gold-share", gold_share_, "Share of such questions; default .1")
      ->check(CLI::Range(0.0, 0.5))
      ->type_name("SHARE");
  sub->add_option("--votes", votes_, "The session ends after N votes")
      ->transform(whole_number(1, 1 << 30))
      ->type_name("N");
  sub->add_option("--minutes", minutes_, "The session ends so many minutes after its start")
      ->check(CLI::Range(0.0, 525600.0))
      ->type_name("M");
}

bool RankOptions::given(const char *option) const {
  return sub_->count(option) > 0;
}

void RankOptions::put(nlohmann::json &parameters) const {
  auto add = [&](const char *option, const char *name, const auto &value) {
    if (given(option)) parameters[name] = value;
  };
  if (estimates_) {
    add("--estimator", "estimator", estimator_);
    add("--prior-variance", "prior_variance", prior_variance_);
    add("--reliability", "reliability", reliability_);
    add("--use-vectors", "use_vectors", vectors_);
    add("--mu", "mu", mu_);
    add("--sigma", "sigma", sigma_);
    add("--beta", "beta", beta_);
    add("--tau", "tau", tau_);
    add("--draw-probability", "draw_probability", draw_probability_);
    add("--initial", "initial", initial_);
    add("--k-factor", "k_factor", k_factor_);
    add("--scale", "scale", scale_);
    add("--seed", "seed", seed_);
  }
  if (chooses_) {
    add("--strategy", "strategy", strategy_);
    add("--auto-shuffle", "auto_shuffle", auto_shuffle_);
    add("--top", "top", top_);
    add("--groups", "groups", groups_);
    add("--keep", "keep", keep_);
    add("--attribute", "attribute", attribute_);
    add("--clusters", "clusters", clusters_);
    add("--scores", "scores", scores_);
    add("--bins", "bins", bins_);
    add("--binning", "binning", binning_);
    add("--max-pairs", "max_pairs", max_pairs_);
    if (given("--compat")) parameters["compatible"] = true;
  }
  if (asks_) {
    add("--criterion", "criterion", criterion_);
    add("--overlap", "overlap", overlap_);
    add("--repeat", "repeat", repeat_);
    if (given("--gold")) parameters["gold"] = uri(gold_);
    add("--gold-share", "gold_share", gold_share_);
    add("--votes", "votes", votes_);
    add("--minutes", "minutes", minutes_);
  }
}

}  // namespace kalon::cli
