// Simulated people of known reliability (simulated_study.h): who is found, and whether the order gets better by it.
#include "rank/reliability.h"

#include "base/error.h"
#include "base/threads.h"
#include "rank/vote_quality.h"
#include "unit/rank/quality_cases.h"
#include "unit/rank/simulated_study.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

Reliability reliability_of(const VoteHistory &history, const std::vector<GoldPair> &gold = {}) {
  Task task;
  return estimate_reliability(history, {}, gold, Agreements::wanted, task);
}

// How well the means agree with the truth when all people count the same.
double plain_correlation(const SimulatedStudy &study) {
  Task task;
  auto estimator = make_estimator({});
  estimator->fit(study.history, task);
  return rank_correlation(estimator->means(), study.truth);
}

struct Outcome {
  double plain = 0, weighted = 0;              // mean rank correlations
  std::vector<double> scales;                  // means, by person
  std::vector<std::array<int, 5>> judgements;  // by person and judgement
  int covered = 0, of = 0;                     // intervals that hold the truth
  int judged(size_t person, Judgement judgement) const { return judgements[person][static_cast<size_t>(judgement)]; }
};

constexpr int studies = 12;

Outcome simulate(const std::vector<SimulatedPerson> &people, double ties, int32_t items = 40) {
  Outcome outcome;
  outcome.scales.resize(people.size());
  outcome.judgements.resize(people.size());
  for (int i = 0; i < studies; ++i) {
    auto study = simulated_study(items, 2, people, ties, static_cast<uint64_t>(100 + i));
    auto found = reliability_of(study.history);
    outcome.plain += plain_correlation(study) / studies;
    outcome.weighted += rank_correlation(found.estimator->means(), study.truth) / studies;
    for (size_t person = 0; person < people.size(); ++person) {
      const auto &own = found.annotators[person];
      outcome.scales[person] += own.scale / studies;
      ++outcome.judgements[person][static_cast<size_t>(own.judgement)];
      ++outcome.of;
      outcome.covered += own.interval.lower <= people[person].scale && people[person].scale <= own.interval.upper;
    }
  }
  return outcome;
}

}  // namespace

TEST_CASE("an adversarial person among five is found, and the order is better for it") {
  auto found = simulate({{1, 120}, {1, 120}, {1, 120}, {1, 120}, {-1, 120}}, 0);
  CHECK(found.judged(4, Judgement::adversarial) == studies);
  for (size_t person = 0; person < 4; ++person) CHECK(found.judged(person, Judgement::good) >= studies - 1);
  CHECK(found.scales[4] == Approx(-1).margin(0.25));
  CHECK(found.weighted > found.plain + 0.02);
}

TEST_CASE("a careless person among five is found and weighs little") {
  auto found = simulate({{1, 120}, {1, 120}, {1, 120}, {1, 120}, {0, 120}}, 0);
  CHECK(found.judged(4, Judgement::careless) >= studies - 1);
  CHECK(found.scales[4] == Approx(0).margin(0.1));
  CHECK(found.weighted > found.plain + 0.002);
}

TEST_CASE("most people tell which way is up, not most votes") {
  auto found = simulate({{1, 80}, {1, 80}, {1, 80}, {1, 80}, {-1, 500}}, 0);
  CHECK(found.judged(4, Judgement::adversarial) == studies);
  CHECK(found.plain < 0);
  CHECK(found.weighted > 0.8);
}

TEST_CASE("where all are good nothing is lost") {
  auto found = simulate({{1, 120}, {1, 120}, {1, 120}, {1, 120}, {1, 120}}, 0);
  CHECK(found.weighted > found.plain - 0.003);
  for (size_t person = 0; person < 5; ++person) {
    CHECK(found.judged(person, Judgement::good) >= studies - 1);
    CHECK(found.judged(person, Judgement::adversarial) + found.judged(person, Judgement::careless) == 0);
  }
}

TEST_CASE("intervals hold the truth, with ties and different scales") {
  // The usual person's scale is the unit.
  auto found = simulate({{1, 250}, {1.6, 250}, {0.6, 250}, {1, 250}, {0.3, 250}}, 0.5);
  // 95 % intervals of 60 scales: 57 expected, fewer than 51 in one of 200 sets.
  CHECK(found.covered >= 51);
  CHECK(found.scales[1] > found.scales[0]);
  CHECK(found.scales[2] < found.scales[3]);
  CHECK(found.scales[4] < found.scales[2]);
}

TEST_CASE("few votes condemn nobody") {
  auto found = simulate({{1, 150}, {1, 150}, {1, 5}}, 0);
  CHECK(found.judged(2, Judgement::too_few_votes) == studies);
  // Not even where they are all against what the others say.
  auto study = simulated_study(10, 2, {{1, 200}, {1, 200}, {-1, 3}}, 0, 5);
  auto own = reliability_of(study.history).annotators[2];
  CHECK(own.interval.upper > 0);
  CHECK(own.judgement == Judgement::too_few_votes);
}

