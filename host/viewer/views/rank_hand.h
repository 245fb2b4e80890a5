#pragma once
// The questions that are in hand: the one on the screen, and those behind it that are ready to be shown. What is
// answered leaves at once; the engine confirms it later, and an answer that it refused comes back.

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kalon::viewer {

struct AskedPicture {
  std::string id, photo, uri;  // 32 hex digits each, and file://
};

struct Question {
  std::string id;                      // 32 hex digits
  std::string kind;                    // "new", "overlap", "repeat", "gold"
  std::vector<AskedPicture> pictures;  // by slot, left first
};

// From a row of `rank_next`, or of `rank_vote` with `next`; its pictures are empty when the row is none.
Question question_from(std::string_view row);

class RankHand {
 public:
  // Behind the shown one: enough that quick answers find their next question decoded, few enough that what is asked
  // knows of nearly all answers.
  static constexpr size_t ahead = 2;
  // How many the engine is asked for: it names the open ones again, before it adds new ones.
  static constexpr size_t count = ahead + 1;

  void clear();
  // Null when none is in hand.
  const Question *shown() const { return questions_.empty() ? nullptr : &questions_.front(); }
  const std::deque<Question> &questions() const { return questions_; }
  size_t sent() const { return sent_.size(); }  // answers that the engine did not confirm yet

  // The shown one leaves, answered; the next is shown. There must be one.
  Question take();
  // The engine took the answer, or did not: then its question is shown again.
  void taken(const std::string &id, bool stored);
  // What the engine asks: those in hand keep their places, answered ones do not come again.
  void add(std::vector<Question> questions);
  // What the engine asks, in its order, in place of all that is in hand.
  void replace(std::vector<Question> questions);
  // Questions about a picture leave.
  void drop_photo(std::string_view photo);

 private:
  bool known(const std::string &id) const;

  std::deque<Question> questions_;
  std::map<std::string, Question> sent_;
};

// Several pictures are ordered by pressing their numbers, the best first. Enter ends it: what was not pressed shares
// the last place.
class RankOrder {
 public:
  // slot: from 1. False when it stands in the order already.
  bool press(int slot);
  bool take_back();  // the last one; false when there is none
  void clear() { slots_.clear(); }
  const std::vector<int> &slots() const { return slots_; }
  // The place of a slot, from 1; 0 when it has none yet.
  int place(int slot) const;
  // All but one of so many are placed, so that nothing is left to say.
  bool complete(size_t pictures) const { return slots_.size() + 1 >= pictures; }

 private:
  std::vector<int> slots_;
};

}  // namespace kalon::viewer
