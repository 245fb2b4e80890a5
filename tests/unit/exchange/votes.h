#pragma once
// Votes as these tests compare them.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "exchange/vote_row_parser.h"
#include "exchange/vote_rows.h"
#include "unit/exchange/content.h"

namespace kalon::testing {

// All members but the line; those that are not known are null.
inline nlohmann::json json_of(const VoteRow &vote) {
  nlohmann::json json = {{"id", vote.id},
                         {"items", vote.items},
                         {"ranks", vote.ranks},
                         {"verdict", verdict_word(vote.verdict)},
                         {"placement_known", vote.placement_known},
                         {"annotator", vote.annotator},
                         {"criterion", vote.criterion},
                         {"time", nullptr},
                         {"duration", nullptr},
                         {"weight", vote.weight},
                         {"prompt", vote.prompt},
                         {"certainty", nullptr}};
  if (vote.time) json["time"] = *vote.time;
  if (vote.duration) json["duration"] = *vote.duration;
  if (vote.certainty) json["certainty"] = *vote.certainty;
  return json;
}

// What a reader gives, by read(take).
template <class Read>
std::vector<VoteRow> votes_of(const Read &read) {
  std::vector<VoteRow> votes;
  read([&](VoteRow &&vote) { votes.push_back(std::move(vote)); });
  return votes;
}

inline GiveVotes giving(const std::vector<VoteRow> &votes) {
  return [&votes](const TakeRow &take) {
    for (const auto &vote : votes) take(vote);
  };
}

// What a call refuses a file with: "status: text".
template <class Call>
std::string refusal_of(const Call &call) {
  try {
    call();
  } catch (const Error &error) {
    CHECK_FALSE(error.context().empty());
    return std::string(status_name(error.status())) + ": " + error.message();
  }
  return "accepted";
}

inline VoteRow pair_vote(std::string left, std::string right, Verdict verdict, std::string annotator = {}) {
  VoteRow vote;
  vote.items = {std::move(left), std::move(right)};
  vote.verdict = verdict;
  vote.annotator = std::move(annotator);
  return vote;
}

// One of each kind, with names that files have trouble with.
inline std::vector<VoteRow> many_kinds() {
  std::vector<VoteRow> votes;
  auto add = [&](VoteRow vote) -> VoteRow & { return votes.emplace_back(std::move(vote)); };
  auto &full = add(pair_vote("/a b/\"quoted\", comma.jpg", "/é猫😀;\ttab.jpg", Verdict::left, "Ann, the \"first\""));
  full.id = "0123456789abcdef0123456789abcdef";
  full.criterion = "colour\nand light";
  full.time = 1700000000123456;
  full.duration = 2500001;
  full.weight = 0.25;
  full.prompt = " a lake,\r\n\"still\" ";
  full.certainty = 0.875;
  add(pair_vote("x", "y", Verdict::right));
  add(pair_vote("x", "y", Verdict::tie, "Ben")).placement_known = false;
  add(pair_vote("y", "x", Verdict::both_bad)).duration = 0;
  add(pair_vote("left", "right", Verdict::skip)).time = -1;
  auto &best = add({});
  best.items = {"x", "|pipe|", "[y]", "z"};
  best.ranks = {2, 1, 2, 2};
  best.annotator = "Ben";
  auto &none = add({});
  none.items = {"x", "y", "z"};
  none.verdict = Verdict::tie;
  // The same vote twice, without an id: both count.
  add(pair_vote("x", "y", Verdict::right));
  return votes;
}

}  // namespace kalon::testing
