#pragma once
// A sitting of votes: the session that is chosen, the questions in hand, and what the engine is told and asked.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"
#include "library/jobs.h"
#include "views/rank_choices.h"
#include "views/rank_hand.h"

namespace kalon::viewer {

struct Context;

struct RankSession {
  std::string name, criterion, strategy, estimator, created;  // as the engine writes them
  std::string problem;                                        // why it cannot be read; empty: it can
};

// How far a session is, as last told.
struct RankProgress {
  uint64_t pictures = 0, unvoted = 0, votes = 0;
  uint64_t votes_now = 0;                                 // votes, with those of this sitting that came after
  std::optional<double> settled;                          // share, 0..1
  std::optional<uint64_t> left;                           // votes that the strategy has still to ask for
  std::optional<uint64_t> to_settle_low, to_settle_high;  // votes until the best are settled, with 90 %
  uint64_t top = 0;
  bool top_settled = false;
  uint64_t most_votes = 0;  // the session ends after so many; 0: it does not
  double most_minutes = 0;
  bool ended = false;
};

// What was said to a question.
struct RankAnswer {
  std::string outcome;     // "left", "right", "tie", "both_bad", "skip"; else empty
  int best = 0;            // a slot from 1, of several pictures
  std::vector<int> order;  // slots, the best first
};

class RankDesk {
 public:
  explicit RankDesk(Context &context) : context_(context) {}

  // ---- sessions
  void load_sessions(std::function<void()> then = nullptr);
  const std::vector<RankSession> &sessions() const { return sessions_; }
  bool sessions_known() const { return sessions_known_; }
  // Begins a session and opens it.
  void start(const RankRequest &request);
  void open(std::string name);
  void close();  // back to choosing
  // Goes on with a session that ended by its votes or its time. members: "votes":N or "minutes":M; empty: the same
  // again.
  void resume(std::string members);
  const std::string &session() const { return session_; }  // empty: none is open
  const RankSession *about() const;                        // null: none is open, or not told yet
  std::string annotator() const;
  void set_annotator(std::string name);

  // ---- questions
  const RankHand &hand() const { return hand_; }
  const std::string &finished() const { return finished_; }  // why nothing is asked; empty: it is not over
  const std::string &problem() const { return problem_; }    // of the last request that failed; empty: none
  int size() const { return size_; }                         // pictures of a question
  void set_size(int size);
  // The pictures of a question; no_item where one is not open in the viewer.
  std::vector<ItemIndex> items(const Question &question) const;
  // The shown question is answered; the next one is shown at once. milliseconds: how long it was looked at; 0: unknown.
  void vote(const RankAnswer &answer, double milliseconds);
  void exclude(int slot, const std::string &reason);  // from 1
  // Takes back what was done last here: a vote (which is asked again), or an exclusion.
  void undo();
  bool can_undo() const { return !session_.empty(); }

  // ---- progress
  const RankProgress &progress() const { return progress_; }
  // Looks whether figures should be asked for again. Once a frame, while votes are shown.
  void keep_up();
  void set_settled(double share) { progress_.settled = share; }  // whoever has a newer table tells
  uint64_t votes_here() const { return votes_here_; }            // of this sitting
  double looked_seconds() const { return looked_; }              // at the questions of this sitting, together
  double sitting_since() const { return since_; }                // Context::now
  uint64_t epoch() const { return epoch_; }                      // grows with each other session
  bool asking() const { return asking_ > 0; }

 private:
  void ask_next(bool replace);
  void send(const Question &question, const RankAnswer &answer, double milliseconds, bool by_pictures);
  void answered(const Answer &answer, bool replace);
  void not_stored(const Question &question, const Answer &answer);
  // The session is not found: it may have been dropped elsewhere, and then that is said and it is left.
  void look_for_session(std::function<void()> still_there);
  void status(bool whole);
  std::string common() const;  // "session":...,"annotator":...

  Context &context_;
  std::vector<RankSession> sessions_;
  bool sessions_known_ = false;
  std::string session_, annotator_, finished_, problem_;
  RankHand hand_;
  RankProgress progress_;
  int size_ = 2;
  uint64_t epoch_ = 0, votes_here_ = 0;
  int asking_ = 0;
  double looked_ = 0, since_ = 0;
  struct Done {
    bool exclusion = false;
    std::string question, action;  // the latter once it is stored
    uint64_t decision = 0;         // of an exclusion: its Decisions::last()
  };
  std::vector<Done> done_;

  bool status_running_ = false;
  double status_at_[2] = {-1e9, -1e9}, status_cost_[2] = {0, 0};  // quick, whole
  uint64_t status_votes_[2] = {0, 0};
};

}  // namespace kalon::viewer
