#include <algorithm>
#include <cmath>

#include "shell/context.h"
#include "views/map.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr double hover_delay = 0.3;  // seconds until the preview
// From this size of a cell on, crops grow to whole pictures.
constexpr float crop_until = 160, whole_from = 320;

ImU32 with_alpha(ImU32 colour, uint32_t alpha) {
  return (colour & 0x00ffffffu) | alpha << 24;
}

// Width / height; of what is not known yet that of most photos.
float aspect_of(const Context &context, ItemIndex index) {
  const auto &item = context.catalogue.item(index);
  if (item.width > 0 && item.height > 0) return static_cast<float>(item.width) / static_cast<float>(item.height);
  auto [width, height] = context.pictures.size_of(index);
  return width > 0 && height > 0 ? static_cast<float>(width) / static_cast<float>(height) : 1.5f;
}

}  // namespace

Area MapView::block_area(const Area &area, int level, int column, int row) const {
  double side = std::ldexp(camera_.scale, level);
  double x = (area.min.x + area.max.x) / 2.0 - camera_.x * camera_.scale;
  double y = (area.min.y + area.max.y) / 2.0 - camera_.y * camera_.scale;
  auto edge = [](double from, double at) { return static_cast<float>(std::round(from + at)); };
  // Gaps grow with the cells, from a hair.
  float gap = static_cast<float>(std::clamp(std::round(side * 0.025), 1.0, 12.0));
  return {{edge(x, column * side), edge(y, row * side)},
          {edge(x, (column + 1) * side) - gap, edge(y, (row + 1) * side) - gap}};
}

void MapView::draw_plane(Context &context, const Area &area) {
  bool resized = window_.width != area.width() || window_.height != area.height();
  window_ = {area.width(), area.height()};
  if (fit_next_) {
    look_at(context, showing_all(cells_.plane(), window_, theme().px(16)), true);
    fit_next_ = false;
  } else if (resized) {
    look_at(context, target_, true);
  }
  ImGui::SetCursorScreenPos(area.min);
  invisible_button("##map", {area.width(), area.height()},
                   ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonMiddle);
  bool hovered = ImGui::IsItemHovered(), held = ImGui::IsItemActive();
  mouse(context, area, hovered, held);

  if (moving_) {
    double seconds = std::min<double>(ImGui::GetIO().DeltaTime, 1 / 30.0);
    camera_ = between(camera_, target_, 1 - std::exp(-15 * seconds));
    if (alike(camera_, target_, window_)) camera_ = target_, moving_ = false;
    context.animate();
  }
  auto *list = ImGui::GetWindowDrawList();
  list->PushClipRect(area.min, area.max, true);
  auto range = visible();
  draw_cells(context, area, range);
  draw_frames(context, area, range);
  if (marking_) {
    auto mouse_at = ImGui::GetIO().MousePos;
    ImVec2 min{std::min(mark_from_.x, mouse_at.x), std::min(mark_from_.y, mouse_at.y)};
    ImVec2 max{std::max(mark_from_.x, mouse_at.x), std::max(mark_from_.y, mouse_at.y)};
    list->AddRectFilled(min, max, with_alpha(theme().accent, 0x28));
    list->AddRect(min, max, theme().accent);
    draw_badge(list, {min.x + theme().px(4), min.y + theme().px(4)}, count_text(marked_), theme().text,
               theme().surface);
  }
  list->PopClipRect();
  draw_preview(context, area);
}

// All pictures after all grey cells: they are drawn in one go each.
void MapView::draw_cells(Context &context, const Area &area, const BlockRange &range) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  drawn_ = missing_ = 0;
  for (int row = range.first_row; row < range.end_row; ++row)
    for (int column = range.first_column; column < range.end_column; ++column)
      if (pyramid_.standing_for(range.level, column, row) != no_cell) {
        auto cell = block_area(area, range.level, column, row);
        list->AddRectFilled(cell.min, cell.max, look.raised);
      }
  float unscaled = static_cast<float>(std::ldexp(camera_.scale, range.level)) / look.scale;
  float whole = std::clamp((unscaled - crop_until) / (whole_from - crop_until), 0.0f, 1.0f);
  whole = whole * whole * (3 - 2 * whole);
  for (int row = range.first_row; row < range.end_row; ++row)
    for (int column = range.first_column; column < range.end_column; ++column) {
      auto standing = pyramid_.standing_for(range.level, column, row);
      if (standing == no_cell) continue;
      auto item = cells_.item(standing);
      auto cell = block_area(area, range.level, column, row);
      float side = cell.width();
      const auto &of = context.catalogue.item(item);
      float aspect = aspect_of(context, item);
      aspect = std::max(aspect, 1 / aspect);
      float needed = side * (1 + (std::min(aspect, 2.0f) - 1) * (1 - whole));
      const auto *texture = context.pictures.fitted(item, static_cast<int>(needed), Urgency::visible);
      if (!texture) texture = context.pictures.any(item);
      ++drawn_;
      if (!texture) {
        ++missing_;
        if (side >= look.px(64)) draw_missing(list, context, item, cell);
        continue;
      }
      auto crop = cell_crop(static_cast<float>(texture->width()), static_cast<float>(texture->height()), whole);
      ImVec2 min{std::round(cell.min.x + crop.left * side), std::round(cell.min.y + crop.top * cell.height())};
      ImVec2 max{std::round(cell.min.x + crop.right * side), std::round(cell.min.y + crop.bottom * cell.height())};
      // What whole pictures leave free is no grey cell any more.
      if (whole > 0)
        list->AddRectFilled(cell.min, cell.max, with_alpha(look.background, static_cast<uint32_t>(255 * whole)));
      ImU32 tint = of.flag == Flag::reject ? 0x60ffffffu : 0xffffffffu;
      list->AddImage(texture->handle(), min, max, {crop.u0, crop.v0}, {crop.u1, crop.v1}, tint);
    }
}

