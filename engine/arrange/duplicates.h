#pragma once
// Pictures that look alike, in groups around the one that should stay.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "arrange/duplicate_hashes.h"
#include "arrange/duplicate_keeper.h"
#include "base/task.h"

namespace kalon {

// The vector of a row's picture mirrored left to right, or null when there is none. Called from many threads.
using MirroredVector = std::function<const float *(uint32_t row)>;

// When two pictures look alike: their hashes, plain or mirrored, differ in few bits, and the cosine of their vectors is
// high enough; or, where the mirrored hashes are the nearer ones, that of one vector and the other mirrored. Borrows
// everything; rows of hashes and vectors are the same pictures.
class Likeness {
 public:
  // distance: at most so many bits. level: at least this cosine. apart: sets of rows of which no two are ever alike
  // (people said so). mirrored: where mirrored pictures are to be looked at as such.
  Likeness(const HashRows &hashes, std::span<const float *const> vectors, int64_t dimension, int distance, double level,
           std::span<const std::vector<uint32_t>> apart, MirroredVector mirrored = {});

  bool holds(uint32_t a, uint32_t b) const;         // [any]
  bool apart(uint32_t a, uint32_t b) const;         // [any]
  bool told_apart(uint32_t row) const;              // from any other [any]
  bool verified(uint32_t a, uint32_t b) const;      // the same for rows whose hashes are known to be near [any]
  double similarity(uint32_t a, uint32_t b) const;  // the cosine [any]
  // The cosine with one of the two mirrored (the larger, when neither is enough), where the pair is judged by it.
  // [worker]
  std::optional<double> mirrored_similarity(uint32_t a, uint32_t b) const;

  const HashRows &hashes() const { return hashes_; }
  std::span<const float *const> vectors() const { return vectors_; }
  int64_t dimension() const { return dimension_; }
  int distance() const { return distance_; }

 private:
  const HashRows &hashes_;
  std::span<const float *const> vectors_;
  int64_t dimension_;
  int distance_;
  double level_;
  MirroredVector mirrored_;
  std::vector<std::vector<uint32_t>> sets_of_;  // row -> numbers of the sets it is in; empty when there are none
};

// Goes through rows in `order`: each that was not taken keeps, and takes every later one that looks like it and was not
// taken before. The result holds, for each place in the order, the place of the one that took it: its own when it
// keeps. Only pairs of which at least one is fresh (by place) are looked at; the others count as unlike. All pairs are
// compared in blocks, on all threads; memory is a few bytes a row, however many pairs are alike. [worker]
std::vector<uint32_t> taken_by(const Likeness &likeness, std::span<const uint32_t> order,
                               std::span<const uint8_t> fresh, Task &task);

struct DuplicateMember {
  uint32_t row = 0;
  double similarity = 0;  // to the keeper
  std::optional<double> mirrored_similarity;
  HashDistance distance;  // from the keeper
  KeepRule lost_by = KeepRule::name;
};

struct DuplicateGroup {
  uint32_t keeper = 0;
  KeepRule decided_by = KeepRule::name;  // against the last of the others
  double least_similarity = 1;           // over all pairs of the group, the keeper's among them
  std::vector<DuplicateMember> members;  // without the keeper; most similar first
};

// Groups of rows that look alike. Every member was itself compared with its keeper, no two of a group are told apart,
// and no row is in two groups: rows are taken from the one that stands first by the rules; where a taken one is clearly
// sharper and the rules want that, it keeps instead, and those that do not look like it are grouped anew with the rest.
// Groups come in order of their keepers' rows. [worker]
std::vector<DuplicateGroup> find_duplicates(const Likeness &likeness, std::span<const Standing> standings,
                                            std::span<const KeepRule> rules, Task &task);

}  // namespace kalon
