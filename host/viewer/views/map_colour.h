#pragma once
// Colours for values, of the thin frames on the map.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"

namespace kalon::viewer {

// One of a sequence from dark blue to yellow whose lightness grows evenly; share: 0..1. As ImGui packs it.
uint32_t ramp_colour(double share);

// What the frames tell: nothing, "stars", "flag", "label", or a column of numbers.
struct ColourScale {
  std::string by;
  double low = 0, high = 1;  // the ends of the ramp
  bool known = false;        // whether any picture has a value

  bool numeric() const { return !by.empty() && by != "flag" && by != "label"; }
  // NaN where the picture has none.
  float value(const Catalogue &catalogue, ItemIndex item) const;
  // Sets the ends to the least and the largest of these items' values; the outermost hundredth at each end does not
  // count, so that one stray value leaves the others told apart.
  void fit(const Catalogue &catalogue, const std::vector<ItemIndex> &items);
  double share(double number) const;  // 0..1
};

// What a map can be coloured by, besides nothing.
std::vector<std::string> colour_choices(const Catalogue &catalogue);

}  // namespace kalon::viewer
