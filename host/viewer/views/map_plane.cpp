#include "views/map_plane.h"

#include <algorithm>
#include <cmath>

namespace kalon::viewer {

Camera showing_all(const Plane &plane, const WindowSize &window, double margin) {
  double columns = std::max(1, plane.columns), rows = std::max(1, plane.rows);
  double width = std::max(1.0, window.width - 2 * margin), height = std::max(1.0, window.height - 2 * margin);
  return {columns / 2, rows / 2, std::min(width / columns, height / rows)};
}

Camera zoomed(const Camera &camera, double factor, double from_middle_x, double from_middle_y) {
  Camera result = camera;
  result.scale *= factor;
  result.x += from_middle_x / camera.scale - from_middle_x / result.scale;
  result.y += from_middle_y / camera.scale - from_middle_y / result.scale;
  return result;
}

Camera kept_on(const Camera &camera, const Plane &plane, const WindowSize &window, double least, double most) {
  Camera result = camera;
  double scale = std::clamp(camera.scale, least, std::max(least, most));
  auto kept = [&](double middle, int cells, double pixels) {
    if (cells * scale <= pixels) return cells / 2.0;
    return std::clamp(middle, 0.0, static_cast<double>(cells));
  };
  result.x = kept(camera.x, plane.columns, window.width);
  result.y = kept(camera.y, plane.rows, window.height);
  result.scale = scale;
  return result;
}

Camera between(const Camera &from, const Camera &to, double share) {
  if (share <= 0) return from;
  if (share >= 1) return to;
  double scale = from.scale * std::pow(to.scale / from.scale, share);
  // A point at d pixels from the middle is at x + d / scale: it stays when x is linear in 1 / scale.
  double whole = 1 / from.scale - 1 / to.scale;
  double way = std::abs(whole) * std::min(from.scale, to.scale) < 1e-6 ? share : (1 / from.scale - 1 / scale) / whole;
  return {from.x + (to.x - from.x) * way, from.y + (to.y - from.y) * way, scale};
}

bool alike(const Camera &left, const Camera &right, const WindowSize &window) {
  double reach = std::max(window.width, window.height) / 2;
  double scale = std::max(left.scale, right.scale);
  return std::abs(left.x - right.x) * scale < 0.25 && std::abs(left.y - right.y) * scale < 0.25 &&
         std::abs(left.scale / right.scale - 1) * reach < 0.25;
}

BlockRange visible_blocks(const Camera &camera, const Plane &plane, const WindowSize &window, double least_side,
                          size_t most_blocks) {
  BlockRange range;
  if (plane.columns <= 0 || plane.rows <= 0 || !(camera.scale > 0)) return range;
  for (int level = 0; level < 31; ++level) {
    double block = std::ldexp(1.0, level);
    auto bounds = [&](double middle, double pixels, int cells, int &first, int &end) {
      double half = pixels / 2 / camera.scale;
      double blocks = std::ceil(cells / block);
      first = static_cast<int>(std::clamp(std::floor((middle - half) / block), 0.0, blocks));
      end = static_cast<int>(std::clamp(std::floor((middle + half) / block) + 1, 0.0, blocks));
    };
    range.level = level;
    bounds(camera.x, window.width, plane.columns, range.first_column, range.end_column);
    bounds(camera.y, window.height, plane.rows, range.first_row, range.end_row);
    bool one = block >= plane.columns && block >= plane.rows;
    if (one || (camera.scale * block >= least_side && range.count() <= most_blocks)) break;
  }
  return range;
}

CellCrop cell_crop(float width, float height, float whole) {
  CellCrop crop;
  if (!(width > 0) || !(height > 0)) return crop;
  bool wide = width > height;
  float least = wide ? height / width : width / height;  // share of the longer side that a square leaves
  float seen = least + (1 - least) * std::clamp(whole, 0.0f, 1.0f);
  float cut = (1 - seen) / 2;
  // What is seen is 1 : least / seen.
  float room = (1 - least / seen) / 2;
  if (wide)
    crop.u0 = cut, crop.u1 = 1 - cut, crop.top = room, crop.bottom = 1 - room;
  else
    crop.v0 = cut, crop.v1 = 1 - cut, crop.left = room, crop.right = 1 - room;
  return crop;
}

}  // namespace kalon::viewer
