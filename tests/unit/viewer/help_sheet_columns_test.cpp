#include "commands/help_sheet_columns.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace kalon::viewer;

namespace {

// The lowest height of all ways to cut the sections into columns, tried one by one.
float lowest(const std::vector<float> &heights, size_t columns, float gap, size_t from = 0) {
  if (from == heights.size()) return 0;
  if (columns == 0) return std::numeric_limits<float>::infinity();
  float best = std::numeric_limits<float>::infinity(), height = 0;
  for (size_t end = from; end < heights.size(); ++end) {
    height += (end > from ? gap : 0) + heights[end];
    best = std::min(best, std::max(height, lowest(heights, columns - 1, gap, end + 1)));
  }
  return best;
}

}  // namespace

TEST_CASE("sections stand in order in as low columns as can be") {
  std::mt19937 random(3);
  for (int turn = 0; turn < 200; ++turn) {
    std::vector<float> heights(1 + random() % 8);
    for (auto &height : heights) height = static_cast<float>(1 + random() % 20);
    const size_t columns = 1 + random() % 5;
    const auto column = in_columns(heights, columns, 2);
    REQUIRE(column.size() == heights.size());
    CHECK(column.front() == 0);
    CHECK(column.back() < columns);
    for (size_t i = 1; i < column.size(); ++i) {
      CHECK(column[i] >= column[i - 1]);
      CHECK(column[i] <= column[i - 1] + 1);
    }
    CHECK(columns_height(heights, column, 2) == lowest(heights, columns, 2));
  }
  CHECK(in_columns({}, 3, 2).empty());
  CHECK(in_columns(std::vector<float>{5, 5}, 0, 2) == std::vector<size_t>{0, 0});
}
