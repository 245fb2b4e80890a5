#include "rank/questionnaire.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "rank/askable.h"

namespace kalon {
namespace {

uint64_t key_of(int32_t a, int32_t b) {
  auto [low, high] = std::minmax(a, b);
  return static_cast<uint64_t>(low) << 32 | static_cast<uint32_t>(high);
}

// A number that depends on all of these and nothing else.
uint64_t mixed(uint64_t seed, uint64_t a, uint64_t b = 0, uint64_t c = 0) {
  return Random(Random(Random(Random(seed).next() ^ a).next() ^ b).next() ^ c).next();
}

bool is_share(double share) {
  return share >= 0 && share < 1;
}

}  // namespace

std::string_view question_kind_name(QuestionKind kind) {
  switch (kind) {
    case QuestionKind::fresh:
      return "new";
    case QuestionKind::overlap:
      return "overlap";
    case QuestionKind::repeat:
      return "repeat";
    case QuestionKind::gold:
      return "gold";
  }
  return "";
}

Questionnaire::Questionnaire(const QuestionnaireOptions &options) : options_(options) {
  if (options.overlap < 1) throw Error(Status::invalid_argument, "a pair must be given to one annotator at least");
  if (!is_share(options.repeat_share) || !is_share(options.gold_share) ||
      options.repeat_share + options.gold_share >= 1)
    throw Error(
        Status::invalid_argument,
        "the shares of repeated questions and of those with known answers must be 0 or more and below 1 together");
  if (options.repeat_distance < 0)
    throw Error(Status::invalid_argument, "the distance of a question from its repetition must be 0 or more");
}

void Questionnaire::read(const VoteHistory &history) {
  reader_.read(
      history,
      [&] {
        votes_ = 0;
        number_of_.clear();
        pairs_.clear();
        answers_.clear();
        annotators_.clear();
        left_.assign(static_cast<size_t>(history.items), 0);
      },
      [&](const Comparison &vote) { record(vote); }, [](const Ordering &) {});
}

void Questionnaire::record(const Comparison &vote) {
  if (votes_++ < options_.first_vote) return;
  auto [found, is_new] = number_of_.try_emplace(key_of(vote.left, vote.right), pairs_.size());
  if (is_new) pairs_.push_back({std::min(vote.left, vote.right), std::max(vote.left, vote.right)});
  auto &pair = pairs_[found->second];
  const auto number = static_cast<size_t>(vote.annotator);
  if (annotators_.size() <= number) annotators_.resize(number + 1);
  auto &annotator = annotators_[number];
  const bool a_left = vote.left == pair.a;
  bool repeatable = vote.verdict != Verdict::skip;  // what was skipped has no answer to compare with
  if (const auto *before = answer_of(pair, vote.annotator)) {
    annotator.asked[before->asked].repeatable = repeatable = false;
    ++annotator.repeats;
  } else {
    ++pair.given;
  }
  answers_.push_back({vote.annotator, annotator.asked.size(), pair.last_answer});
  pair.last_answer = static_cast<int64_t>(answers_.size()) - 1;
  pair.left_a += a_left ? 1 : -1;
  annotator.asked.push_back({found->second, a_left, repeatable});
  ++left_[static_cast<size_t>(vote.left)];
  --left_[static_cast<size_t>(vote.right)];
}

const Questionnaire::Pair *Questionnaire::pair_of(int32_t a, int32_t b) const {
  auto found = number_of_.find(key_of(a, b));
  return found == number_of_.end() ? nullptr : &pairs_[found->second];
}

const Questionnaire::Answer *Questionnaire::answer_of(const Pair &pair, int32_t annotator) const {
  for (auto at = pair.last_answer; at >= 0; at = answers_[static_cast<size_t>(at)].before)
    if (answers_[static_cast<size_t>(at)].annotator == annotator) return &answers_[static_cast<size_t>(at)];
  return nullptr;
}

class Questionnaire::Sheet {
 public:
  Sheet(Questionnaire &all, Strategy &strategy, const QuestionnaireSurvey &survey, int64_t count)
      : all_(all),
        strategy_(strategy),
        survey_(survey),
        count_(count),
        random_(mixed(all.options_.seed, static_cast<uint64_t>(survey.annotator),
                      survey.survey.history.comparisons.size(), survey.pending.size())) {
    for (const auto &question : survey.pending) place(question.left, question.right, question.annotator);
    for (auto pair : survey.gold) is_gold_.try_emplace(key_of(pair.a, pair.b), false);
    const auto number = static_cast<size_t>(survey.annotator);
    history_ = number < all.annotators_.size() ? &all.annotators_[number] : nullptr;
    if (history_) {
      asked_ += static_cast<int64_t>(history_->asked.size());
      repeats_ += history_->repeats;
    }
    for (auto pair : survey.gold)
      if (is_gold_[key_of(pair.a, pair.b)] = had(pair.a, pair.b); is_gold_[key_of(pair.a, pair.b)]) ++golds_;
    for (const auto &question : survey.pending)
      if (question.annotator == survey.annotator) ++asked_, repeats_ += had_before(question.left, question.right);
  }

