// Random numbers against published ones, samples against what a sample is, sets against a list of names.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "base/disjoint_sets.h"
#include "base/random.h"

using namespace kalon;

TEST_CASE("the numbers are splitmix64's") {
  // The reference output for this seed, as many implementations list it (Rosetta Code, "Pseudo-random numbers/
  // Splitmix64").
  constexpr uint64_t seed = 1234567;
  constexpr uint64_t published[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                    4593380528125082431u, 16408922859458223821u};
  Random random(seed);
  for (uint64_t number : published) CHECK(random.next() == number);
  for (uint64_t n = 0; n < 5; ++n) CHECK(Random(seed + n * Random::step).next() == published[n]);
}

TEST_CASE("numbers below a bound reach all of them, and no more") {
  Random random(1);
  for (uint64_t bound : {uint64_t{1}, uint64_t{2}, uint64_t{7}}) {
    std::set<uint64_t> met;
    for (int i = 0; i < 200; ++i) met.insert(random.below(bound));
    CHECK(met.size() == bound);
    CHECK(*met.rbegin() == bound - 1);
  }
  uint64_t most = 0;
  for (int i = 0; i < 200; ++i) most = std::max(most, random.below(uint64_t{1} << 32));
  CHECK(most < uint64_t{1} << 32);
  CHECK(most > uint64_t{1} << 31);
}

TEST_CASE("a sample holds different numbers, each with the same chance") {
  Random random(3);
  for (int64_t count : {0, 1, 6, 7, 100}) {
    auto sample = random_sample(7, count, random);
    CHECK(sample.size() == static_cast<size_t>(std::min<int64_t>(count, 7)));
    CHECK(std::adjacent_find(sample.begin(), sample.end(), std::greater_equal<>()) == sample.end());
    CHECK(std::all_of(sample.begin(), sample.end(), [](int32_t number) { return number >= 0 && number < 7; }));
  }
  CHECK(random_sample(0, 5, random).empty());
  // 7000 samples of 3 of 7: each number is expected in 3000, with a deviation of 41.
  std::vector<int> times(7);
  for (int i = 0; i < 7000; ++i)
    for (int32_t number : random_sample(7, 3, random)) ++times[static_cast<size_t>(number)];
  for (int found : times) CHECK(std::abs(found - 3000) < 5 * 41);
}

TEST_CASE("sets that grow together go by their smallest number") {
  // The same with a list of names, in which a whole set is renamed at each join.
  constexpr int32_t numbers = 200;
  Random random(5);
  DisjointSets sets(numbers);
  std::vector<int32_t> names;
  for (int32_t i = 0; i < numbers; ++i) names.push_back(i);
  CHECK(sets.numbers() == numbers);
  for (int step = 0; step < 600; ++step) {
    auto a = static_cast<int32_t>(random.below(numbers)), b = static_cast<int32_t>(random.below(numbers));
    int32_t x = names[static_cast<size_t>(a)], y = names[static_cast<size_t>(b)];
    REQUIRE(sets.join(a, b) == (x != y));
    std::replace(names.begin(), names.end(), std::max(x, y), std::min(x, y));
    for (int32_t i = 0; i < numbers; ++i) REQUIRE(sets.of(i) == names[static_cast<size_t>(i)]);
    REQUIRE(sets.count() == static_cast<int64_t>(std::set<int32_t>(names.begin(), names.end()).size()));
  }
  CHECK(sets.count() < 5);
  CHECK(DisjointSets(0).count() == 0);
}

TEST_CASE("a long chain of joins is followed without depth") {
  constexpr int32_t numbers = 1'000'000;
  DisjointSets sets(numbers);
  for (int32_t i = numbers - 1; i > 0; --i) sets.join(i - 1, i);
  CHECK(sets.of(numbers - 1) == 0);
  CHECK(sets.count() == 1);
}