void MapView::draw_frames(Context &context, const Area &area, const BlockRange &range) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  bool numeric = colours_.numeric();
  for (int row = range.first_row; row < range.end_row; ++row)
    for (int column = range.first_column; column < range.end_column; ++column) {
      auto standing = pyramid_.standing_for(range.level, column, row);
      if (standing == no_cell) continue;
      ImU32 colour = 0;
      if (numeric) {
        float value = pyramid_.value(range.level, column, row);
        if (!std::isnan(value)) colour = ramp_colour(colours_.share(value));
      } else if (!colours_.by.empty()) {
        const auto &item = context.catalogue.item(cells_.item(standing));
        if (colours_.by == "label") colour = look.label_colour(context.catalogue.word(item.label));
        if (colours_.by == "flag" && item.flag != Flag::none)
          colour = item.flag == Flag::pick ? look.pick : look.reject;
      }
      bool chosen = pyramid_.has_chosen(range.level, column, row);
      if (colour == 0 && !chosen) continue;
      auto cell = block_area(area, range.level, column, row);
      if (colour != 0) {
        float inset = look.px(1);
        list->AddRect({cell.min.x + inset, cell.min.y + inset}, {cell.max.x - inset, cell.max.y - inset}, colour, 0, 0,
                      look.px(2));
      }
      if (chosen) list->AddRect(cell.min, cell.max, look.text, 0, 0, look.px(2));
    }
  // The current one at its own place, or the block it lies in.
  auto current = cells_.cell_of(context.shown.current());
  if (current != no_cell && is_shown(context, context.shown.current())) {
    int column = cells_.column(current) >> range.level, row = cells_.row(current) >> range.level;
    auto cell = block_area(area, range.level, column, row);
    list->AddRect({cell.min.x - 1, cell.min.y - 1}, {cell.max.x + 1, cell.max.y + 1}, look.accent, 0, 0, look.px(3));
  }
}

void MapView::draw_preview(Context &context, const Area &area) {
  const auto &look = theme();
  auto range = visible();
  double block = std::ldexp(camera_.scale, range.level);
  if (hovered_ == no_item || !pointing_ || moving_ || dragging_ || marking_ || block > look.px(160)) return;
  if (context.now < hovered_since_ + hover_delay) {
    context.draw_again_at(hovered_since_ + hover_delay);
    return;
  }
  const auto &item = context.catalogue.item(hovered_);
  float side = look.px(288), pad = look.px(8), line = ImGui::GetTextLineHeight();
  float aspect = aspect_of(context, hovered_);
  ImVec2 picture{aspect >= 1 ? side : side * aspect, aspect >= 1 ? side / aspect : side};
  picture.x = std::max(picture.x, look.px(160));
  auto value = colours_.value(context.catalogue, hovered_);
  bool tells = colours_.numeric() && !std::isnan(value);
  ImVec2 size{picture.x + 2 * pad, picture.y + 2 * pad + look.px(4) + line * (tells ? 2 : 1)};
  auto mouse_at = ImGui::GetIO().MousePos;
  float away = look.px(20);
  ImVec2 at{mouse_at.x + away, mouse_at.y + away};
  if (at.x + size.x > area.max.x) at.x = mouse_at.x - away - size.x;
  if (at.y + size.y > area.max.y) at.y = mouse_at.y - away - size.y;
  at.x = std::clamp(at.x, area.min.x, std::max(area.min.x, area.max.x - size.x));
  at.y = std::clamp(at.y, area.min.y, std::max(area.min.y, area.max.y - size.y));
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, look.surface);
  list->AddRect(at, {at.x + size.x, at.y + size.y}, look.line);
  draw_item(context, list, hovered_, {{at.x + pad, at.y + pad}, {at.x + pad + picture.x, at.y + pad + picture.y}});
  float text_y = at.y + pad + picture.y + look.px(4);
  draw_text(list, {at.x + pad, text_y}, picture.x, look.text, shown_text(name_of(item)));
  if (tells) {
    char number[48];
    std::snprintf(number, sizeof number, ": %.4g", static_cast<double>(value));
    draw_text(list, {at.x + pad, text_y + line}, picture.x, look.faint, colours_.by + number);
  }
}

}  // namespace kalon::viewer
