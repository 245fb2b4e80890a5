#include "commands/help_sheet_columns.h"

#include <algorithm>

namespace kalon::viewer {
namespace {

// Columns filled one after the other up to this height.
std::vector<size_t> filled(std::span<const float> heights, float limit, float gap) {
  std::vector<size_t> column;
  size_t at = 0;
  float used = 0;
  for (const float height : heights) {
    if (used > 0 && used + gap + height > limit) {
      ++at;
      used = 0;
    }
    used += (used > 0 ? gap : 0) + height;
    column.push_back(at);
  }
  return column;
}

}  // namespace

std::vector<size_t> in_columns(std::span<const float> heights, size_t columns, float gap) {
  if (heights.empty()) return {};
  columns = std::max<size_t>(columns, 1);
  // The limit that is wanted is the height of some run of sections; there are few.
  std::vector<float> limits;
  for (size_t begin = 0; begin < heights.size(); ++begin) {
    float height = 0;
    for (size_t end = begin; end < heights.size(); ++end) {
      height += (end > begin ? gap : 0) + heights[end];
      limits.push_back(height);
    }
  }
  std::sort(limits.begin(), limits.end());
  const float tallest = *std::max_element(heights.begin(), heights.end());
  for (const float limit : limits) {
    if (limit < tallest) continue;
    auto column = filled(heights, limit, gap);
    if (column.back() < columns) return column;
  }
  return std::vector<size_t>(heights.size(), 0);
}

float columns_height(std::span<const float> heights, std::span<const size_t> column, float gap) {
  float highest = 0, used = 0;
  for (size_t i = 0; i < heights.size() && i < column.size(); ++i) {
    const bool first = i == 0 || column[i] != column[i - 1];
    used = first ? heights[i] : used + gap + heights[i];
    highest = std::max(highest, used);
  }
  return highest;
}

}  // namespace kalon::viewer