  std::vector<Question> fill() {
    while (static_cast<int64_t>(questions_.size()) < count_)
      if (!ask_gold() && !ask_again() && !ask_for_overlap() && !ask_new()) break;
    return std::move(questions_);
  }

 private:
  struct Shown {
    int64_t left_low = 0;             // times that the lower item stood left minus times that the other did
    std::vector<int32_t> annotators;  // who have it now
  };

  void place(int32_t left, int32_t right, int32_t annotator) {
    auto &shown = shown_[key_of(left, right)];
    shown.left_low += left < right ? 1 : -1;
    shown.annotators.push_back(annotator);
    ++left_[left];
    --left_[right];
  }
  const Shown *shown(int32_t a, int32_t b) const {
    auto found = shown_.find(key_of(a, b));
    return found == shown_.end() ? nullptr : &found->second;
  }
  bool has_now(int32_t a, int32_t b) const {
    const auto *now = shown(a, b);
    return now && std::ranges::count(now->annotators, survey_.annotator) > 0;
  }
  bool had_before(int32_t a, int32_t b) const {
    const auto *pair = all_.pair_of(a, b);
    return pair && all_.answer_of(*pair, survey_.annotator);
  }
  bool had(int32_t a, int32_t b) const { return has_now(a, b) || had_before(a, b); }
  // Annotators that were given the pair or have it now.
  int32_t given(int32_t a, int32_t b) const {
    const auto *pair = all_.pair_of(a, b);
    const auto *now = shown(a, b);
    int32_t sum = pair ? pair->given : 0;
    for (size_t i = 0; now && i < now->annotators.size(); ++i) {
      const auto annotator = now->annotators[i];
      const bool counted = std::find(now->annotators.begin(), now->annotators.begin() + static_cast<std::ptrdiff_t>(i),
                                     annotator) != now->annotators.begin() + static_cast<std::ptrdiff_t>(i);
      if (!counted && !(pair && all_.answer_of(*pair, annotator))) ++sum;
    }
    return sum;
  }

  void ask(int32_t left, int32_t right, QuestionKind kind) {
    place(left, right, survey_.annotator);
    questions_.push_back({left, right, kind});
    ++asked_;
    repeats_ += kind == QuestionKind::repeat;
    golds_ += kind == QuestionKind::gold;
  }
  int64_t balance(int32_t item) const {
    auto here = left_.find(item);
    return all_.left_[static_cast<size_t>(item)] + (here == left_.end() ? 0 : here->second);
  }
  void ask_balanced(int32_t a, int32_t b, QuestionKind kind) {
    if (a > b) std::swap(a, b);
    const auto *pair = all_.pair_of(a, b);
    const auto *now = shown(a, b);
    int64_t lean = (pair ? pair->left_a : 0) + (now ? now->left_low : 0);
    if (lean == 0) lean = balance(a) - balance(b);
    if (lean == 0) lean = random_.next() % 2 == 0 ? 1 : -1;
    lean < 0 ? ask(a, b, kind) : ask(b, a, kind);
  }

  // Whether `so_far` of the annotator's questions are too few for the share; where the first is due is up to chance.
  bool is_due(double share, int64_t so_far, uint64_t what) const {
    const double offset = Random(mixed(all_.options_.seed, static_cast<uint64_t>(survey_.annotator), what)).unit();
    return share > 0 && std::floor(share * static_cast<double>(asked_ + 1) + offset) > static_cast<double>(so_far);
  }

