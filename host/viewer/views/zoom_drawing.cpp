#include "views/zoom_drawing.h"

#include <algorithm>
#include <cmath>

#include "commands/wording.h"
#include "pictures/clipping.h"
#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

// Pixels of the frame buffer in a unit of ImGui.
double density() {
  auto scale = ImGui::GetIO().DisplayFramebufferScale.x;
  return scale > 0 ? scale : 1;
}

ImVec2 point(double x, double y) {
  return {static_cast<float>(x / density()), static_cast<float>(y / density())};
}

Extent known_size(const Context &context, ItemIndex item) {
  auto [width, height] = context.pictures.size_of(item);
  return {static_cast<double>(width), static_cast<double>(height)};
}

// The path is left out: the name stands beside the picture.
std::string told_failure(const Context &context, ItemIndex item) {
  auto failure = context.pictures.failure(item);
  auto path = context.catalogue.item(item).path + ": ";
  if (failure.starts_with(path)) failure.erase(0, path.size());
  return said_here(context.commands, context.keys, failure);
}

int longest_of(const Texture &texture) {
  return std::max(texture.width(), texture.height());
}

// The side that is asked for: the one that serves when all of the picture is seen. Zoomed in, it lies under the tiles
// and comes first.
int fitted_side(Extent picture, const Box &view) {
  auto longest = view.extent().longest();
  if (picture) longest = std::min(picture.longest(), picture.longest() * fit_scale(picture, view.extent()));
  const auto &sides = Pictures::sides();
  auto side = std::ranges::lower_bound(sides, static_cast<int>(std::ceil(longest - .5)));
  return side == sides.end() ? sides.back() : *side;
}

// Whether a fitted picture of this side has fewer pixels than are drawn. At 1:1 or more, by choice or because the
// picture is small, it is always the whole picture: small fitted ones may have been through a JPEG.
bool needs_whole(Extent picture, double drawn_longest, double fitted_longest, const Zoom &zoom, double scale) {
  if (scale >= 1 && (!zoom.fit || picture.longest() <= Pictures::tile_side)) return true;
  return drawn_longest > fitted_longest + 1 && picture.longest() > fitted_longest;
}

void add_image(ImDrawList *list, const Texture &texture, const Box &box, ImVec2 uv) {
  list->AddImage(texture.handle(), point(box.left, box.top), point(box.right(), box.bottom()), {0, 0}, uv);
}

// In the middle, where it is looked for; what is still being made is not drawn at all, so that nothing flashes.
void draw_failure(ImDrawList *list, const std::string &failure, const Area &area) {
  const auto &look = theme();
  auto width = std::min(area.width(), look.px(420)), height = std::min(area.height(), look.px(160));
  ImVec2 middle{std::round((area.min.x + area.max.x) / 2), std::round((area.min.y + area.max.y) / 2)};
  Area tile{{middle.x - width / 2, middle.y - height / 2}, {middle.x + width / 2, middle.y + height / 2}};
  list->AddRectFilled(tile.min, tile.max, look.raised);
  auto arm = std::min(look.px(14), height / 8);
  ImVec2 cross{middle.x, tile.min.y + height * .3F};
  for (auto side : {-1.F, 1.F})
    list->AddLine({cross.x - arm, cross.y - arm * side}, {cross.x + arm, cross.y + arm * side}, look.reject,
                  look.px(2));
  auto text = shown_text(failure);
  auto wrap = width - look.px(32);
  auto size = look.regular->CalcTextSizeA(look.regular->FontSize, FLT_MAX, wrap, text.c_str());
  ImVec4 inside{tile.min.x, tile.min.y, tile.max.x, tile.max.y};
  list->AddText(look.regular, look.regular->FontSize, {std::round(middle.x - size.x / 2), tile.min.y + height * .5F},
                look.text, text.c_str(), nullptr, wrap, &inside);
}

