#include "views/loupe_parts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "panels/information_facts.h"
#include "pictures/histogram_drawing.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

float text_width(ImFont *font, const std::string &text) {
  return font->CalcTextSizeA(font->FontSize, 1e6F, 0, text.c_str()).x;
}

float stars_width(int stars, float height) {
  return static_cast<float>(stars) * (height + 1);
}

void draw_mark(Context &context, ImDrawList *list, ItemIndex index, const Area &cell) {
  const auto &look = theme();
  const auto &item = context.catalogue.item(index);
  if (item.flag == Flag::reject) list->AddRectFilled(cell.min, cell.max, (look.background & 0x00FFFFFF) | 0xA0000000);
  auto y = cell.max.y - look.px(4);
  auto x = cell.min.x;
  auto mark = [&](ImU32 colour) {
    list->AddRectFilled({x, y}, {x + look.px(16), cell.max.y}, colour);
    x += look.px(20);
  };
  if (item.flag == Flag::pick) mark(look.pick);
  if (item.flag == Flag::reject) mark(look.reject);
  if (item.label != 0)
    if (auto colour = look.label_colour(context.catalogue.word(item.label)); colour != 0) mark(colour);
  if (item.stars > 0) {
    auto height = look.px(10);
    draw_stars(list, {cell.max.x - stars_width(item.stars, height), cell.max.y - height - look.px(1)}, height,
               item.stars, false);
  }
}

Shot shot_of(const Catalogue &catalogue, ItemIndex item) {
  auto text = [&](const char *name) -> std::string {
    const auto *column = catalogue.column(name);
    return column ? std::string(catalogue.text(*column, item)) : std::string();
  };
  Shot shot;
  shot.camera = text("camera");
  shot.focal_length = text("focal_length");
  shot.aperture = text("aperture");
  shot.exposure_time = text("exposure_time");
  shot.iso = text("iso");
  return shot;
}

}  // namespace

std::string zoom_text(double scale) {
  char text[32];
  std::snprintf(text, sizeof text, scale < .1 ? "%.1f %%" : "%.0f %%", scale * 100);
  return text;
}

void draw_nothing(const Area &area, std::string_view text, std::string_view hint) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(area.min, area.max, look.background);
  auto y = (area.min.y + area.max.y) / 2 - (text.empty() ? look.regular->FontSize / 2 : look.large->FontSize);
  auto line = [&](ImFont *font, ImU32 colour, std::string words) {
    auto width = std::min(text_width(font, words), area.width() - look.px(16));
    draw_text(list, {(area.min.x + area.max.x - width) / 2, y}, width + 1, colour, words, font);
    y += font->FontSize + look.px(8);
  };
  if (!text.empty()) line(look.large, look.text, std::string(text));
  line(look.regular, look.faint, std::string(hint));
}

void draw_film_strip(Context &context, const Area &area) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(area.min, area.max, look.surface);
  list->AddLine(area.min, {area.max.x, area.min.y}, look.line);
  ImGui::SetCursorScreenPos(area.min);
  invisible_button("##strip", {area.width(), area.height()});
  auto hovered = ImGui::IsItemHovered();
  if (hovered && ImGui::GetIO().MouseWheel != 0) context.shown.step(ImGui::GetIO().MouseWheel < 0 ? 1 : -1);

  const auto &items = context.shown.items();
  auto gap = look.px(4), side = area.height() - 2 * look.px(6), step = side + gap;
  auto current = static_cast<ptrdiff_t>(context.shown.position(context.shown.current()));
  auto first_x = std::round((area.min.x + area.max.x - side) / 2);
  auto before = static_cast<ptrdiff_t>(std::ceil((first_x - area.min.x) / step));
  list->PushClipRect(area.min, area.max, true);
  for (auto at = std::max<ptrdiff_t>(0, current - before);
       at <= current + before && at < static_cast<ptrdiff_t>(items.size()); ++at) {
    auto item = items[static_cast<size_t>(at)];
    auto x = first_x + static_cast<float>(at - current) * step;
    Area cell{{x, area.min.y + look.px(6)}, {x + side, area.max.y - look.px(6)}};
    list->AddRectFilled(cell.min, cell.max, context.shown.selected(item) ? look.selected : look.raised);
    Area inside{{cell.min.x + look.px(3), cell.min.y + look.px(3)}, {cell.max.x - look.px(3), cell.max.y - look.px(3)}};
    draw_item(context, list, item, inside);
    draw_mark(context, list, item, inside);
    if (at == current) list->AddRect(cell.min, cell.max, look.accent, 0, 0, look.px(2));
    if (!hovered || !ImGui::IsMouseHoveringRect(cell.min, cell.max)) continue;
    if (at != current) list->AddRect(cell.min, cell.max, look.faint);
    ImGui::SetTooltip("%s", shown_text(name_of(context.catalogue.item(item))).c_str());
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) context.shown.go_to(item);
  }
  list->PopClipRect();
}

