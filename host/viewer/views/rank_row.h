#pragma once
// One picture in the order that votes give.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "library/catalogue.h"

namespace kalon::viewer {

struct RankRow {
  std::string photo;  // 32 hex digits
  ItemIndex item = no_item;
  uint32_t rank = 0, rank_low = 0, rank_high = 0;  // the interval with 90 %; 0: unknown
  double mean = 0, low = 0, high = 0;              // low == high: the estimator knows no interval
  uint32_t votes = 0;
};

// From a row of `rank_table`; nothing when it is none.
std::optional<RankRow> rank_row(std::string_view row);

}  // namespace kalon::viewer
