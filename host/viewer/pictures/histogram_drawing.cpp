#include "pictures/histogram_drawing.h"

#include <algorithm>
#include <cstdio>

#include "shell/theme.h"

namespace kalon::viewer {
namespace {

struct Light {
  float height;
  unsigned part;  // of red (1), green (2) and blue (4)
};

ImU32 mixed(unsigned parts) {
  auto channel = [&](unsigned part) { return parts & part ? 200 : 52; };
  return parts == 7 ? IM_COL32(168, 168, 168, 255) : IM_COL32(channel(1), channel(2), channel(4), 255);
}

// The highest of the values that lie under one column of the screen.
float highest(const std::array<float, 256> &heights, size_t first, size_t last) {
  return *std::max_element(heights.begin() + static_cast<ptrdiff_t>(first),
                           heights.begin() + static_cast<ptrdiff_t>(last));
}

}  // namespace

void draw_histogram(ImDrawList *list, const Histogram &histogram, const Area &area) {
  const auto &look = theme();
  list->AddRectFilled(area.min, area.max, look.background);
  for (int quarter = 1; quarter < 4; ++quarter) {
    auto x = area.min.x + area.width() * static_cast<float>(quarter) / 4;
    list->AddLine({x, area.min.y}, {x, area.max.y}, look.line);
  }
  auto bars = bars_of(histogram);
  auto columns = std::max(1, static_cast<int>(area.width()));
  auto inside = area.height() - look.px(4);
  ImVec2 before{};
  for (int column = 0; column < columns; ++column) {
    auto first = static_cast<size_t>(column) * 256 / static_cast<size_t>(columns);
    auto last = std::max(first + 1, static_cast<size_t>(column + 1) * 256 / static_cast<size_t>(columns));
    std::array<Light, 3> lights{{{highest(bars.red, first, last), 1},
                                 {highest(bars.green, first, last), 2},
                                 {highest(bars.blue, first, last), 4}}};
    std::ranges::sort(lights, {}, &Light::height);
    auto x = area.min.x + static_cast<float>(column);
    auto parts = 7U;
    float from = 0;
    for (const auto &light : lights) {
      if (light.height > from)
        list->AddRectFilled({x, area.max.y - light.height * inside}, {x + 1, area.max.y - from * inside}, mixed(parts));
      parts &= ~light.part;
      from = light.height;
    }
    ImVec2 at{x + .5F, area.max.y - highest(bars.luminance, first, last) * inside};
    if (column > 0) list->AddLine(before, at, look.text, look.px(1));
    before = at;
  }
  list->AddRect(area.min, area.max, look.line);
}

std::string share_text(uint64_t part, uint64_t whole) {
  if (part == 0 || whole == 0) return "none";
  auto percent = 100. * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < .1) return "< 0.1 %";
  char text[32];
  std::snprintf(text, sizeof text, percent < 10 ? "%.1f %%" : "%.0f %%", percent);
  return text;
}

}  // namespace kalon::viewer
