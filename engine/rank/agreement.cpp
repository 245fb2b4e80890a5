#include "rank/agreement.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"

namespace kalon {
namespace {

// One pair's answers, or those of many.
struct Unit {
  double answers = 0, ties = 0;
  double disagreement = 0;  // ordered pairs of different answers, over the number of answers less one
  void add(const Unit &other) {
    answers += other.answers;
    ties += other.ties;
    disagreement += other.disagreement;
  }
};

Unit unit_of(const std::array<uint32_t, 3> &counts) {
  double all = 0, squares = 0;
  for (double count : counts) {
    all += count;
    squares += count * count;
  }
  return {all, double{static_cast<double>(counts[1])}, (all * all - squares) / (all - 1)};
}

// Every unit counts twice, the second time with the preferences exchanged: both preferences are equally many.
std::optional<double> alpha_of(const Unit &sum) {
  double all = 2 * sum.answers, preferences = sum.answers - sum.ties, ties = 2 * sum.ties;
  double expected = all * all - 2 * preferences * preferences - ties * ties;
  if (!(expected > 0)) return std::nullopt;
  return 1 - (all - 1) * 2 * sum.disagreement / expected;
}

// The middle 95 % of alphas of as many units drawn with replacement. Of very many units fewer are drawn, and the spread
// is scaled by the root of their share.
Bounds drawn_interval(const std::vector<Unit> &units, double alpha, uint64_t seed, Task &task) {
  constexpr size_t repetitions = 1000, most_drawn = 4000;
  auto drawn = std::min(units.size(), most_drawn);
  double scale = std::sqrt(static_cast<double>(drawn) / static_cast<double>(units.size()));
  Random random(seed);
  std::vector<double> alphas;
  for (size_t i = 0; i < repetitions; ++i) {
    task.throw_if_cancelled();
    Unit sum;
    for (size_t j = 0; j < drawn; ++j) sum.add(units[random.below(units.size())]);
    if (auto value = alpha_of(sum)) alphas.push_back(alpha + scale * (*value - alpha));
  }
  if (alphas.empty()) return {alpha, alpha};
  std::sort(alphas.begin(), alphas.end());
  auto at = [&](double share) { return alphas[static_cast<size_t>(share * static_cast<double>(alphas.size() - 1))]; };
  return {at(0.025), at(0.975)};
}

}  // namespace

std::optional<double> nominal_alpha(std::span<const uint32_t> counts, int64_t values) {
  auto width = static_cast<size_t>(values);
  std::vector<double> totals(width);
  double all = 0, disagreement = 0;
  for (size_t unit = 0; unit + width <= counts.size(); unit += width) {
    double own = 0, squares = 0;
    for (size_t value = 0; value < width; ++value) {
      double count = counts[unit + value];
      own += count;
      squares += count * count;
    }
    if (own < 2) continue;
    for (size_t value = 0; value < width; ++value) totals[value] += counts[unit + value];
    all += own;
    disagreement += (own * own - squares) / (own - 1);
  }
  double expected = all * all;
  for (double total : totals) expected -= total * total;
  if (!(expected > 0)) return std::nullopt;
  return 1 - (all - 1) * disagreement / expected;
}

Agreement agreement(std::span<const PairAnswer> answers, uint64_t seed, Task &task) {
  Agreement result;
  std::vector<Unit> units;
  double same = 0, asked_twice = 0;
  bool several = false;
  for (size_t i = 0; i < answers.size();) {
    std::array<uint32_t, 3> counts{};
    size_t end = i;
    for (; end < answers.size() && answers[end].low == answers[i].low && answers[end].high == answers[i].high; ++end) {
      bool latest = end + 1 == answers.size() || answers[end + 1].low != answers[i].low ||
                    answers[end + 1].high != answers[i].high || answers[end + 1].annotator != answers[end].annotator;
      if (latest) ++counts[static_cast<size_t>(answers[end].preferred + 1)];
      several = several || answers[end].annotator != answers.front().annotator;
    }
    i = end;
    auto unit = unit_of(counts);
    if (unit.answers < 2) continue;
    units.push_back(unit);
    result.answers += static_cast<uint64_t>(unit.answers);
    double pairs = unit.answers * (unit.answers - 1);
    asked_twice += pairs;
    same += pairs - unit.disagreement * (unit.answers - 1);
  }
  result.pairs = units.size();
  if (units.empty()) {
    result.unknown = answers.empty() ? "no vote tells an order"
                     : several       ? "no pair was answered by two people"
                                     : "only one person voted";
    return result;
  }
  result.same_share = same / asked_twice;
  Unit sum;
  for (const auto &unit : units) sum.add(unit);
  result.alpha = alpha_of(sum);
  if (result.alpha)
    result.interval = drawn_interval(units, *result.alpha, seed, task);
  else
    result.unknown = "every answer is a tie";
  return result;
}

std::vector<SelfConsistency> self_consistency(std::span<const PairAnswer> answers, int32_t annotators,
                                              std::span<const uint8_t> placed) {
  struct Count {
    uint64_t same[3]{}, asked[3]{}, opposed = 0;  // all, same side, swapped
  };
  std::vector<Count> counts(static_cast<size_t>(annotators) + 1);
  auto is_placed = [&](int64_t comparison) { return placed.empty() || placed[static_cast<size_t>(comparison)] != 0; };
  const PairAnswer *before = nullptr;
  for (const auto &answer : answers) {
    if (answer.comparison < 0) continue;
    if (before != nullptr && before->low == answer.low && before->high == answer.high &&
        before->annotator == answer.annotator) {
      bool same = before->preferred == answer.preferred;
      for (auto *count : {&counts[static_cast<size_t>(answer.annotator)], &counts.back()}) {
        auto take = [&](int kind) { count->same[kind] += same ? 1 : 0, ++count->asked[kind]; };
        take(0);
        if (is_placed(before->comparison) && is_placed(answer.comparison))
          take(before->low_left == answer.low_left ? 1 : 2);
        count->opposed += before->preferred * answer.preferred < 0 ? 1 : 0;
      }
    }
    before = &answer;
  }
  std::vector<SelfConsistency> result;
  for (const auto &count : counts)
    result.push_back({share_of(count.same[0], count.asked[0]), share_of(count.same[1], count.asked[1]),
                      share_of(count.same[2], count.asked[2]), count.opposed});
  return result;
}

std::string agreement_word(double alpha) {
  constexpr double tentative = 0.667, good = 0.8;
  return alpha < tentative ? "too little" : alpha < good ? "tentative" : "good";
}

}  // namespace kalon
