// Pairs within bins and groups: the cases of KCG's candidate pairs, NumPy's bins, and what the better way promises.
#include "rank/pair_policies.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "base/error.h"

using namespace kalon;

namespace {

using Bins = std::vector<int32_t>;

void keep_order(std::span<int32_t>) {}

bool nothing(int32_t, int32_t) {
  return false;
}

std::string letters(const std::vector<ItemPair> &pairs, char first = 'a') {
  std::string text;
  for (auto pair : pairs) {
    if (!text.empty()) text += ',';
    text += static_cast<char>(first + pair.a);
    text += static_cast<char>(first + pair.b);
  }
  return text;
}

std::vector<int32_t> repeated(std::initializer_list<std::pair<int32_t, int>> groups) {
  std::vector<int32_t> found;
  for (auto [group, times] : groups) found.insert(found.end(), static_cast<size_t>(times), group);
  return found;
}

std::set<std::pair<int32_t, int32_t>> as_set(const std::vector<ItemPair> &pairs) {
  std::set<std::pair<int32_t, int32_t>> found;
  for (auto pair : pairs) found.insert(std::minmax(pair.a, pair.b));
  return found;
}

}  // namespace

TEST_CASE("compatible pairs are KCG's, in its order") {
  auto two = group_members(repeated({{0, 4}, {1, 4}}), {});
  CHECK(letters(compatible_pairs(two, 6, keep_order)) == "ab,ad,bc,ef,eh,fg");
  CHECK(letters(compatible_pairs(two, 8, keep_order)) == "ab,ac,ad,bc,ef,eg,eh,fg");
  auto ten = group_members(repeated({{0, 10}}), {});
  CHECK(letters(compatible_pairs(ten, 9, keep_order), '0') == "01,06,12,17,23,28,34,39,45");
  // Groups of one eat their share of the budget: 9 pairs for three groups are 3 each, of which two groups make use.
  auto uneven = group_members(repeated({{0, 4}, {1, 1}, {2, 4}}), {});
  CHECK(compatible_pairs(uneven, 9, keep_order).size() == 6);
  // Numbers without members are no groups of KCG's.
  auto sparse = group_members(repeated({{1, 4}, {7, 4}}), {});
  CHECK(letters(compatible_pairs(sparse, 6, keep_order)) == "ab,ad,bc,ef,eh,fg");
  // Where KCG divides by zero.
  CHECK(letters(compatible_pairs(two, 1, keep_order)) == "ab");
  CHECK(compatible_pairs(two, 0, keep_order).empty());
  CHECK(compatible_pairs(group_members({}, {}), 5, keep_order).empty());
}

TEST_CASE("compatible quantiles: 100 items in 10 quantile bins for 100 pairs give 99") {
  std::vector<double> scores(100);
  for (size_t i = 0; i < 100; ++i) scores[i] = static_cast<double>(i * 37 % 100);
  auto groups = group_members(compatible_quantile_bins(scores, 10), {});
  auto pairs = compatible_pairs(groups, 100, keep_order);
  CHECK(pairs.size() == 99);
  // By true rank members of a bin lie near one another; argsort's numbers made it 33.8 of 100.
  double distance = 0;
  for (auto pair : pairs)
    distance += std::abs(scores[static_cast<size_t>(pair.a)] - scores[static_cast<size_t>(pair.b)]);
  CHECK(distance / 99 < 5);
}

TEST_CASE("compatible bins are those of the cases") {
  CHECK(compatible_quantile_bins(std::vector<double>{.9, .1, .5, .7, .3, .2}, 3) == Bins{3, 0, 2, 2, 1, 1});
  CHECK(compatible_equal_width_bins(std::vector<double>{0, .2, .34, .5, .67, .99, 1}, 5) == Bins{1, 1, 2, 2, 3, 3, 4});
  CHECK(compatible_equal_width_bins(std::vector<double>{3, 1, 2}, 1) == Bins{0, 0, 0});  // numpy.linspace(1, 3, 0)
  CHECK(compatible_equal_width_bins(std::vector<double>{3, 1, 2}, 2) == Bins{1, 1, 1});  // numpy.linspace(1, 3, 1)
  // numpy.digitize(x, numpy.linspace(x.min(), x.max(), 6)), NumPy 1.24
  CHECK(compatible_equal_width_bins(std::vector<double>{-1.5, 0.3, 2.2, -0.76, 0.72, 1.45, 2.19}, 7) ==
        Bins{1, 3, 6, 2, 4, 4, 5});
}

TEST_CASE("bins of equal width and of equal count") {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  // numpy.minimum(numpy.digitize(x, numpy.linspace(0, 1, 6)) - 1, 4)
  CHECK(equal_width_bins(std::vector<double>{0, .2, .34, .5, .67, .99, 1}, 5) == Bins{0, 1, 1, 2, 3, 4, 4});
  CHECK(equal_width_bins(std::vector<double>{unknown, 2, 2, std::numeric_limits<double>::infinity()}, 3) ==
        Bins{-1, 0, 0, -1});
  CHECK(equal_width_bins(std::vector<double>{-1e308, 0, 1e308}, 2) == Bins{0, 1, 1});
  CHECK(equal_count_bins(std::vector<double>{.9, .1, .5, .7, .3, .2}, 3) == Bins{2, 0, 1, 2, 1, 0});
  CHECK(equal_count_bins(std::vector<double>{1, unknown, 1, 1, 1}, 2) == Bins{0, -1, 0, 1, 1});
  CHECK(equal_count_bins(std::vector<double>{5, 4}, 10) == Bins{1, 0});
  CHECK(equal_count_bins({}, 10).empty());
  std::vector<double> many(1003);
  for (size_t i = 0; i < many.size(); ++i) many[i] = std::fmod(static_cast<double>(i) * 0.6180339887, 1);
  std::map<int32_t, int> sizes;
  for (int32_t bin : equal_count_bins(many, 10)) ++sizes[bin];
  CHECK(sizes.size() == 10);
  for (auto [bin, size] : sizes) CHECK((size == 100 || size == 101));
  for (int64_t bins : {int64_t{0}, int64_t{-3}, most_bins + 1}) {
    CHECK_THROWS_AS(equal_width_bins(many, bins), Error);
    CHECK_THROWS_AS(equal_count_bins(many, bins), Error);
    CHECK_THROWS_AS(compatible_equal_width_bins(many, bins), Error);
    CHECK_THROWS_AS(compatible_quantile_bins(many, bins), Error);
  }
}

