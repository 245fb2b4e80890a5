#pragma once
// Votes and pictures as the files of other programs have them: plain rows, in which pictures are whatever text the file
// names them by.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rank/votes.h"

namespace kalon {

// One vote: over two pictures with a verdict, or over several with ranks.
struct VoteRow {
  std::string id;                  // 32 hex digits of the event, or empty
  std::vector<std::string> items;  // by slot (two: left, right): a path, URI, id or name; in UTF-8
  // By slot, 1 = best, as in Ordering; empty in votes over two pictures and in those of several without an order.
  std::vector<uint16_t> ranks;
  Verdict verdict = Verdict::skip;  // of votes over several with ranks it says nothing
  bool placement_known = true;      // whether the slots are the places in which the pictures were shown
  std::string annotator, criterion;
  std::optional<int64_t> time;      // microseconds since 1970
  std::optional<int64_t> duration;  // microseconds
  double weight = 1;                // how often it counts; positive and finite
  std::string prompt;
  std::optional<double> certainty;  // P(the left one is better), in [0, 1], where an estimator knows it
  uint64_t line = 0;                // of the source, from 1; 0: it has none

  const std::string &left() const { return items.at(0); }
  const std::string &right() const { return items.at(1); }
  bool is_pair() const { return items.size() == 2; }
};

// A picture with what is known of it, for exports.
struct PictureRow {
  std::string id;    // 32 hex digits
  std::string path;  // absolute, as bytes; empty: no file of it is there
  std::string prompt;
  std::vector<std::pair<std::string, std::string>> attributes;  // by name; names differ
  std::optional<double> mean, sd;                               // of its utility
  std::optional<uint64_t> rank;                                 // 1 = best
  std::optional<double> score;                                  // what users see of it
};

// Readers give rows in the order of the file, one by one. They throw Error with the file as context; where a row is
// wrong the text begins with its line ("line 7 ..."). A file is taken whole or not at all: a caller does nothing that
// lasts before the reader has returned. [worker]
using TakeVote = std::function<void(VoteRow &&)>;

// All rows in order, given to whoever takes them; may be asked for several times, with the same rows.
using TakeRow = std::function<void(const VoteRow &)>;
using GiveVotes = std::function<void(const TakeRow &)>;

// The picture that a vote names; null where nothing is known of it. What it points to lives on while the export runs.
using FindPicture = std::function<const PictureRow *(const std::string &item)>;

// All pictures in order, as GiveVotes gives votes.
using TakePicture = std::function<void(const PictureRow &)>;
using GivePictures = std::function<void(const TakePicture &)>;

// Whether it is settled which of two pictures is better: P(the left one is better) is at least `least` or at most
// 1 - least. least in [0.5, 1]. [any]
inline bool settled(double certainty, double least) {
  return certainty >= least || 1 - certainty >= least;
}
inline bool settled(const VoteRow &vote, double least) {
  return vote.certainty && settled(*vote.certainty, least);
}

}  // namespace kalon
