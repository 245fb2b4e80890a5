#include "views/rank_panes.h"

#include <algorithm>
#include <cmath>

namespace kalon::viewer {

std::vector<Area> rank_panes(const Area &area, size_t pictures, const std::vector<ImVec2> &sizes, float gap) {
  // Two are told apart by left and right; more lie as they become largest.
  size_t columns = pictures;
  if (pictures > 2) {
    double best = -1;
    for (size_t tried = 1; tried <= pictures; ++tried) {
      size_t rows = (pictures + tried - 1) / tried;
      float width = (area.width() - gap * static_cast<float>(tried - 1)) / static_cast<float>(tried);
      float height = (area.height() - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows);
      if (width <= 0 || height <= 0) continue;
      double covered = 0;
      for (const auto &size : sizes) {
        double scale = std::min(width / size.x, height / size.y);
        covered += scale * scale * static_cast<double>(size.x) * static_cast<double>(size.y);
      }
      if (covered > best) best = covered, columns = tried;
    }
  }
  size_t rows = (pictures + columns - 1) / columns;
  float width = (area.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  float height = (area.height() - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows);
  std::vector<Area> panes;
  for (size_t i = 0; i < pictures; ++i) {
    float x = std::floor(area.min.x + static_cast<float>(i % columns) * (width + gap));
    float y = std::floor(area.min.y + static_cast<float>(i / columns) * (height + gap));
    panes.push_back({{x, y}, {x + std::floor(width), y + std::floor(height)}});
  }
  return panes;
}

}  // namespace kalon::viewer