// Draws what there is of the tiles that can be seen, and counts what is missing.
void draw_tiles(Context &context, ImDrawList *list, ItemIndex item, const FullPicture &whole, const Zoom &zoom,
                DrawnPicture &drawn) {
  Extent pixels{static_cast<double>(whole->width()), static_cast<double>(whole->height())};
  drawn.level = level_of(drawn.scale);
  auto range = visible_tiles(drawn.box, pixels, drawn.view, drawn.level, Pictures::tile_side);
  auto nearest = !zoom.fit && drawn.scale >= 1;
  for (int row = range.first_row; row <= range.last_row; ++row)
    for (int column = range.first_column; column <= range.last_column; ++column) {
      const auto *tile = context.pictures.tile(item, whole, drawn.level, column, row);
      if (!tile) {
        ++drawn.missing_tiles;
        continue;
      }
      tile->sample_nearest(nearest);
      auto place = place_of_tile(drawn.box, pixels, drawn.level, column, row, Pictures::tile_side);
      // The last texels of a level may stand for less than the others.
      auto u = std::ldexp(place.pixels.width, -drawn.level) / tile->width();
      auto v = std::ldexp(place.pixels.height, -drawn.level) / tile->height();
      add_image(list, *tile, place.box, {static_cast<float>(std::min(1., u)), static_cast<float>(std::min(1., v))});
      ++drawn.tiles;
    }
}

}  // namespace

Box view_of(const Area &area) {
  auto left = std::round(area.min.x * density()), top = std::round(area.min.y * density());
  return {left, top, std::round(area.max.x * density()) - left, std::round(area.max.y * density()) - top};
}

Spot mouse_spot() {
  auto mouse = ImGui::GetIO().MousePos;
  return {mouse.x * density(), mouse.y * density()};
}

DrawnPicture draw_zoomed(Context &context, ImDrawList *list, ItemIndex item, const Area &area, const Zoom &zoom,
                         Drawing how) {
  DrawnPicture drawn;
  drawn.view = view_of(area);
  if (!drawn.view.extent()) return drawn;
  drawn.picture = known_size(context, item);
  auto side = fitted_side(drawn.picture, drawn.view);
  auto urgency = how.now ? Urgency::now : Urgency::visible;
  const auto *fitted = context.pictures.fitted(item, side, urgency);
  const auto *under = context.pictures.any(item);
  drawn.failure = told_failure(context, item);
  // Of a file that is not indexed yet, the first texture tells the shape.
  auto measured = static_cast<bool>(drawn.picture);
  if (!measured && under) drawn.picture = {static_cast<double>(under->width()), static_cast<double>(under->height())};
  if (!drawn.picture) {
    if (!drawn.failure.empty()) draw_failure(list, drawn.failure, area);
    drawn.sharp = !drawn.failure.empty();
    return drawn;
  }
  auto seen = measured ? zoom : Zoom{};
  drawn.scale = scale_of(seen, drawn.picture, drawn.view.extent());
  drawn.box = placed(seen, drawn.picture, drawn.view);
  FullPicture whole;
  auto needs = measured && needs_whole(drawn.picture, drawn.box.extent().longest(), fitted ? longest_of(*fitted) : side,
                                       seen, drawn.scale);
  if (needs) whole = context.pictures.full(item, urgency);

  if (!under && !whole) {
    if (!drawn.failure.empty()) draw_failure(list, drawn.failure, area);
    drawn.sharp = !drawn.failure.empty();
    return drawn;
  }
  drawn.shown = true;
  auto draw = [&] {
    if (under) {
      under->sample_nearest(false);
      add_image(list, *under, drawn.box, {1, 1});
    }
    drawn.tiles = drawn.missing_tiles = 0;
    if (whole) draw_tiles(context, list, item, whole, seen, drawn);
  };
  list->PushClipRect(area.min, area.max, true);
  draw();
  if (how.clipping) {
    begin_clipping_marks(list);
    // Marks of what lies under the tiles would show beside those of the tiles.
    if (whole && drawn.missing_tiles == 0) under = nullptr;
    draw();
    end_clipping_marks(list);
  }
  list->PopClipRect();
  drawn.whole = whole && drawn.missing_tiles == 0;
  drawn.sharp = !drawn.failure.empty() || (needs ? drawn.whole : fitted != nullptr);
  if (drawn.missing_tiles > 0) context.animate();
  return drawn;
}

void prefetch_zoomed(Context &context, ItemIndex item, const Area &area, const Zoom &zoom) {
  auto view = view_of(area);
  auto picture = known_size(context, item);
  auto side = fitted_side(picture, view);
  context.pictures.prefetch(item, side);
  if (!picture || !view.extent()) return;
  auto scale = scale_of(zoom, picture, view.extent());
  if (needs_whole(picture, picture.longest() * scale, side, zoom, scale)) context.pictures.full(item, Urgency::next);
}

}  // namespace kalon::viewer
