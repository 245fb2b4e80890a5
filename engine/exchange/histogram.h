#pragma once
// One picture of how numbers are distributed, made to be looked at.

#include <optional>
#include <span>
#include <string>

#include "image/pixels.h"

namespace kalon {

struct HistogramOptions {
  std::string title, subtitle;      // may be empty
  std::string axis;                 // what the numbers are; stands under them
  std::optional<double> threshold;  // a line; what lies beyond it is drawn in another colour
  std::string items = "pictures";   // what was counted
  std::string reference_items;      // legend of the reference: "300 of the reference"
};

// 1200 x 640 pixels on a dark ground: a bar for the count of values in each of up to 80 equal intervals with round
// bounds, and the shape of a reference's values, scaled to as many values, as a line over them (empty: none). Values
// are finite; what lies far out, beyond many quartile distances, is gathered in a bar of its own at the edge. No
// values: an empty plot that says so. missing_feature when the fonts are not installed. [worker]
RgbImage draw_histogram(std::span<const double> values, std::span<const double> reference,
                        const HistogramOptions &options);

}  // namespace kalon
