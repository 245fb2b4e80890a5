#include "views/scores_figures.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>

using namespace kalon::viewer;

namespace {

// The linear congruential generator of the C standard's example, in [0, 1): the figures below were made of the same
// numbers by NumPy 1.24 and SciPy 1.10.
std::vector<double> uniform(size_t count, uint64_t seed) {
  std::vector<double> values;
  for (uint64_t state = seed; values.size() < count;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    values.push_back(static_cast<double>(state) / 2147483648.0);
  }
  return values;
}

// (a - .5) * 4 + round(b * 3, 1), with a = uniform(500, 7) and b = uniform(1000, 99)[:500]
std::vector<double> hills() {
  auto a = uniform(500, 7), b = uniform(500, 99);
  std::vector<double> values;
  for (size_t i = 0; i < a.size(); ++i) values.push_back((a[i] - 0.5) * 4 + std::nearbyint(b[i] * 3 * 10) / 10);
  return values;
}

std::vector<double> sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

// round(uniform * 10) / 10: many values lie on edges that binary fractions cannot name.
std::vector<double> tenths() {
  auto values = uniform(200, 3);
  for (auto &value : values) value = std::nearbyint(value * 10) / 10;
  return values;
}

}  // namespace

TEST_CASE("Values are counted as numpy.histogram counts them") {
  auto bins = bins_of(hills(), 17);
  CHECK(bins.low == Approx(-1.810923795774579).epsilon(1e-14));
  CHECK(bins.high == Approx(4.983626522123814).epsilon(1e-14));
  CHECK(bins.counts == std::vector<uint32_t>{15, 8, 17, 33, 28, 37, 49, 53, 46, 51, 36, 32, 32, 32, 17, 12, 2});
  CHECK(bins_of(tenths(), 10).counts == std::vector<uint32_t>{13, 17, 45, 0, 16, 52, 13, 0, 16, 28});
  auto whole = uniform(300, 5);
  for (auto &value : whole) value = std::floor(value * 7);
  CHECK(bins_of(whole, 12).counts == std::vector<uint32_t>{43, 0, 49, 0, 34, 0, 40, 0, 50, 0, 47, 37});
}

TEST_CASE("Equal values, no values and values that are none make a histogram") {
  auto equal = bins_of(std::vector<double>{5, 5, 5}, 4);  // numpy: edges 4.5 .. 5.5, counts 0 0 3 0
  CHECK(equal.low == 4.5);
  CHECK(equal.high == 5.5);
  CHECK(equal.counts == std::vector<uint32_t>{0, 0, 3, 0});
  CHECK(bins_of({}, 3).counts == std::vector<uint32_t>{0, 0, 0});
  constexpr double none = std::numeric_limits<double>::quiet_NaN(), endless = std::numeric_limits<double>::infinity();
  auto some = bins_of(std::vector<double>{none, 1, endless, 2, -endless}, 2);
  CHECK(some.low == 1);
  CHECK(some.high == 2);
  CHECK(some.counts == std::vector<uint32_t>{1, 1});
}

TEST_CASE("A part is counted in the parts of all") {
  auto values = hills();
  auto bins = bins_of(values, 17);
  std::vector<double> upper;
  for (double value : values)
    if (value >= 1) upper.push_back(value);
  auto part = counts_in(upper, bins);
  // By the edges one by one, as the definition says.
  for (size_t bin = 0; bin < 17; ++bin) {
    uint32_t expected = 0;
    for (double value : upper)
      expected += value >= bins.edge(bin) && (value < bins.edge(bin + 1) || (bin == 16 && value <= bins.high));
    CHECK(part[bin] == expected);
  }
}

TEST_CASE("The number of bins is twice that of numpy's auto, within bounds") {
  CHECK(suggested_bins(sorted(hills())) == 2 * 13);
  CHECK(suggested_bins(sorted(uniform(5000, 8))) == 2 * 17);
  CHECK(suggested_bins(sorted(tenths())) == 24);  // numpy: 9
  CHECK(suggested_bins(std::vector<double>{1, 1, 1}) == 24);
  CHECK(suggested_bins({}) == 24);
  auto many = sorted(uniform(200000, 1));
  many.back() = 1000;  // numpy asks for tens of thousands
  CHECK(suggested_bins(many) == 160);
}

