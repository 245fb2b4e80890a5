#pragma once
// One row of a table of votes.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exchange/named_columns.h"
#include "exchange/vote_rows.h"

namespace kalon {

// The word of a verdict in tables: left, right, tie, both_bad, skip. [any]
std::string_view verdict_word(Verdict verdict);
// What a word says, without regard to case: those of verdict_word(), a and b, 1, 0 and 0.5, draw. [any]
std::optional<Verdict> verdict_in(std::string_view word);

class VoteRowParser {
 public:
  // Refuses a table that cannot hold votes, by its columns. [worker]
  VoteRowParser(const std::string &path, const TableReader &reader, std::string file);

  // Fills a vote, whose memory is used again; false: the row holds none. Throws for rows that are wrong.
  bool parse(const TableRow &row, VoteRow &vote);
  // The id as it is written, valid until the next row is read.
  std::string_view id(const TableRow &row) const;

 private:
  enum Column : size_t {
    left,
    right,
    outcome,
    winner,
    loser,
    items,
    ranks,
    annotator,
    criterion,
    prompt,
    weight,
    time,
    duration,
    placement_known,
    certainty,
    id_column
  };
  [[noreturn]] void refuse(const TableRow &row, const std::string &text) const;
  std::string_view text(const TableRow &row, Column column) const { return columns_.text(row, column); }
  void require_columns() const;
  void pair(const TableRow &row, VoteRow &vote);
  bool winner_and_loser(const TableRow &row, VoteRow &vote) const;
  void several(const TableRow &row, VoteRow &vote);
  void best_of_several(const TableRow &row, VoteRow &vote) const;
  void details(const TableRow &row, VoteRow &vote) const;
  Verdict verdict(const TableRow &row, const VoteRow &vote);
  // What a word and the name of one of two items say of an outcome.
  struct Meanings {
    std::optional<Verdict> word, name;
    bool only_word() const { return word && !name && (*word == Verdict::left || *word == Verdict::right); }
    bool only_name() const { return name && !word; }
  };
  static Meanings meanings(std::string_view outcome, std::string_view left, std::string_view right);
  void survey();

  std::string path_, file_;
  const TableReader &reader_;
  NamedColumns columns_;
  bool words_met_ = false, names_met_ = false, surveyed_ = false;
};

}  // namespace kalon