TEST_CASE("members of groups are candidates with a group") {
  std::vector<int32_t> groups{2, 0, -1, 2, 0, 2};
  std::vector<uint8_t> candidates{1, 1, 1, 0, 1, 1};
  auto found = group_members(groups, candidates);
  REQUIRE(found.groups() == 3);
  auto members = [&](int64_t group) { return Bins(found.of(group).begin(), found.of(group).end()); };
  CHECK(members(0) == Bins{1, 4});
  CHECK(members(1).empty());
  CHECK(members(2) == Bins{0, 5});
  CHECK_THROWS_AS(group_members(std::vector<int32_t>{-2}, {}), Error);
  CHECK_THROWS_AS(group_members(std::vector<int32_t>{std::numeric_limits<int32_t>::max()}, {}), Error);
}

TEST_CASE("shares are fair and use all there is") {
  Random random(1);
  auto shares = [&](std::vector<int64_t> already, std::vector<int64_t> most, int64_t total) {
    return fair_shares(already, most, total, random);
  };
  using Shares = std::vector<int64_t>;
  CHECK(shares({0, 0, 0}, {10, 0, 10}, 9).at(1) == 0);  // a group of one eats none of it
  CHECK(shares({0, 0, 0}, {1, 3, 100}, 50) == Shares{1, 3, 46});
  CHECK(shares({0, 0, 0}, {1, 3, 100}, 1000) == Shares{1, 3, 100});
  CHECK(shares({6, 0, 0}, {10, 10, 10}, 10) == Shares{6, 2, 2});
  CHECK(shares({6, 1}, {10, 10}, 3) == Shares{6, 1});  // what is given is not taken back
  CHECK(shares({}, {}, 3).empty());
  auto lots = shares({0, 0, 0, 0}, {5, 5, 5, 5}, 6);
  CHECK(std::accumulate(lots.begin(), lots.end(), int64_t{0}) == 6);
  CHECK(*std::max_element(lots.begin(), lots.end()) - *std::min_element(lots.begin(), lots.end()) == 1);
}

TEST_CASE("balanced pairs: as many as wanted, all different, even, connected, none that is taken") {
  for (int32_t size = 0; size <= 13; ++size) {
    std::vector<int32_t> items(static_cast<size_t>(size));
    for (int32_t i = 0; i < size; ++i) items[static_cast<size_t>(i)] = 100 + 3 * i;
    int64_t all = size * (size - 1) / 2;
    for (int64_t count = 0; count <= all + 2; ++count) {
      Random random(static_cast<uint64_t>(size * 1000 + count));
      auto pairs = balanced_pairs(items, count, nothing, random);
      auto different = as_set(pairs);
      REQUIRE(static_cast<int64_t>(pairs.size()) == std::min(count, all));
      REQUIRE(different.size() == pairs.size());
      std::map<int32_t, int> times;
      for (int32_t item : items) times[item] = 0;
      for (auto pair : pairs) {
        REQUIRE(pair.a != pair.b);
        ++times.at(pair.a), ++times.at(pair.b);
      }
      auto [least, most] = std::minmax_element(times.begin(), times.end(),
                                               [](const auto &a, const auto &b) { return a.second < b.second; });
      if (size > 0) REQUIRE(most->second - least->second <= 2);
      if (count <= size / 2 && count > 0) REQUIRE(most->second == 1);  // disjoint as long as that can be
      if (count >= size && size > 2) {
        std::set<int32_t> reached{items[0]};
        for (size_t before = 0; before != reached.size();) {
          before = reached.size();
          for (auto [a, b] : different)
            if (reached.count(a) != 0 || reached.count(b) != 0) reached.insert(a), reached.insert(b);
        }
        REQUIRE(reached.size() == items.size());
      }
    }
    auto odd = [](int32_t a, int32_t b) { return (a + b) % 2 != 0; };
    Random random(1);
    auto left = balanced_pairs(items, all, odd, random);
    REQUIRE(std::none_of(left.begin(), left.end(), [&](ItemPair pair) { return odd(pair.a, pair.b); }));
    int64_t expected = 0;
    for (int32_t a : items)
      for (int32_t b : items) expected += a < b && !odd(a, b) ? 1 : 0;
    REQUIRE(static_cast<int64_t>(left.size()) == expected);
  }
}

TEST_CASE("balanced pairs are the same for one seed and others for another") {
  std::vector<int32_t> items(50);
  std::iota(items.begin(), items.end(), 0);
  auto of = [&](uint64_t seed) {
    Random random(seed);
    return balanced_pairs(items, 40, nothing, random);
  };
  CHECK(of(1) == of(1));
  CHECK(as_set(of(1)) != as_set(of(2)));
}

TEST_CASE("a few pairs of a million items are found without listing pairs") {
  std::vector<int32_t> items(1'000'000);
  std::iota(items.begin(), items.end(), 0);
  Random random(7);
  auto pairs = balanced_pairs(items, 1000, nothing, random);
  CHECK(as_set(pairs).size() == 1000);
}
