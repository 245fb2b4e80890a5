// Against PyPI's krippendorff (tests/golden/rank/vote_quality.py), Krippendorff's own examples, and brute force.
#include "rank/agreement.h"

#include <algorithm>

#include "base/random.h"
#include "unit/rank/quality_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::vector<PairAnswer> golden_answers(const std::string &name, std::vector<Comparison> *comparisons = nullptr) {
  std::vector<Comparison> votes;
  Random random(4);
  for (const auto &line : golden_lines(name)) {
    auto low = static_cast<int32_t>(line[0]), high = static_cast<int32_t>(line[1]);
    auto annotator = static_cast<int32_t>(line[2]);
    auto verdict = static_cast<int>(line[3]);
    // Whichever side they stood on.
    votes.push_back(random.below(2) == 0 ? vote(low, high, verdict, annotator) : vote(high, low, -verdict, annotator));
  }
  if (comparisons != nullptr) *comparisons = votes;
  return pair_answers(history_of(1000, 10, votes));
}

Agreement agreement_of(const std::vector<Comparison> &votes) {
  Task task;
  return agreement(pair_answers(history_of(1000, 10, votes)), 1, task);
}

}  // namespace

TEST_CASE("alpha of nominal values is Krippendorff's") {
  // Krippendorff 2011, section C: four observers, twelve units, five values; .743. Units by row.
  std::vector<uint32_t> counts{3, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0,
                               0, 4, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 4, 0, 3, 1, 0, 0, 0,
                               0, 4, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0};
  CHECK(nominal_alpha(counts, 5).value() == Approx(0.743421052631579).epsilon(1e-12));
  // Hayes and Krippendorff 2007 by Wikipedia's table: three coders, fifteen units of four values; .691.
  std::vector<uint32_t> coders{1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0,
                               0, 0, 2, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 2, 0, 0, 2, 0, 0, 0,
                               2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  CHECK(nominal_alpha(coders, 4).value() == Approx(0.691358024691358).epsilon(1e-12));
  CHECK_FALSE(nominal_alpha(std::vector<uint32_t>{1, 0, 0, 1}, 2).has_value());
  CHECK_FALSE(nominal_alpha(std::vector<uint32_t>{2, 0, 3, 0}, 2).has_value());
  CHECK_FALSE(nominal_alpha({}, 2).has_value());
}

TEST_CASE("agreement on pairs is krippendorff's over the pairs either way round") {
  auto name = GENERATE(std::string("most"), std::string("good"));
  auto answers = golden_answers(name + "_vote");
  Task task;
  auto found = agreement(answers, 7, task);
  INFO(name);
  REQUIRE(found.alpha.has_value());
  CHECK(*found.alpha == Approx(golden_lines(name + "_alpha")[0][0]).epsilon(1e-10));
  CHECK(found.same_share == Approx(golden_lines(name + "_same_share")[0][0]).epsilon(1e-12));
  CHECK(static_cast<double>(found.pairs) == golden_lines(name + "_pairs")[0][0]);
  CHECK(found.unknown.empty());
  // Two sets of 1000 drawings: their ends differ by some 8 % of the interval's half width.
  auto interval = golden_lines(name + "_interval")[0];
  double margin = 0.15 * (interval[1] - interval[0]) / 2;
  CHECK(found.interval.lower == Approx(interval[0]).margin(margin));
  CHECK(found.interval.upper == Approx(interval[1]).margin(margin));
  auto again = agreement(answers, 7, task);
  CHECK(again.interval.lower == found.interval.lower);
  CHECK(agreement(answers, 8, task).interval.lower != found.interval.lower);

  // As the items are numbered, without the mirror.
  std::vector<uint32_t> counts(1000 * 3);
  for (const auto &answer : answers) ++counts[static_cast<size_t>(3 * answer.low + answer.preferred + 1)];
  CHECK(nominal_alpha(counts, 3).value() == Approx(golden_lines(name + "_alpha_as_numbered")[0][0]).epsilon(1e-10));
}

TEST_CASE("agreement does not depend on how items are numbered") {
  std::vector<Comparison> votes;
  golden_answers("most_vote", &votes);
  auto before = agreement_of(votes);
  for (auto &own : votes) {
    own.left = 999 - own.left;
    own.right = 999 - own.right;
  }
  CHECK(agreement_of(votes).alpha.value() == Approx(before.alpha.value()).epsilon(1e-12));
}

TEST_CASE("agreement of very many pairs: the interval shrinks with their root") {
  std::vector<Comparison> votes;
  for (int copy = 0; copy < 200; ++copy)
    for (const auto &line : golden_lines("good_vote"))
      votes.push_back(vote(static_cast<int32_t>(line[0]) + 130 * copy, 50000, static_cast<int>(line[3]),
                           static_cast<int32_t>(line[2])));
  Task task;
  auto found = agreement(pair_answers(history_of(50001, 3, votes)), 1, task);
  auto small = golden_lines("good_interval")[0];
  CHECK(found.pairs == 200 * 119);
  CHECK(found.alpha.value() == Approx(golden_lines("good_alpha")[0][0]).margin(0.002));  // n - 1 is nearly n
  CHECK(found.interval.upper - found.interval.lower == Approx((small[1] - small[0]) / std::sqrt(200)).epsilon(0.2));
}

TEST_CASE("agreement is unknown, with the reason, where it cannot be told") {
  CHECK(agreement_of({}).unknown == "no vote tells an order");
  CHECK(agreement_of({vote(0, 1, 3), vote(0, 1, 2, 1)}).unknown == "no vote tells an order");
  CHECK(agreement_of({vote(0, 1, 1), vote(1, 0, 1), vote(1, 2, 1)}).unknown == "only one person voted");
  CHECK(agreement_of({vote(0, 1, 1), vote(1, 2, 1, 1)}).unknown == "no pair was answered by two people");
  auto ties = agreement_of({vote(0, 1, 0), vote(1, 0, 0, 1)});
  CHECK(ties.unknown == "every answer is a tie");
  CHECK_FALSE(ties.alpha.has_value());
  CHECK(ties.same_share == 1);
  auto all = agreement_of({vote(0, 1, 1), vote(1, 0, -1, 1), vote(0, 2, 1), vote(0, 2, 1, 1)});
  CHECK(all.alpha.value() == 1);
  CHECK(all.interval.lower == 1);
}

TEST_CASE("of an annotator's answers to one pair the latest counts, and skips are none") {
  // Annotator 1 changed his mind, and then skipped.
  auto changed =
      agreement_of({vote(0, 1, 1), vote(0, 1, -1, 1), vote(1, 0, -1, 1), vote(0, 1, 3, 1), vote(0, 1, 2, 1)});
  CHECK(changed.answers == 2);
  CHECK(changed.alpha.value() == 1);
}

TEST_CASE("orderings answer their pairs of different ranks") {
  VoteHistory history;
  history.items = 30;
  history.annotators = 2;
  history.comparisons = {vote(1, 3, 1, 1)};
  history.orderings = {{{3, 1, 2}, {2, 1, 2}, 0, 1, 0}, {{3, 1, 2}, {3, 2, 1}, 1, 1, 1}};
  auto answers = pair_answers(history);
  REQUIRE(answers.size() == 6);
  // By pair, then annotator, then time.
  auto is = [&](size_t i, int32_t low, int32_t high, int32_t annotator, int preferred, int64_t comparison) {
    return answers[i].low == low && answers[i].high == high && answers[i].annotator == annotator &&
           answers[i].preferred == preferred && answers[i].comparison == comparison;
  };
  CHECK(is(0, 1, 2, 0, 1, -1));
  CHECK(is(1, 1, 2, 1, -1, -1));
  CHECK(is(2, 1, 3, 0, 1, -1));
  CHECK(is(3, 1, 3, 1, 1, 0));
  CHECK(is(4, 1, 3, 1, 1, -1));
  CHECK(is(5, 2, 3, 1, 1, -1));
  CHECK(pair_answers(history, 2).size() == 1);
}

TEST_CASE("consistency with oneself: repeats against the answer before, swapped ones apart") {
  std::vector<Comparison> votes{
      vote(0, 1, 1),    // 0 is better
      vote(0, 1, 1),    // again: same side, same
      vote(1, 0, -1),   // swapped, same
      vote(1, 0, 1),    // same side as before, opposed
      vote(0, 1, 0),    // swapped, a tie: not the same, not opposed
      vote(0, 1, 3),    // skipped: nothing
      vote(0, 1, 0),    // same side, a tie again
      vote(0, 1, 1, 1)  // another annotator: no repeat
  };
  std::vector<uint8_t> placed{1, 1, 1, 1, 1, 1, 1, 1};
  auto history = history_of(2, 2, votes);
  auto found = self_consistency(pair_answers(history), 2, placed);
  REQUIRE(found.size() == 3);
  for (const auto &own : {found[0], found[2]}) {
    CHECK(own.same.count == 3);
    CHECK(own.same.of == 5);
    CHECK(own.same_side.count == 2);
    CHECK(own.same_side.of == 3);
    CHECK(own.swapped.count == 1);
    CHECK(own.swapped.of == 2);
    CHECK(own.opposed == 1);
  }
  CHECK(found[1].same.of == 0);
  // Sides that are not known are neither.
  placed[1] = 0;
  auto partly = self_consistency(pair_answers(history), 2, placed)[0];
  CHECK(partly.same.of == 5);
  CHECK(partly.same_side.of == 2);
  CHECK(partly.swapped.of == 1);
}
