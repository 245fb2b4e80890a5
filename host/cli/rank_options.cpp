#include "rank_options.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {

template <class Value>
CLI::Option *RankOptions::option(CLI::App *sub, const char *name, Value &value, const char *help) {
  auto *made = sub->add_option(name, value, help);
  std::string parameter = name + 2;  // without "--"
  std::replace(parameter.begin(), parameter.end(), '-', '_');
  given_.push_back([made, parameter, &value](json &parameters) {
    if (made->count() > 0) parameters[parameter] = value;
  });
  return made;
}

void RankOptions::add_estimator(CLI::App *sub) {
  option(sub, "--estimator", estimator_,
         "How utilities are learned: bayes (default: all votes at once, with what is certain), trueskill "
         "(vote by vote), trueskill-batch, bradley-terry (maximum likelihood; a session needs --prior-variance with "
         "it), elo")
      ->check(one_of({"bayes", "trueskill", "trueskill-batch", "bradley-terry", "elo"}))
      ->type_name("NAME");
  option(sub, "--prior-variance", prior_variance_,
         "bayes: of the utilities, instead of what fits best; bradley-terry: MAP instead of maximum likelihood")
      ->check(any_finite_number())
      ->type_name("V");
  option(sub, "--reliability", reliability_, "bayes: on (default): careless annotators count less; off: all alike")
      ->check(one_of({"on", "off"}))
      ->type_name("on|off");
  option(sub, "--use-vectors", vectors_,
         "bayes: auto (default): what pictures look like tells of those without votes, where vectors are there; "
         "on; off")
      ->check(one_of({"auto", "on", "off"}))
      ->type_name("auto|on|off");
  option(sub, "--mu", mu_, "trueskill: mean of the prior; default 0")->check(any_finite_number())->type_name("X");
  option(sub, "--sigma", sigma_, "trueskill: its standard deviation; default 8.33")
      ->check(any_finite_number())
      ->type_name("X");
  option(sub, "--beta", beta_, "trueskill: noise of one performance; default 25/6")
      ->check(any_finite_number())
      ->type_name("X");
  option(sub, "--tau", tau_, "trueskill: drift from vote to vote; default 25/300")
      ->check(any_finite_number())
      ->type_name("X");
  option(sub, "--draw-probability", draw_probability_, "trueskill: share of ties; default .1")
      ->check(any_finite_number())
      ->type_name("P");
  option(sub, "--initial", initial_, "elo: rating of the beginning; default 1500")
      ->check(any_finite_number())
      ->type_name("X");
  option(sub, "--k-factor", k_factor_, "elo: default 32")->check(any_finite_number())->type_name("K");
  option(sub, "--scale", scale_, "elo: default 400")->check(any_finite_number())->type_name("X");
  option(sub, "--seed", seed_, "Of everything drawn at random; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
}

void RankOptions::add_strategy(CLI::App *sub) {
  option(sub, "--strategy", strategy_,
         "Which pair is asked next: active (default: the one that tells most), smart-shuffle, elimination (the "
         "loser leaves), swiss, random, top-k (only what decides the best), same-score, same-cluster, "
         "same-prompt (default where pictures share prompts), within-groups (the best of each burst), "
         "challenger (the best meets all others)")
      ->check(one_of({"active", "smart-shuffle", "elimination", "swiss", "random", "top-k", "same-score",
                      "same-cluster", "same-prompt", "within-groups", "challenger"}))
      ->type_name("NAME");
  option(sub, "--auto-shuffle", auto_shuffle_, "smart-shuffle: order anew after N votes; default 3, 0: never")
      ->transform(whole_number(0, 1 << 20))
      ->type_name("N");
  option(sub, "--top", top_, "top-k: how many best ones; default 10")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("K");
  option(sub, "--groups", groups_,
         "within-groups, same-cluster: the column that numbers the groups, as `kalon groups --as NAME` stores it")
      ->type_name("COLUMN");
  option(sub, "--keep", keep_, "within-groups: find the best N of each group; default 1")
      ->transform(whole_number(1, 1 << 24))
      ->type_name("N");
  option(sub, "--attribute", attribute_, "same-prompt: what both pictures have in common; default prompt")
      ->type_name("NAME");
  option(sub, "--clusters", clusters_, "same-cluster: how many clusters; default 48")
      ->transform(whole_number(1, 1 << 20))
      ->type_name("K");
  option(sub, "--scores", scores_, "same-score: a column of scores; default: what the votes say so far")
      ->type_name("COLUMN");
  option(sub, "--bins", bins_, "same-score: how many bins; default 10")
      ->transform(whole_number(1, 1 << 20))
      ->type_name("N");
  option(sub, "--binning", binning_, "same-score: bins of equally many (default), or of equal width")
      ->check(one_of({"quantiles", "fixed"}))
      ->type_name("quantiles|fixed");
  option(sub, "--max-pairs", max_pairs_,
         "same-score, same-cluster, same-prompt: so many pairs; default five for each picture")
      ->transform(whole_number(1, 1 << 30))
      ->type_name("N");
  sub->add_flag("--compat", compatible_, "same-score, same-cluster: choose and count as KCG's candidate pairs do");
}

void RankOptions::add_questions(CLI::App *sub) {
  option(sub, "--criterion", criterion_, "What is asked, as sharpness; votes of different criteria are kept apart")
      ->type_name("NAME");
  option(sub, "--overlap", overlap_, "Give each pair to K annotators; default 1")
      ->transform(whole_number(1, 1000))
      ->type_name("K");
  option(sub, "--repeat", repeat_, "Share of questions that are asked again with the sides swapped, as .05")
      ->check(number_between(0.0, 0.5))
      ->type_name("SHARE");
  gold_option_ = sub->add_option("--gold", gold_, "Mix in pairs with known answers: a table of left, right, outcome")
                     ->type_name("FILE");
  option(sub, "--gold-share", gold_share_, "Share of such questions; default .1")
      ->check(number_between(0.0, 0.5))
      ->type_name("SHARE");
  option(sub, "--votes", votes_, "The session ends after N votes")->transform(whole_number(1, 1 << 30))->type_name("N");
  option(sub, "--minutes", minutes_, "The session ends so many minutes after its start")
      ->check(number_between(0.0, 525600.0))
      ->type_name("M");
}

void RankOptions::put(json &parameters) const {
  for (const auto &put_if_given : given_) put_if_given(parameters);
  if (gold_option_ && gold_option_->count() > 0) parameters["gold"] = uri(gold_);
  if (compatible_) parameters["compatible"] = true;
}

void add_session(CLI::App *sub, std::string &session) {
  sub->add_option("--session", session, "Name of the session; it may be left away while there is one")
      ->type_name("NAME");
}

void put(json &parameters, const char *name, const std::string &value) {
  if (!value.empty()) parameters[name] = value;
}

}  // namespace kalon::cli