TEST_CASE("somebody who votes alone has the scale 1") {
  auto study = simulated_study(20, 2, {{1, 100}}, 0, 1);
  auto found = reliability_of(study.history);
  CHECK(found.scales == std::vector<double>{1});
  CHECK(found.annotators[0].judgement == Judgement::alone);
  CHECK_FALSE(found.annotators[0].agreement.known());
  CHECK(found.annotators[0].votes == 100);
  Task task;
  auto plain = make_estimator({});
  plain->fit(study.history, task);
  CHECK(std::equal(plain->means().begin(), plain->means().end(), found.estimator->means().begin()));

  // Two people on different pictures are alone, too.
  auto history = history_of(4, 3, {vote(0, 1, 1), vote(0, 1, -1), vote(2, 3, 1, 1), vote(2, 3, 1, 1)});
  auto apart = reliability_of(history);
  CHECK(apart.scales == std::vector<double>{1, 1, 1});
  for (const auto &own : apart.annotators) CHECK(own.judgement == Judgement::alone);
  CHECK(reliability_of(history_of(3, 1, {})).scales == std::vector<double>{1});
  CHECK(reliability_of(history_of(3, 2, {vote(0, 1, 3), vote(0, 1, 2, 1)})).scales == std::vector<double>{1, 1});
}

TEST_CASE("agreement with the others is that of what the others alone say") {
  // Three people of one mind on four items, and one who says the contrary: without him nothing of it remains.
  std::vector<Comparison> votes;
  for (int32_t person = 0; person < 4; ++person)
    for (int32_t low = 0; low < 4; ++low)
      for (int32_t high = low + 1; high < 4; ++high) votes.push_back(vote(low, high, person == 3 ? -1 : 1, person));
  auto found = reliability_of(history_of(4, 4, votes));
  for (size_t person = 0; person < 3; ++person) {
    CHECK(found.annotators[person].left_out);
    CHECK(found.annotators[person].agreement.count == 6);
    CHECK(found.annotators[person].agreement.of == 6);
  }
  CHECK(found.annotators[3].agreement.count == 0);
  CHECK(found.annotators[3].agreement.of == 6);

  // Too many items to leave everybody out: each vote against all others, nearly the same.
  std::vector<SimulatedPerson> people{{1, 3000}, {1, 3000}, {0, 3000}};
  auto large = reliability_of(simulated_study(600, 2, people, 0, 3).history);
  CHECK_FALSE(large.annotators[0].left_out);
  CHECK(large.annotators[0].agreement.share > 0.7);
  CHECK(large.annotators[2].agreement.share == Approx(0.5).margin(0.03));  // 3 standard errors of 3000 votes
}

TEST_CASE("answers to known pairs are counted whichever side the better one stood on") {
  std::vector<Comparison> votes{vote(0, 1, 1), vote(1, 0, -1), vote(1, 0, 1), vote(0, 1, 0),
                                vote(0, 1, 3), vote(2, 1, 1),  vote(0, 2, 1), vote(1, 0, -1, 1)};
  auto found = reliability_of(history_of(3, 3, votes), {{0, 1}, {1, 2}});
  CHECK(found.annotators[0].gold.count == 2);
  CHECK(found.annotators[0].gold.of == 5);  // a tie is no right answer, a skip is none
  CHECK(found.annotators[1].gold.count == 1);
  CHECK(found.annotators[1].gold.of == 1);
  CHECK_FALSE(found.annotators[2].gold.known());
}

TEST_CASE("people who order several pictures at once are judged, too") {
  Random random(3);
  auto study = simulated_study(12, 2, {{1, 1}, {1, 1}, {1, 1}}, 0, 4);
  study.history.comparisons.clear();
  for (int i = 0; i < 120; ++i) {
    Ordering vote;
    vote.annotator = i % 3;
    for (auto item : random_sample(12, 4, random)) vote.items.push_back(item);
    // By utility with Gumbel's noise: Plackett and Luce's model; the third is contrary. Every other one tells the best
    // alone.
    std::vector<double> felt;
    for (auto item : vote.items)
      felt.push_back((vote.annotator == 2 ? -1 : 1) * study.truth[static_cast<size_t>(item)] -
                     std::log(-std::log(1 - random.unit())));
    for (size_t slot = 0; slot < 4; ++slot) {
      auto better = std::count_if(felt.begin(), felt.end(), [&](double other) { return other > felt[slot]; });
      vote.ranks.push_back(static_cast<uint16_t>(i % 2 == 0 ? better + 1 : std::min<int64_t>(better, 1) + 1));
    }
    study.history.orderings.push_back(vote);
  }
  auto found = reliability_of(study.history);
  CHECK(found.annotators[2].judgement == Judgement::adversarial);
  CHECK(found.annotators[0].judgement == Judgement::good);
  CHECK(found.annotators[1].judgement == Judgement::good);
  CHECK(found.annotators[0].votes == 40);
  CHECK(rank_correlation(found.estimator->means(), study.truth) > 0.8);
}

