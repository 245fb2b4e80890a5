#pragma once
// Which items and pairs of a survey may be asked now, and the pairs that one call has chosen so far.

#include <cstdint>
#include <vector>

#include "rank/strategy.h"

namespace kalon {

inline bool is_candidate(const Survey &survey, int32_t item) {
  return survey.candidates.empty() || survey.candidates[static_cast<size_t>(item)] != 0;
}
inline int32_t times_pending(const Survey &survey, int32_t item) {
  return item < survey.pending.items() ? survey.pending.of_item(item) : 0;
}
inline bool asked_too_often(const Survey &survey, int32_t a, int32_t b) {
  return survey.most_asked > 0 && survey.asked.of(a, b) >= survey.most_asked;
}
// Both candidates, not pending, and not asked too often.
inline bool may_be_asked(const Survey &survey, int32_t a, int32_t b) {
  return a != b && is_candidate(survey, a) && is_candidate(survey, b) && survey.pending.of(a, b) == 0 &&
         !asked_too_often(survey, a, b);
}
std::vector<int32_t> candidates_of(const Survey &survey);

// A number that depends on the item and nothing else: for orders at random that are the same in each session.
inline uint64_t shuffle_key(int32_t item, uint64_t salt = 0) {
  return Random(salt ^ (static_cast<uint64_t>(static_cast<uint32_t>(item)) << 20)).next();
}

class PairBatch {
 public:
  PairBatch(const Survey &survey, int64_t count);

  bool full() const { return static_cast<int64_t>(pairs_.size()) >= count_; }
  int64_t wanted() const { return full() ? 0 : count_ - static_cast<int64_t>(pairs_.size()); }  // more of them
  // Neither in the batch nor pending with somebody.
  bool is_free(int32_t item) const { return !busy_[static_cast<size_t>(item)]; }
  // Whether the pair may be asked and is not in the batch.
  bool allows(int32_t a, int32_t b) const;
  void take(int32_t a, int32_t b);
  const std::vector<ItemPair> &pairs() const { return pairs_; }
  std::vector<ItemPair> release() { return std::move(pairs_); }

 private:
  const Survey &survey_;
  int64_t count_;
  std::vector<uint8_t> busy_;  // by item
  std::vector<ItemPair> pairs_;
  PairCounts chosen_;
};

}  // namespace kalon
