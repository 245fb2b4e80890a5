#pragma once
// The photos of a session or a table as items, and the votes of the library on them as a history.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "facade/rows.h"
#include "rank/votes.h"
#include "store/replay.h"

namespace kalon {

// Where a vote of the history comes from, beside what the history says.
struct VoteOrigin {
  Hash128 id, action;
  int64_t time = 0, duration = 0;  // microseconds; a duration of 0 is unknown
  bool of_session = false;         // was asked in the session that the photos are of
  bool placement_known = true;
};

// Makes a vote over two pictures say a verdict; over more only what is no order. [any]
void set_verdict(Vote &vote, Verdict verdict);

// Items are the chosen photos, in order of their paths, then those that only votes name: they are no candidates, and
// what was said of them still tells of the others.
class VotedPhotos {
 public:
  // session: whose votes count as its own; empty: none.
  VotedPhotos(std::string criterion, std::string session)
      : criterion_(std::move(criterion)), session_(std::move(session)) {}

  // Before anything is read: votes over photos that are not chosen are passed over; and those of other sessions.
  void leave_others_out() { others_ = false; }
  void leave_other_sessions_out() { other_sessions_ = false; }

  enum class Change { none, votes_added, anew };
  // Takes in what the library has now: at best only the votes that came since, which are then at the end of the
  // history; `anew` the first time, and when photos or earlier votes changed, so that everything was read. The choice
  // is to be the same each time. [worker]
  Change refresh(const Reader &reader, const Choice &choice, const Task &task);

  int32_t items() const { return history_.items; }
  int32_t candidates() const { return chosen_; }  // items 0 to this
  const ChosenPhoto &photo(int32_t item) const { return photos_[static_cast<size_t>(item)]; }
  const std::vector<ChosenPhoto> &photos() const { return photos_; }
  std::optional<int32_t> item_of(const Hash128 &picture) const;  // of a picture or photo
  std::vector<uint8_t> candidate_marks() const;

  const VoteHistory &history() const { return history_; }
  const std::vector<VoteOrigin> &comparison_origins() const { return comparison_origins_; }
  const std::vector<VoteOrigin> &ordering_origins() const { return ordering_origins_; }
  uint64_t votes() const { return history_.comparisons.size() + history_.orderings.size(); }
  uint64_t votes_of_session() const { return of_session_; }
  const std::vector<std::string> &annotators() const { return annotators_; }  // by number; "" is one without a name
  int32_t annotator(const std::string &name);                                 // its number; a new one is given

 private:
  void read(const Reader &reader, const Choice &choice, const Task &task);
  int32_t item_for(const Hash128 &picture, const Reader &reader);
  bool take(const Event &event, const Reader &reader);

  std::string criterion_, session_;
  bool others_ = true, other_sessions_ = true;
  int32_t chosen_ = 0;
  std::vector<ChosenPhoto> photos_;
  std::unordered_map<Hash128, int32_t> item_of_photo_;
  std::unordered_map<Hash128, Hash128> photo_of_;  // of pictures that are not their own photo
  VoteHistory history_;
  std::vector<VoteOrigin> comparison_origins_, ordering_origins_;
  uint64_t of_session_ = 0;
  std::vector<std::string> annotators_;
  std::unordered_map<std::string, int32_t> annotator_numbers_;
  EventKey seen_;
  uint64_t revision_ = 0, events_ = 0;
  bool was_read_ = false;
};

}  // namespace kalon