  bool ask_gold() {
    if (!is_due(all_.options_.gold_share, golds_, 1)) return false;
    const ItemPair *chosen = nullptr;
    uint64_t least = 0;
    for (const auto &pair : survey_.gold) {
      const auto key = key_of(pair.a, pair.b);
      const auto chance = mixed(all_.options_.seed, static_cast<uint64_t>(survey_.annotator), key);
      if (is_gold_[key] || pair.a == pair.b || (chosen && chance >= least)) continue;
      chosen = &pair;
      least = chance;
    }
    if (!chosen) return false;
    is_gold_[key_of(chosen->a, chosen->b)] = true;
    ask_balanced(chosen->a, chosen->b, QuestionKind::gold);
    return true;
  }

  bool ask_again() {
    if (!history_ || !is_due(all_.options_.repeat_share, repeats_, 2)) return false;
    const auto end = std::min(static_cast<int64_t>(history_->asked.size()), asked_ - all_.options_.repeat_distance);
    if (end <= 0) return false;
    const auto start = static_cast<int64_t>(random_.below(static_cast<uint64_t>(end)));
    for (int64_t i = 0; i < end; ++i) {
      const auto &asked = history_->asked[static_cast<size_t>((start + i) % end)];
      const auto &pair = all_.pairs_[asked.pair];
      if (!asked.repeatable || has_now(pair.a, pair.b) || is_gold_.contains(key_of(pair.a, pair.b)) ||
          !is_candidate(survey_.survey, pair.a) || !is_candidate(survey_.survey, pair.b))
        continue;
      asked.a_left ? ask(pair.b, pair.a, QuestionKind::repeat) : ask(pair.a, pair.b, QuestionKind::repeat);
      return true;
    }
    return false;
  }

  bool wants_another(int32_t a, int32_t b) const {
    return !is_gold_.contains(key_of(a, b)) && is_candidate(survey_.survey, a) && is_candidate(survey_.survey, b) &&
           given(a, b) < all_.options_.overlap && !had(a, b);
  }
  bool ask_for_overlap() {
    if (all_.options_.overlap < 2) return false;
    auto &first = first_open();
    for (size_t i = first; i < all_.pairs_.size(); ++i) {
      const auto &pair = all_.pairs_[i];
      if (i == first && (pair.given >= all_.options_.overlap || had_before(pair.a, pair.b))) {
        ++first;
        continue;
      }
      if (!wants_another(pair.a, pair.b)) continue;
      ask_balanced(pair.a, pair.b, QuestionKind::overlap);
      return true;
    }
    for (const auto &question : survey_.pending) {
      if (!wants_another(question.left, question.right)) continue;
      ask_balanced(question.left, question.right, QuestionKind::overlap);
      return true;
    }
    return false;
  }
  size_t &first_open() {
    const auto number = static_cast<size_t>(survey_.annotator);
    return number < all_.annotators_.size() ? all_.annotators_[number].first_open : first_open_of_nobody_;
  }

  bool ask_new() {
    if (!proposed_) {
      proposed_ = strategy_.next(survey_.survey, count_ - static_cast<int64_t>(questions_.size()), random_);
      std::reverse(proposed_->begin(), proposed_->end());
    }
    while (!proposed_->empty()) {
      const auto [a, b] = proposed_->back();
      proposed_->pop_back();
      if (has_now(a, b)) continue;
      auto kind = had_before(a, b) ? QuestionKind::repeat : QuestionKind::fresh;
      if (auto gold = is_gold_.find(key_of(a, b)); gold != is_gold_.end()) {
        kind = QuestionKind::gold;
        gold->second = true;
      }
      ask_balanced(a, b, kind);
      return true;
    }
    return false;
  }

  Questionnaire &all_;
  Strategy &strategy_;
  const QuestionnaireSurvey &survey_;
  int64_t count_;
  Random random_;
  const Annotator *history_ = nullptr;
  std::unordered_map<uint64_t, Shown> shown_;    // pending, and in this call
  std::unordered_map<int32_t, int64_t> left_;    // the same for Questionnaire::left_
  std::unordered_map<uint64_t, bool> is_gold_;   // whether the annotator had it
  int64_t asked_ = 0, repeats_ = 0, golds_ = 0;  // of the annotator, with these
  size_t first_open_of_nobody_ = 0;
  std::optional<std::vector<ItemPair>> proposed_;  // by the strategy, the first one last
  std::vector<Question> questions_;
};

std::vector<Question> Questionnaire::next(Strategy &strategy, const QuestionnaireSurvey &survey, int64_t count) {
  if (survey.annotator < 0) throw Error(Status::invalid_argument, "there is no such annotator");
  read(survey.survey.history);
  return Sheet(*this, strategy, survey, count).fill();
}

}  // namespace kalon
