#include "exchange/vote_row_parser.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"
#include "exchange/text_list.h"
#include "exchange/time_text.h"
#include "exchange/value_text.h"

namespace kalon {
namespace {

constexpr const char *needed =
    "columns of votes are left, right and outcome, or winner and loser, or items and ranks, in a first line of names";

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, shorten_utf8(text, 100));
  return out;
}

// A picture that was taken out instead of compared, as image-ranker writes it.
bool is_nobody(std::string_view winner) {
  return winner == "None";
}

}  // namespace

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::left:
      return "left";
    case Verdict::right:
      return "right";
    case Verdict::tie:
      return "tie";
    case Verdict::both_bad:
      return "both_bad";
    case Verdict::skip:
      break;
  }
  return "skip";
}

std::optional<Verdict> verdict_in(std::string_view word) {
  constexpr std::pair<std::string_view, Verdict> words[] = {{"left", Verdict::left},
                                                            {"right", Verdict::right},
                                                            {"tie", Verdict::tie},
                                                            {"both_bad", Verdict::both_bad},
                                                            {"both bad", Verdict::both_bad},
                                                            {"skip", Verdict::skip},
                                                            {"a", Verdict::left},
                                                            {"b", Verdict::right},
                                                            {"draw", Verdict::tie}};
  word = trimmed(word);
  if (word.empty()) return std::nullopt;
  if ((word[0] >= '0' && word[0] <= '9') || word[0] == '.') {
    auto number = number_in(word);
    if (number == 1.0) return Verdict::left;
    if (number == 0.0) return Verdict::right;
    if (number == 0.5) return Verdict::tie;
    return std::nullopt;
  }
  if (word.size() > 8) return std::nullopt;
  auto lower = ascii_lower(word);
  for (const auto &[known, verdict] : words)
    if (lower == known) return verdict;
  return std::nullopt;
}

VoteRowParser::VoteRowParser(const std::string &path, const TableReader &reader, std::string file)
    : path_(path),
      file_(std::move(file)),
      reader_(reader),
      columns_(reader, {"left", "right", "outcome", "winner", "loser", "items", "ranks", "annotator", "criterion",
                        "prompt", "weight", "time", "duration", "placement_known", "certainty", "id"}) {
  for (const auto &column : reader.unreadable())
    if (column.name == "left" || column.name == "right" || column.name == "outcome")
      throw Error(Status::unsupported, "its column " + display_text(column.name) + " cannot be read: " + column.reason,
                  file_);
  if (!reader.more_columns_may_come()) require_columns();
}

void VoteRowParser::require_columns() const {
  bool pairs = columns_.has(left) && columns_.has(right) && columns_.has(outcome);
  bool winners = columns_.has(winner) && columns_.has(loser);
  bool orders = columns_.has(items) && (columns_.has(ranks) || columns_.has(outcome));
  if (pairs || winners || orders) return;
  std::string missing;
  for (auto [column, name] : {std::pair(left, "left"), std::pair(right, "right"), std::pair(outcome, "outcome")})
    if (!columns_.has(column)) missing += (missing.empty() ? "" : ", ") + std::string(name);
  std::string there;
  for (const auto &name : reader_.columns()) {
    there += (there.empty() ? "" : ", ") + quoted(name);
    if (there.size() > 300) {
      there += ", ...";
      break;
    }
  }
  auto where = reader_.unit() == "line" ? std::string("line 1 ") : std::string();
  throw Error(Status::corrupt_data,
              where + "has no column " + missing + "; " + needed + ". It has: " + (there.empty() ? "none" : there),
              file_);
}

void VoteRowParser::refuse(const TableRow &row, const std::string &text) const {
  refuse_row(reader_, row.number, text, file_);
}

std::string_view VoteRowParser::id(const TableRow &row) const {
  return trimmed(columns_.text(row, id_column));
}

