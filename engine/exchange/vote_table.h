#pragma once
// Tables of votes, one vote a row: CSV, TSV, JSON lines and Parquet come in, CSV goes out.
//
// Columns, in any order and case; others are passed over:
//   left, right      what was compared, by any names
//   outcome          left, right, tie, both_bad or skip; also 1, 0 and 0.5, a and b, draw, or the name of the better
//   one winner, loser    instead of the three above, where sides are not known; None as the winner: no vote, passed
//   over items            instead of left and right for votes over several: a JSON array, or names with | between them
//   ranks            by item, 1 = best, equal ranks say nothing: a JSON array, or numbers with | between them; without
//                    it the outcome names the best one, or is tie, both_bad or skip
//   annotator, criterion, prompt
//   weight           how often the vote counts, above 0; 1 without
//   time             as time_from_text() reads it; says when, while the order of the votes is that of the rows
//   duration         seconds from showing to choosing
//   placement_known  whether left and right are the sides on which they were shown: true without
//   certainty        P(the left one is better), in [0, 1]
//   id               of the vote: one that comes again is the same vote delivered twice, and counts once
// Empty cells count as missing ones.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "exchange/vote_rows.h"

namespace kalon {

struct VoteRowCounts {
  uint64_t votes = 0, repeated = 0;  // given; passed over because they had come before
};

// A row that is wrong refuses the file, by its line: names that are missing or equal, outcomes and numbers that are
// none, an id that comes again with another vote. Whether "a", "1" or any other text that is both an outcome and the
// name of the worse one is meant as the one or the other is told from the other rows; where they do not tell, it is
// refused. Ids that are not 32 hex digits tell repeated rows and are not given on. Holds 64 bytes a row where there are
// ids. [worker]
VoteRowCounts read_vote_rows(const std::string &path, const TakeVote &take, Task &task);

// Votes as estimators need them: names become numbers in the order of their first appearance.
struct VoteTable {
  VoteHistory history;
  std::vector<std::string> items;       // by number
  std::vector<std::string> annotators;  // by number; "" stands for votes without one
  // Names in the order of their first appearance, with the number of votes; "" for votes without one. All of the file,
  // whichever was asked for.
  std::vector<std::pair<std::string, uint64_t>> criteria;
  uint64_t repeated = 0;       // rows that had come before
  uint64_t without_order = 0;  // votes over several that are tie, both_bad or skip; they are not in the history
};

// criterion: only votes of this one. [worker]
VoteTable read_vote_table(const std::string &path, const std::optional<std::string> &criterion, Task &task);

// All votes as CSV (separated by tabs where the name ends in .tsv), which read_vote_rows() gives back as they were but
// for `line`. The file appears whole or not at all. [worker]
void write_vote_table(const std::string &path, const GiveVotes &votes, Task &task);

}  // namespace kalon