void draw_info_line(Context &context, ItemIndex index, const DrawnPicture &drawn, const Area &area) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(area.min, area.max, look.surface);
  list->AddLine(area.min, {area.max.x, area.min.y}, look.line);
  const auto &item = context.catalogue.item(index);
  auto *font = look.regular;
  auto y = std::round((area.min.y + area.max.y - font->FontSize) / 2);
  auto x = area.min.x + look.px(12), end = area.max.x - look.px(12), gap = look.px(20);

  // From the right, what has a settled width; from the left the rest, which is cut where they meet.
  auto from_right = [&](const std::string &text, ImU32 colour, float room) {
    auto width = text_width(font, text);
    if (end - std::max(width, room) < x + look.px(160)) return;
    list->AddText(font, font->FontSize, {end - width, y}, colour, text.c_str());
    end -= std::max(width, room) + gap;
  };
  if (drawn.shown) from_right(zoom_text(drawn.scale), look.text, text_width(font, "3200 %"));
  from_right(count_text(context.shown.position(index) + 1) + " of " + count_text(context.shown.items().size()),
             look.faint, 0);
  if (item.width > 0) from_right(std::to_string(item.width) + " × " + std::to_string(item.height), look.faint, 0);

  auto height = look.px(13), stars = stars_width(item.stars, height);
  auto name = shown_text(name_of(item));
  auto name_width = std::min(text_width(font, name) + 1, end - x - stars);
  draw_text(list, {x, y}, name_width, look.text, name, font);
  x += name_width + look.px(10);
  draw_stars(list, {x, std::round((area.min.y + area.max.y - height) / 2)}, height, item.stars, false);
  x += item.stars > 0 ? stars + gap : look.px(10);
  auto shot = shot_of(context.catalogue, index);
  auto exposure = exposure_text(shot);
  auto taken = shot.camera.empty() ? exposure : exposure.empty() ? shot.camera : shot.camera + " · " + exposure;
  if (!drawn.failure.empty() && drawn.shown) taken = "Not shown in full: " + drawn.failure;
  if (end - x > look.px(60) && !taken.empty()) draw_text(list, {x, y}, end - x, look.faint, shown_text(taken), font);
}

void draw_histogram_corner(Context &context, ItemIndex item, const Area &area) {
  const auto &look = theme();
  auto width = look.px(256 + 16), height = look.px(128 + 16);
  if (area.width() < 2 * width || area.height() < 2 * height) return;
  auto histogram = context.pictures.histogram(item);
  if (!histogram) return;
  auto *list = ImGui::GetWindowDrawList();
  Area box{{area.max.x - width - look.px(12), area.min.y + look.px(12)},
           {area.max.x - look.px(12), area.min.y + look.px(12) + height}};
  list->AddRectFilled(box.min, box.max, look.surface);
  list->AddRect(box.min, box.max, look.line);
  auto pad = look.px(8);
  draw_histogram(list, *histogram, {{box.min.x + pad, box.min.y + pad}, {box.max.x - pad, box.max.y - pad}});
}

}  // namespace kalon::viewer
