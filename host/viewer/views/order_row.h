#pragma once
// A row of `sort` or `grid`, taken apart without a tree of values in between: there may be a hundred thousand of them.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kalon::viewer {

struct PlacedRow {
  bool valid = false;  // a JSON object
  bool has_photo = false;
  std::array<uint64_t, 2> photo{};
  std::string uri;                              // only where there is no photo
  int64_t column = -1, row = -1, section = -1;  // -1: not told
};

PlacedRow placed_row(std::string_view json);  // [any]

}  // namespace kalon::viewer
