#include "views/rank_actual_pixels.h"

#include <algorithm>
#include <cmath>

#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

// Where the picture begins, so that the share `at` of it lies at the share `at` of the area; whole pixels, so that
// texels fall on them.
float begin_of(float from, float extent, float size, float at) {
  return std::floor(extent >= size ? from + (extent - size) / 2 : from - (size - extent) * at);
}

}  // namespace

void draw_actual_pixels(Context &context, ImDrawList *list, ItemIndex item, const Area &area) {
  auto mouse = ImGui::GetIO().MousePos;
  bool inside = mouse.x >= area.min.x && mouse.x < area.max.x && mouse.y >= area.min.y && mouse.y < area.max.y;
  float at_x = inside ? (mouse.x - area.min.x) / area.width() : 0.5f;
  float at_y = inside ? (mouse.y - area.min.y) / area.height() : 0.5f;
  auto full = context.pictures.full(item, Urgency::now);
  auto [known_width, known_height] = context.pictures.size_of(item);
  auto width = static_cast<float>(full ? full->width() : known_width);
  auto height = static_cast<float>(full ? full->height() : known_height);
  if (width <= 0 || height <= 0) {
    draw_missing(list, context, item, area);
    return;
  }
  ImVec2 begin{begin_of(area.min.x, area.width(), width, at_x), begin_of(area.min.y, area.height(), height, at_y)};
  list->PushClipRect(area.min, area.max, true);
  if (const auto *rough = context.pictures.any(item))
    list->AddImage(rough->handle(), begin, {begin.x + width, begin.y + height});
  constexpr float side = Pictures::tile_side;
  auto first = [](float edge, float from) { return std::max(0, static_cast<int>((edge - from) / side)); };
  auto last = [](float edge, float from, float size) {
    return static_cast<int>(std::min(edge - from, size - 1) / side);
  };
  for (int row = first(area.min.y, begin.y); full && row <= last(area.max.y, begin.y, height); ++row)
    for (int column = first(area.min.x, begin.x); column <= last(area.max.x, begin.x, width); ++column)
      if (const auto *tile = context.pictures.tile(item, full, 0, column, row)) {
        ImVec2 from{begin.x + static_cast<float>(column) * side, begin.y + static_cast<float>(row) * side};
        list->AddImage(tile->handle(), from,
                       {from.x + static_cast<float>(tile->width()), from.y + static_cast<float>(tile->height())});
      }
  list->PopClipRect();
}

}  // namespace kalon::viewer
