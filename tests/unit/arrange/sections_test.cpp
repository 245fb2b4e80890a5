// Cut by hand.
#include <catch2/catch.hpp>

#include "arrange/order.h"
#include "arrange/sections.h"
#include "order_tables.h"

using namespace kalon;

namespace {

std::vector<int64_t> cut(const std::vector<double> &steps, int64_t count = 0) {
  return sections_of(steps, static_cast<int64_t>(steps.size()) + 1, count);
}

using Begins = std::vector<int64_t>;

}  // namespace

TEST_CASE("nothing, one and few") {
  CHECK(sections_of({}, 0).empty());
  CHECK(sections_of({}, 0, 5).empty());
  CHECK(sections_of({}, 1) == Begins{0});
  CHECK(sections_of({}, 1, 9) == Begins{0});
  CHECK(cut({3}) == Begins{0});
  CHECK(cut({3}, 2) == Begins{0, 1});
  CHECK(cut({0.1, 2}) == Begins{0, 2});  // a pair, and one far from it
}

TEST_CASE("equal steps, equal pictures and smooth changes are one section") {
  CHECK(cut(std::vector<double>(100, 1.0)) == Begins{0});
  CHECK(cut(std::vector<double>(100, 0.0)) == Begins{0});
  std::vector<double> smooth;
  for (int i = 0; i < 200; ++i) smooth.push_back(1 + 0.04 * std::sin(i));
  CHECK(cut(smooth) == Begins{0});
}

TEST_CASE("clear gaps cut, and only they") {
  std::vector<double> steps(299);
  for (size_t i = 0; i < steps.size(); ++i) steps[i] = 1 + 0.3 * std::sin(static_cast<double>(i));
  steps[99] = 4;
  steps[219] = 2.9;
  CHECK(cut(steps) == Begins{0, 100, 220});
  // Pairs of the same picture, far from each other.
  std::vector<double> pairs;
  for (int i = 0; i < 19; ++i) pairs.push_back(i % 2 == 0 ? 0.1 : 1.0);
  CHECK(cut(pairs) == Begins{0, 2, 4, 6, 8, 10, 12, 14, 16, 18});
  // Exact copies count for nothing when the usual step is sought.
  std::vector<double> copies(60, 0.0);
  for (size_t i = 0; i < 60; i += 3) copies[i] = 1 + 0.01 * static_cast<double>(i % 7);
  copies[30] = 5;
  CHECK(cut(copies) == Begins{0, 31});
}

TEST_CASE("a picture is alone only when it is far from both sides") {
  std::vector<double> steps(40, 1.0);
  for (size_t i = 0; i < 40; ++i) steps[i] += 0.02 * static_cast<double>(i % 5);
  steps[10] = 1.6;
  steps[11] = 1.5;
  steps[25] = 1.55;
  // 11 stands between two large steps, neither of which is far.
  CHECK(cut(steps) == Begins{0, 11, 26});
  steps[10] = 5;
  steps[11] = 4.8;
  CHECK(cut(steps) == Begins{0, 11, 12});
  // At an end there is only one side.
  std::vector<double> end(30, 1.0);
  end[28] = 6;
  CHECK(cut(end) == Begins{0, 29});
}

TEST_CASE("a given number of sections") {
  std::vector<double> steps(20, 1.0);
  steps[4] = 1.01;
  steps[5] = 1.02;  // would leave one alone, and is larger: it cuts first
  steps[12] = 1.005;
  CHECK(cut(steps, 1) == Begins{0});
  CHECK(cut(steps, 2) == Begins{0, 6});
  CHECK(cut(steps, 3) == Begins{0, 6, 13});
  CHECK(cut(steps, 21).size() == 21);
  CHECK(cut(steps, 1000).size() == 21);
  for (int64_t count = 1; count <= 21; ++count) CHECK(cut(steps, count).size() == static_cast<size_t>(count));
  CHECK(cut(std::vector<double>(9, 0.0), 3).size() == 3);
}

TEST_CASE("clusters become the sections of their order") {
  Task task;
  OrderOptions options;
  options.seconds = 1e6;
  options.most_steps = 3000;
  auto table = tables::clustered(600, 20, 12, 0.05f, 1);
  auto order = order_by_similarity(table.view(), options, task);
  auto begins = sections_of(order.steps, 600);
  REQUIRE(begins.size() == 12);
  for (size_t s = 0; s < 12; ++s) {
    auto end = s + 1 < 12 ? begins[s + 1] : 600;
    CHECK(end - begins[s] == 50);
    for (auto i = begins[s]; i < end; ++i) CHECK(order.sequence[i] % 12 == order.sequence[begins[s]] % 12);
  }
}

TEST_CASE("unrelated pictures are cut into a handful") {
  // Independent vectors: a handful to two dozen of 130, none of them tiny.
  Task task;
  OrderOptions options;
  options.seconds = 1e6;
  options.most_steps = 3000;
  auto table = tables::random(130, 6, 2);
  auto begins = sections_of(order_by_similarity(table.view(), options, task).steps, 130);
  CHECK(begins.size() >= 5);
  CHECK(begins.size() <= 24);
}