bool VoteRowParser::parse(const TableRow &row, VoteRow &vote) {
  columns_.look();
  if (!row.outcome.ok()) refuse_row(reader_, row.number, row.outcome.text, file_, row.outcome.status);
  vote.line = row.number;
  vote.ranks.clear();
  vote.placement_known = true;
  if (!text(row, items).empty())
    several(row, vote);
  else if (!text(row, left).empty() || !text(row, right).empty())
    pair(row, vote);
  else if (!text(row, loser).empty() || !text(row, winner).empty()) {
    if (!winner_and_loser(row, vote)) return false;
  } else if (columns_.has(left) || columns_.has(items) || columns_.has(winner)) {
    refuse(row, "names nothing that was compared; left and right are empty");
  } else {
    refuse(row, std::string("is no vote; ") + needed);
  }
  details(row, vote);
  return true;
}

VoteRowParser::Meanings VoteRowParser::meanings(std::string_view outcome, std::string_view left,
                                                std::string_view right) {
  Meanings meanings{verdict_in(outcome), std::nullopt};
  if (outcome == left) meanings.name = Verdict::left;
  if (outcome == right) meanings.name = Verdict::right;
  return meanings;
}

// Looks at all rows for such as can be meant in one way only.
void VoteRowParser::survey() {
  surveyed_ = true;
  auto reader = open_table(path_);
  NamedColumns columns(*reader, {"left", "right", "outcome"});
  TableRow row;
  while (!(words_met_ && names_met_) && reader->next(row)) {
    columns.look();
    auto met = meanings(columns.text(row, 2), columns.text(row, 0), columns.text(row, 1));
    words_met_ |= met.only_word();
    names_met_ |= met.only_name();
  }
}

Verdict VoteRowParser::verdict(const TableRow &row, const VoteRow &vote) {
  auto given = text(row, outcome);
  if (given.empty()) refuse(row, "has no outcome; it is one of left, right, tie, both_bad and skip");
  auto met = meanings(given, vote.left(), vote.right());
  words_met_ |= met.only_word();
  names_met_ |= met.only_name();
  if (!met.word && !met.name)
    refuse(row,
           "has the outcome " + quoted(given) +
               "; it is one of left, right, tie, both_bad and skip, or 1, 0 and 0.5, or a and b, or one of the two "
               "names");
  if (!met.name) return *met.word;
  if (!met.word || *met.word == *met.name) return *met.name;
  if (words_met_ == names_met_ && !surveyed_) survey();
  if (words_met_ == names_met_)
    refuse(row, "has the outcome " + quoted(given) +
                    ", which is a word for one of the two and the name of the other, " +
                    "and no other row tells which is meant; write left or right");
  return words_met_ ? *met.word : *met.name;
}

void VoteRowParser::pair(const TableRow &row, VoteRow &vote) {
  vote.items.resize(2);
  vote.items[0].assign(text(row, left));
  vote.items[1].assign(text(row, right));
  for (size_t i : {0, 1})
    if (vote.items[i].empty()) refuse(row, i == 0 ? "names nothing on the left" : "names nothing on the right");
  if (vote.items[0] == vote.items[1]) refuse(row, "compares " + quoted(vote.items[0]) + " with itself");
  vote.verdict = verdict(row, vote);
}

bool VoteRowParser::winner_and_loser(const TableRow &row, VoteRow &vote) const {
  auto better = text(row, winner), worse = text(row, loser);
  if (worse.empty()) refuse(row, "names no loser");
  if (better.empty()) refuse(row, "names no winner");
  if (is_nobody(better)) return false;
  vote.items.resize(2);
  vote.items[0].assign(better);
  vote.items[1].assign(worse);
  if (better == worse) refuse(row, "compares " + quoted(better) + " with itself");
  vote.verdict = Verdict::left;
  vote.placement_known = false;
  return true;
}

