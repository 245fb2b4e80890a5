#include "views/zoom.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace kalon::viewer {

namespace {

constexpr double usual_scales[] = {1. / 64, 1. / 32, 1. / 16, 1. / 12, 1. / 8, 1. / 6, 1. / 4,
                                   1. / 3,  1. / 2,  2. / 3,  1,       1.5,    2,      3,
                                   4,       6,       8,       12,      16,     24,     32};

double clamped_centre(double centre, double drawn, double view) {
  if (drawn <= view) return .5;
  auto half = view / 2 / drawn;
  return std::clamp(centre, half, 1 - half);
}

// A whole number of pixels: a picture whose edge falls between two would have a blurred line there.
double drawn_length(double picture, double scale) {
  return std::max(1., std::round(picture * scale));
}

bool crosses(double from, double to, double border) {
  return (from < border * .999 && to > border) || (from > border * 1.001 && to < border);
}

}  // namespace

double fit_scale(Extent picture, Extent view) {
  if (!picture || !view) return 1;
  return std::min({view.width / picture.width, view.height / picture.height, largest_scale});
}

double least_scale(Extent picture, Extent view) {
  return std::min(1., fit_scale(picture, view));
}

double scale_of(const Zoom &zoom, Extent picture, Extent view) {
  return zoom.fit ? fit_scale(picture, view) : zoom.scale;
}

Box placed(const Zoom &zoom, Extent picture, const Box &view) {
  auto scale = scale_of(zoom, picture, view.extent());
  auto width = drawn_length(picture.width, scale), height = drawn_length(picture.height, scale);
  auto middle = view.middle();
  auto x = clamped_centre(zoom.centre.x, width, view.width), y = clamped_centre(zoom.centre.y, height, view.height);
  return {std::round(middle.x - x * width), std::round(middle.y - y * height), width, height};
}

Zoom limited(Zoom zoom, Extent picture, const Box &view) {
  auto box = placed(zoom, picture, view);
  zoom.centre.x = clamped_centre(zoom.centre.x, box.width, view.width);
  zoom.centre.y = clamped_centre(zoom.centre.y, box.height, view.height);
  return zoom;
}

Zoom zoomed_at(const Zoom &zoom, double scale, Spot at, Extent picture, const Box &view) {
  if (!picture || !view.extent()) return zoom;
  auto least = least_scale(picture, view.extent()), fits = fit_scale(picture, view.extent());
  scale = std::clamp(scale, least, largest_scale);
  auto before = placed(zoom, picture, view);
  // Beside the picture the nearest spot of its edge is meant.
  auto x = std::clamp((at.x - before.left) / before.width, 0., 1.);
  auto y = std::clamp((at.y - before.top) / before.height, 0., 1.);
  auto middle = view.middle();
  Zoom after{std::abs(scale / fits - 1) < 1e-6, scale, {}};
  after.centre.x = x - (at.x - middle.x) / drawn_length(picture.width, scale);
  after.centre.y = y - (at.y - middle.y) / drawn_length(picture.height, scale);
  after = limited(after, picture, view);
  if (after.fit) after.centre = zoom.centre;
  return after;
}

Zoom moved(const Zoom &zoom, double right, double down, Extent picture, const Box &view) {
  if (!picture || !view.extent() || zoom.fit) return zoom;
  auto box = placed(zoom, picture, view);
  auto after = limited(zoom, picture, view);
  after.centre.x -= right / box.width;
  after.centre.y -= down / box.height;
  return limited(after, picture, view);
}

double stepped_scale(double scale, int steps, Extent picture, Extent view) {
  auto fits = fit_scale(picture, view), least = least_scale(picture, view);
  for (; steps > 0; --steps) {
    auto next = *std::prev(std::end(usual_scales));
    for (auto one : usual_scales)
      if (one > scale * 1.001) next = std::min(next, one);
    if (fits > scale * 1.001) next = std::min(next, fits);
    scale = next;
  }
  for (; steps < 0; ++steps) {
    auto next = least;
    for (auto one : usual_scales)
      if (one < scale * .999) next = std::max(next, one);
    if (fits < scale * .999) next = std::max(next, fits);
    scale = next;
  }
  return std::clamp(scale, least, largest_scale);
}

double turned_scale(double scale, double notches, Extent picture, Extent view) {
  auto fits = fit_scale(picture, view);
  // Three notches double the size.
  auto after = scale * std::exp2(notches / 3);
  for (auto stay : {fits, 1.})
    if (crosses(scale, after, stay)) after = stay;
  return std::clamp(after, least_scale(picture, view), largest_scale);
}

Zoom of_pane(const Zoom &shared, Spot offset, double ratio, Extent picture, Extent view) {
  if (shared.fit) return shared;
  auto scale = std::clamp(shared.scale * ratio, least_scale(picture, view), largest_scale);
  return {false, scale, {shared.centre.x + offset.x, shared.centre.y + offset.y}};
}

Zoom shared_of(const Zoom &pane, Spot offset, double ratio) {
  return {pane.fit, pane.scale / ratio, {pane.centre.x - offset.x, pane.centre.y - offset.y}};
}

int level_of(double scale) {
  int level = 0;
  for (; level < 20 && scale <= .5; ++level) scale *= 2;
  return level;
}

TileRange visible_tiles(const Box &placed, Extent picture, const Box &view, int level, int tile_side) {
  TileRange range{level, 0, -1, 0, -1};
  auto left = std::max(placed.left, view.left), right = std::min(placed.right(), view.right());
  auto top = std::max(placed.top, view.top), bottom = std::min(placed.bottom(), view.bottom());
  if (!picture || left >= right || top >= bottom) return range;
  auto side = std::ldexp(tile_side, level);
  auto columns = static_cast<int>(std::ceil(picture.width / side)),
       rows = static_cast<int>(std::ceil(picture.height / side));
  auto to_column = picture.width / placed.width / side, to_row = picture.height / placed.height / side;
  auto first = [](double tiles, int count) { return std::clamp(static_cast<int>(std::floor(tiles)), 0, count - 1); };
  auto last = [](double tiles, int count) { return std::clamp(static_cast<int>(std::ceil(tiles)) - 1, 0, count - 1); };
  range.first_column = first((left - placed.left) * to_column, columns);
  range.last_column = last((right - placed.left) * to_column, columns);
  range.first_row = first((top - placed.top) * to_row, rows);
  range.last_row = last((bottom - placed.top) * to_row, rows);
  return range;
}

TilePlace place_of_tile(const Box &placed, Extent picture, int level, int column, int row, int tile_side) {
  auto side = std::ldexp(tile_side, level);
  auto x0 = column * side, x1 = std::min(picture.width, x0 + side);
  auto y0 = row * side, y1 = std::min(picture.height, y0 + side);
  auto across = placed.width / picture.width, down = placed.height / picture.height;
  return {{placed.left + x0 * across, placed.top + y0 * down, (x1 - x0) * across, (y1 - y0) * down},
          {x1 - x0, y1 - y0}};
}

}  // namespace kalon::viewer
