#pragma once
// Turns the pairs of a strategy into questions for one of several annotators: which of the two stands left, what is
// asked of more than one person, what is asked twice, and what is asked although the answer is known.

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rank/history_reader.h"
#include "rank/strategy.h"

namespace kalon {

enum class QuestionKind {
  fresh,    // from the strategy: nobody was asked it
  overlap,  // others were asked it, or are being asked, and it is to have more answers
  repeat,   // he was asked it before, with the sides the other way round
  gold      // the answer is known
};
std::string_view question_kind_name(QuestionKind kind);  // "new", "overlap", "repeat", "gold"

struct Question {
  int32_t left = 0, right = 0;
  QuestionKind kind = QuestionKind::fresh;
  bool operator==(const Question &) const = default;
};

// A question that is with somebody and not answered yet.
struct PendingQuestion {
  int32_t left = 0, right = 0, annotator = 0;
};

struct QuestionnaireOptions {
  int32_t overlap = 1;           // each pair is given to so many different annotators, 1 or more
  double repeat_share = 0;       // of an annotator's questions those that he had before, in [0, 1)
  double gold_share = 0;         // of an annotator's questions those of known answers, in [0, 1)
  int64_t repeat_distance = 10;  // so many other questions, at least, stand between a question and its repetition
  uint64_t first_vote = 0;       // comparisons before this number are of former studies: nobody is given them again
  uint64_t seed = 1;
};

struct QuestionnaireSurvey {
  Survey survey;                             // with `pending` counting the questions below
  std::span<const PendingQuestion> pending;  // of all annotators
  std::span<const ItemPair> gold;            // pairs of known answers, whether candidates or not; the caller leaves out
                                             // what may not be shown
  int32_t annotator = 0;                     // who is to be asked: 0 or more; a new one may exceed the history's
};

// Remembers what it read of a history; what it asks follows from history, pending questions and seed alone. Memory is
// linear in the votes. Not for several threads at once.
class Questionnaire {
 public:
  // invalid_argument for options outside their ranges, or whose shares sum up to 1 or more.
  explicit Questionnaire(const QuestionnaireOptions &options);

  // At most `count` questions, to be asked in this order. Shares are kept as exactly as whole numbers let them, counted
  // over all questions of the annotator from first_vote on, wherever enough pairs are there to be repeated; each gold
  // pair is asked once of each annotator. Pairs that want more answers come before new ones, the oldest first. Each
  // item stands left about as often as right; in pairs that are asked again sides are exchanged first. Empty when
  // nothing is left to be asked. invalid_argument for an annotator below 0. [worker]
  std::vector<Question> next(Strategy &strategy, const QuestionnaireSurvey &survey, int64_t count);

 private:
  // The questions of one call as they are chosen, with what is pending.
  class Sheet;

  // What happened to a pair; the votes on it are a list through answers_.
  struct Pair {
    int32_t a = 0, b = 0;      // a < b
    int64_t last_answer = -1;  // in answers_
    int64_t left_a = 0;        // times that a stood left minus times that b did
    int32_t given = 0;         // to so many different annotators
  };
  struct Answer {
    int32_t annotator = 0;
    size_t asked = 0;     // its place in the annotator's list
    int64_t before = -1;  // the previous answer on the pair
  };
  struct Asked {
    size_t pair = 0;
    bool a_left = false, repeatable = false;
  };
  struct Annotator {
    std::vector<Asked> asked;  // in order of time
    int64_t repeats = 0;       // of them
    size_t first_open = 0;     // pairs before it are of no more use to him: he had them, or they have all their answers
  };

  void read(const VoteHistory &history);
  void record(const Comparison &vote);
  const Pair *pair_of(int32_t a, int32_t b) const;                     // null: there were no votes
  const Answer *answer_of(const Pair &pair, int32_t annotator) const;  // his last; null: none

  QuestionnaireOptions options_;
  HistoryReader reader_;
  uint64_t votes_ = 0;
  std::unordered_map<uint64_t, size_t> number_of_;  // of the pair with this key
  std::vector<Pair> pairs_;                         // by the time of their first vote
  std::vector<Answer> answers_;
  std::vector<Annotator> annotators_;
  std::vector<int64_t> left_;  // by item: times it stood left minus times it stood right
};

}  // namespace kalon
