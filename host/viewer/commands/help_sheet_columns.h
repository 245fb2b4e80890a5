#pragma once
// Sections of different heights side by side in columns, in reading order.

#include <cstddef>
#include <span>
#include <vector>

namespace kalon::viewer {

// The column of each section, ascending from 0 and below `columns` (at least 1), so that the highest column is as low
// as it can be with sections kept whole and in order. gap: between two sections of a column. [any]
std::vector<size_t> in_columns(std::span<const float> heights, size_t columns, float gap);

// The height of the highest column.
float columns_height(std::span<const float> heights, std::span<const size_t> column, float gap);

}  // namespace kalon::viewer
