#pragma once
// Votes as pairs of pictures: what every data set of preferences consists of.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "exchange/vote_rows.h"

namespace kalon {

// Two slots of a vote, and which of them was preferred.
struct SlotPair {
  size_t left = 0, right = 0;
  Verdict verdict = Verdict::skip;
};
// A vote over two pictures is its own pair; one over several with ranks has a pair for each two of different ranks, in
// order of their slots. Others have none. [any]
std::vector<SlotPair> pairs_of(const VoteRow &vote);

// What a data set of pairs is made of.
struct PairSource {
  GiveVotes votes;
  FindPicture find;
  bool ties = true;  // false: they are left out
  // P(the left one is better) by an estimator; empty: what the rows of votes over two pictures say themselves.
  std::function<std::optional<double>(const PictureRow &left, const PictureRow &right)> certainty;
  // In [0.5, 1]: only pairs of which it is this certain that the preferred one is better; no ties.
  std::optional<double> least_certainty;
  bool mixed_prompts = false;  // true: pairs whose pictures have different prompts too, without a prompt
};

// One pair to be written: both pictures have a file whose path is UTF-8.
struct ExportedPair {
  const VoteRow &vote;
  const PictureRow &left, &right;
  Verdict verdict = Verdict::tie;   // left, right or tie
  std::optional<double> certainty;  // P(left better)
  uint64_t vote_number = 0;         // counts from 1; pairs of one vote over several share it

  bool tie() const { return verdict == Verdict::tie; }
  // The preferred one, of a tie the left one; and the other.
  const PictureRow &chosen() const { return verdict == Verdict::right ? right : left; }
  const PictureRow &rejected() const { return verdict == Verdict::right ? left : right; }
  // What was asked of both pictures: the vote's own words, else the prompt that they share or that only one of them
  // has; empty: nothing.
  std::string prompt() const;
};

struct ExportResult {
  uint64_t rows = 0;                                    // written
  uint64_t without_order = 0;                           // votes that prefer none: skipped, both bad
  uint64_t ties = 0;                                    // left out because ties were not wanted
  uint64_t unsettled = 0;                               // pairs left out by least_certainty: not certain enough,
  uint64_t contradicted = 0;                            // or voted against what is certain
  uint64_t mixed_prompts = 0;                           // pairs left out because the prompts differ
  uint64_t lost = 0;                                    // pairs left out because of the pictures in failed
  std::vector<std::pair<std::string, Outcome>> failed;  // path (or, without one, name) of each picture once
};

// Notes what cannot be exported in a result, each picture once.
class FailedPictures {
 public:
  explicit FailedPictures(ExportResult &result) : result_(result) {}
  void add(const std::string &name, Outcome outcome);

 private:
  ExportResult &result_;
  std::unordered_set<std::string> seen_;
};

// Gives all pairs that are to be written, in the order of the votes, and counts the others. What is written is counted
// by take. Throws invalid_argument for a least_certainty out of range. [worker]
void each_pair(const PairSource &source, ExportResult &result, FailedPictures &failed, Task &task,
               const std::function<void(const ExportedPair &)> &take);

// Why a picture cannot be named in a text file; ok when it can. [any]
Outcome nameable(const PictureRow &picture);

}  // namespace kalon