TEST_CASE("Quantiles are those of numpy.quantile") {
  auto values = sorted(hills());
  std::map<double, double> numpy{{0, -1.810923795774579},   {0.1, -0.42630806840956187}, {0.25, 0.4724241694435477},
                                 {0.5, 1.4860560107976197}, {0.7, 2.3259186131879677},   {0.9, 3.5106046449765564},
                                 {1, 4.983626522123814}};
  for (auto [share, value] : numpy) CHECK(quantile_of(values, share) == Approx(value).margin(1e-12));
  CHECK(quantile_of(std::vector<double>{3}, 0.4) == 3);
}

TEST_CASE("Thresholds let through what lies within them, their ends too") {
  auto values = sorted(tenths());
  for (double low : {-1.0, 0.0, 0.25, 0.3, 1.0, 2.0})
    for (double high : {-1.0, 0.0, 0.55, 0.7, 1.0, 2.0}) {
      size_t expected = 0;
      for (double value : values) expected += value >= low && value <= high;
      CHECK(passing(values, low, high) == expected);
    }
  CHECK(passing(values, std::nullopt, std::nullopt) == values.size());
  CHECK(passing({}, 1.0, std::nullopt) == 0);
}

TEST_CASE("A dragged threshold rests on the nearest value that is within reach") {
  std::vector<double> values{1, 2, 2, 5};
  CHECK(snapped(values, 1.9, 0.2) == 2);
  CHECK(snapped(values, 2.1, 0.2) == 2);
  CHECK(snapped(values, 3.4, 0.2) == 3.4);
  CHECK(snapped(values, 1.4, 2) == 1);
  CHECK(snapped(values, 1.6, 2) == 2);
  CHECK(snapped(values, 9, 10) == 5);
  CHECK(snapped({}, 9, 10) == 9);
}

TEST_CASE("A threshold steps from value to value and stops at the ends") {
  std::vector<double> values{1, 2, 2, 5};
  CHECK(stepped(values, 1, 1) == 2);
  CHECK(stepped(values, 2, 1) == 5);
  CHECK(stepped(values, 5, 1) == 5);
  CHECK(stepped(values, 3, 1) == 5);
  CHECK(stepped(values, 3, -1) == 2);
  CHECK(stepped(values, 2, -1) == 1);
  CHECK(stepped(values, 1, -3) == 1);
  CHECK(stepped(values, 0, 2) == 2);
}

TEST_CASE("Suggested stars follow the places of the values, those of equal ones in their middle") {
  auto values = uniform(60, 11);
  for (auto &value : values) value = std::floor(value * 12);
  auto all = sorted(values);
  // scipy.stats.percentileofscore(values, x, kind="mean"), cut at 10, 30, 70 and 90.
  std::vector<int> up{1, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5, 5}, down{5, 4, 4, 3, 3, 3, 3, 3, 2, 2, 1, 1};
  for (size_t value = 0; value < up.size(); ++value) {
    CHECK(suggested_stars(all, static_cast<double>(value), false) == up[value]);
    CHECK(suggested_stars(all, static_cast<double>(value), true) == down[value]);
  }
  CHECK(suggested_stars(std::vector<double>{7, 7, 7}, 7, false) == 3);
  CHECK(suggested_stars(std::vector<double>{7}, 7, true) == 3);
  // A hundred different ones: 10, 20, 40, 20 and 10 of them.
  auto hundred = sorted(uniform(100, 42));
  std::map<int, int> counts;
  for (double value : hundred) ++counts[suggested_stars(hundred, value, false)];
  CHECK(counts == std::map<int, int>{{1, 10}, {2, 20}, {3, 40}, {4, 20}, {5, 10}});
}

TEST_CASE("Ticks are round numbers within the range") {
  CHECK(axis_ticks(0, 10, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  auto ticks = axis_ticks(-1.3, 2.2, 7);
  REQUIRE(ticks.size() == 7);
  CHECK(ticks.front() == Approx(-1));
  CHECK(ticks.back() == Approx(2));
  CHECK(std::count(ticks.begin(), ticks.end(), 0.0) == 1);
  CHECK(axis_ticks(1, 1, 5).empty());
  CHECK(axis_ticks(1, 2, 0).empty());
  CHECK(axis_ticks(-1e300, 1e300, 5).size() < 20);
}
