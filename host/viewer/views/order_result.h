#pragma once
// The visual order as the engine gave it, and as it is shown.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "library/shown.h"

namespace kalon::viewer {

// Photos by their ids, which stay when what is open is read again.
struct VisualOrder {
  std::vector<std::array<uint64_t, 2>> photos;
  std::vector<uint32_t> sections;  // by position, ascending
  double mean_step = 0;
  size_t section_count = 0, without_vector = 0;
  std::string method;

  // One row of `sort`; false when it is none of a photo.
  bool take(std::string_view text);
  void take_summary(std::string_view summary);
  bool empty() const { return photos.empty(); }
};

// What of an order can be seen now.
struct ShownOrder {
  std::vector<ItemIndex> items;           // by position
  std::vector<size_t> begins;             // of the sections of which something is shown
  std::vector<uint32_t> section_numbers;  // of these, as in the whole order
  std::vector<uint32_t> position_of;      // by item, from 1; 0: not in it

  size_t position(ItemIndex item) const {
    return item < position_of.size() && position_of[item] > 0 ? position_of[item] - 1 : ~size_t{0};
  }
};

// items: those of the order's photos (no_item where none is open).
ShownOrder shown_part(const VisualOrder &order, const std::vector<ItemIndex> &items, const Shown &shown,
                      size_t catalogue_size);
std::vector<ItemIndex> items_of(const VisualOrder &order, const Catalogue &catalogue);

}  // namespace kalon::viewer
