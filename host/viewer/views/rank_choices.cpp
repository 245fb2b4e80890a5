#include "views/rank_choices.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

constexpr std::array<RankChoice, 11> strategies{{
    {"active", "Most telling pair", "Asks the pair that tells most. The fewest votes for a whole order."},
    {"top-k", "The best few", "Asks only what decides which ones are the best."},
    {"challenger", "Best against all", "The best so far meets every other picture."},
    {"elimination", "Knock-out", "Who loses leaves, until one is left."},
    {"swiss", "Swiss rounds", "Pictures meet others that won about as often."},
    {"smart-shuffle", "Sorting", "Neighbours in the order so far meet, and the order is made anew every few votes."},
    {"random", "Random pairs", "Any two, all alike likely. For studies that must not be steered."},
    {"same-score", "Equal scores", "Pairs of about the same score."},
    {"same-cluster", "Look-alikes", "Pairs of pictures that look alike."},
    {"same-prompt", "Same prompt", "Pairs that were made from the same prompt."},
    {"within-groups", "Best of each group",
     "Finds the best of each burst or other group, and asks nothing across groups."},
}};

constexpr std::array<RankChoice, 5> estimators{{
    {"bayes", "Bayes", "All votes at once, with what is certain of them. Careless annotators count less."},
    {"trueskill", "TrueSkill", "Vote by vote, as players are rated."},
    {"trueskill-batch", "TrueSkill, all at once", "TrueSkill's model over all votes, in whatever order they came."},
    {"bradley-terry", "Bradley-Terry", "The likeliest utilities. Needs a prior variance in a session."},
    {"elo", "Elo", "As in chess: simple, and without intervals."},
}};

// Of rank_start, what is no text.
constexpr std::array<std::string_view, 22> numbers{
    "auto_shuffle", "top",   "keep",     "bins", "clusters",       "max_pairs", "overlap", "repeat",
    "gold_share",   "votes", "minutes",  "mu",   "sigma",          "beta",      "tau",     "draw_probability",
    "initial",      "scale", "k_factor", "seed", "prior_variance", "compatible"};
constexpr std::array<std::string_view, 12> texts{"criterion",   "strategy", "estimator", "groups",
                                                 "scores",      "binning",  "attribute", "reliability",
                                                 "use_vectors", "gold",     "model",     "crop"};

bool among(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::span<const RankChoice> rank_strategies() {
  return strategies;
}
std::span<const RankChoice> rank_estimators() {
  return estimators;
}

const RankChoice *rank_choice(std::span<const RankChoice> choices, std::string_view name) {
  for (const auto &choice : choices)
    if (choice.name == name) return &choice;
  return nullptr;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, begun = false;
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (quoted && c == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) {
      word += text[++at];
    } else if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(std::move(word));
  return words;
}

RankRequest rank_request(std::string_view text) {
  RankRequest request;
  for (const auto &word : words_of(text)) {
    auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      if (!request.session.empty()) {
        request.problem = "\"" + word + "\" is no setting: write name=value, with quotes around what has blanks";
        return request;
      }
      request.session = word;
      continue;
    }
    auto name = word.substr(0, equals), value = word.substr(equals + 1);
    if (name == "of") {
      if (value != "shown" && value != "selection" && value != "library") {
        request.problem = "of= takes shown, selection or library";
        return request;
      }
      request.of = value;
    } else if (name == "annotator") {
      request.annotator = value;
    } else if (name == "where" || among(texts, name) || among(numbers, name)) {
      request.parameters.emplace_back(name, value);
    } else {
      request.problem = "A session has no setting \"" + name + "\"";
      return request;
    }
  }
  if (request.session.empty()) request.problem = "A session needs a name";
  return request;
}

std::string rank_members(const std::vector<std::pair<std::string, std::string>> &parameters) {
  nlohmann::json members = nlohmann::json::object();
  for (const auto &[name, value] : parameters) {
    if (name == "compatible") {
      members[name] = value == "on" || value == "true" || value == "1";
    } else if (among(numbers, name)) {
      // What is no number goes on as it is written: the engine says what it takes.
      auto number = nlohmann::json::parse(value, nullptr, false);
      members[name] = number.is_number() ? number : nlohmann::json(value);
    } else {
      members[name] = value;
    }
  }
  auto text = members.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

}  // namespace kalon::viewer