void VoteRowParser::several(const TableRow &row, VoteRow &vote) {
  auto names = texts_in(text(row, items));
  if (!names) refuse(row, "has items that are no flat JSON array of names; write [\"a\",\"b\"] or a|b");
  vote.items = std::move(*names);
  if (vote.items.size() < 2) refuse(row, "names fewer than two items");
  for (const auto &name : vote.items)
    if (name.empty()) refuse(row, "has an item without a name");
  auto sorted = vote.items;
  std::sort(sorted.begin(), sorted.end());
  auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) refuse(row, "names " + quoted(*twice) + " twice");
  auto order = text(row, ranks);
  if (order.empty()) return best_of_several(row, vote);
  auto given = ranks_in(order);
  if (!given) refuse(row, "has ranks that are no numbers from 1 to 65535; write [1,2,2] or 1|2|2");
  if (given->size() != vote.items.size())
    refuse(row, "has " + std::to_string(given->size()) + " ranks for " + std::to_string(vote.items.size()) + " items");
  if (*std::min_element(given->begin(), given->end()) != 1) refuse(row, "has no rank 1, which is that of the best");
  vote.verdict = Verdict::skip;
  vote.ranks = std::move(*given);
  if (!vote.is_pair()) return;
  vote.verdict = vote.ranks[0] == vote.ranks[1]  ? Verdict::tie
                 : vote.ranks[0] < vote.ranks[1] ? Verdict::left
                                                 : Verdict::right;
  vote.ranks.clear();
}

void VoteRowParser::best_of_several(const TableRow &row, VoteRow &vote) const {
  auto given = text(row, outcome);
  auto best = std::find(vote.items.begin(), vote.items.end(), given);
  if (best != vote.items.end()) {
    if (vote.is_pair()) {
      vote.verdict = best == vote.items.begin() ? Verdict::left : Verdict::right;
      return;
    }
    vote.verdict = Verdict::skip;
    vote.ranks.assign(vote.items.size(), 2);
    vote.ranks[static_cast<size_t>(best - vote.items.begin())] = 1;
    return;
  }
  auto word = verdict_in(given);
  bool side = word == Verdict::left || word == Verdict::right;
  if (!word || (side && !vote.is_pair()))
    refuse(row, "has neither ranks nor an outcome that names the best item or is tie, both_bad or skip");
  vote.verdict = *word;
}

void VoteRowParser::details(const TableRow &row, VoteRow &vote) const {
  vote.annotator.assign(text(row, annotator));
  vote.criterion.assign(text(row, criterion));
  vote.prompt.assign(text(row, prompt));
  vote.weight = 1;
  if (auto given = text(row, weight); !given.empty()) {
    auto number = number_in(given);
    // A float holds it in the history.
    if (!number || !(static_cast<float>(*number) > 0) || !std::isfinite(static_cast<float>(*number)))
      refuse(row, "has the weight " + quoted(given) + "; it must be a number above 0");
    vote.weight = *number;
  }
  vote.time.reset();
  if (auto given = trimmed(text(row, time)); !given.empty()) {
    vote.time = time_from_text(given);
    if (!vote.time) refuse(row, "has the time " + quoted(given) + "; write it as 2026-11-21T22:14:05Z");
  }
  vote.duration.reset();
  if (auto given = trimmed(text(row, duration)); !given.empty()) {
    vote.duration = duration_in(given);
    if (!vote.duration) refuse(row, "has the duration " + quoted(given) + "; it is a number of seconds, not negative");
  }
  if (auto given = trimmed(text(row, placement_known)); !given.empty()) {
    auto word = ascii_lower(given);
    bool yes = word == "true" || word == "1", no = word == "false" || word == "0";
    if (!yes && !no) refuse(row, "has the placement_known " + quoted(given) + "; it is true or false");
    vote.placement_known = yes;
  }
  vote.certainty.reset();
  if (auto given = text(row, certainty); !given.empty()) {
    vote.certainty = number_in(given);
    if (!vote.certainty || *vote.certainty < 0 || *vote.certainty > 1)
      refuse(row, "has the certainty " + quoted(given) + "; it is a number from 0 to 1");
  }
  auto given = id(row);
  auto hash = Hash128::from_hex(given);
  vote.id = hash && !hash->none() ? hash->hex() : std::string();
}

}  // namespace kalon
