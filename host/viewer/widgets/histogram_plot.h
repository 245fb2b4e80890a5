#pragma once
// Bars of how values are spread, with two thresholds that are dragged.

#include <cstdint>
#include <optional>
#include <span>

#include <imgui/imgui.h>

namespace kalon::viewer {

struct HistogramData {
  double low = 0, high = 1;           // of the axis
  std::span<const uint32_t> all;      // how many in each part, all of equal width
  std::span<const uint32_t> passing;  // of them those that pass; as many
  std::span<const double> marks;      // where something begins, drawn as thin lines in the colour of suggestions
  bool logarithmic = false;           // heights
};

struct Thresholds {
  std::optional<double> low, high;
  bool operator==(const Thresholds &) const = default;
};

class HistogramPlot {
 public:
  // In an ImGui window's flow. True when the thresholds were changed: a press moves the nearer one to the pointer, a
  // drag takes it along, beyond the end it is gone; a right click takes both away.
  bool draw(const HistogramData &data, Thresholds &thresholds, ImVec2 size);

 private:
  int held_ = 0;  // 1: low, 2: high
};

}  // namespace kalon::viewer