TEST_CASE("the result is the same for any number of threads, and for the votes of one person in any order") {
  auto study = simulated_study(30, 2, {{1, 3000}, {1, 3000}, {0.2, 3000}}, 0.3, 8);
  auto found = reliability_of(study.history);
  int before = thread_budget();
  set_thread_budget(5);
  auto again = reliability_of(study.history);
  set_thread_budget(before);
  CHECK(again.scales == found.scales);
  std::reverse(study.history.comparisons.begin(), study.history.comparisons.end());
  auto reversed = reliability_of(study.history);
  // Sums of floating point in another order, and rounds that stop at a small change.
  for (size_t i = 0; i < 3; ++i) CHECK(reversed.scales[i] == Approx(found.scales[i]).margin(1e-4));
}

TEST_CASE("hostile histories leave every number finite") {
  std::vector<Comparison> votes;
  for (int i = 0; i < 300; ++i) {
    votes.push_back(vote(0, 1, 1, 0));   // always wins
    votes.push_back(vote(0, 1, -1, 1));  // and always loses
    votes.push_back(vote(0, 1, 0, 2));   // and always ties
  }
  auto history = history_of(5, 3, votes);
  history.comparisons[7].weight = 1e6;
  for (const auto &own : reliability_of(history).annotators) {
    CHECK(std::isfinite(own.scale));
    CHECK(std::isfinite(own.interval.lower));
    CHECK(std::isfinite(own.interval.upper));
    CHECK(own.interval.lower <= own.scale);
    CHECK(own.scale <= own.interval.upper);
  }
  history.comparisons[3].annotator = 7;
  CHECK_THROWS_AS(reliability_of(history), Error);
  Task task;
  task.cancel();
  auto study = simulated_study(30, 2, {{1, 300}, {1, 300}}, 0, 8);
  CHECK_THROWS_AS(estimate_reliability(study.history, {}, {}, Agreements::wanted, task), Error);
}

TEST_CASE("one value tells all of it") {
  auto study = simulated_study(15, 2, {{1, 200}, {1, 200}, {-1, 200}}, 0.4, 8);
  auto &votes = study.history.comparisons;
  votes.push_back(vote(0, 1, 2, 1));
  votes.push_back(vote(0, 1, 3, 2));
  study.history.orderings.push_back({{0, 1, 2}, {1, 2, 3}, 0, 1, 9});
  std::vector<int64_t> times(votes.size()), durations(votes.size(), 1'500'000);
  for (size_t i = 0; i < times.size(); ++i) times[i] = 1'700'000'000'000'000 + static_cast<int64_t>(i) * 2'000'000;
  std::vector<uint8_t> placed(votes.size(), 1);
  VoteQualityOptions options;
  options.gold = {{0, 1}};
  Task task;
  auto found = vote_quality(study.history, {times, durations, placed}, options, task);
  CHECK(found.items == 15);
  REQUIRE(found.annotators.size() == 3);
  CHECK(found.all.counts.all() == 603);
  CHECK(found.all.counts.both_bad == 1);
  CHECK(found.all.counts.skips == 1);
  CHECK(found.all.counts.orderings == 1);
  CHECK(found.annotators[0].counts.all() == 201);
  CHECK(found.annotators[0].counts.orderings == 1);
  uint64_t ties = 0;
  for (const auto &own : votes) ties += own.verdict == Verdict::tie;
  CHECK(found.all.counts.ties == ties);
  CHECK(found.all.counts.preferences == 600 - ties);
  CHECK(found.agreement.alpha.has_value());
  CHECK(found.all.consistency.same.known());
  CHECK(found.all.side.left.of == 600 - ties);
  CHECK(found.all.side.of_equals.has_value());
  CHECK(found.all.times.median == 1.5);
  CHECK(found.annotators[2].times.sessions == 1);
  CHECK(found.annotators[2].cycles.triads > 0);
  CHECK(found.all.cycles.triads > 0);
  CHECK(found.reliability.annotators[2].judgement == Judgement::adversarial);
  CHECK(found.connection.parts() == 1);
  CHECK_FALSE(found.contested.empty());
  times.pop_back();
  CHECK_THROWS_AS(vote_quality(study.history, {times, durations, placed}, options, task), Error);
}
