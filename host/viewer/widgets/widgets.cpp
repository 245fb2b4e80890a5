#include "widgets/widgets.h"

#include <algorithm>
#include <cmath>

#include "commands/wording.h"
#include "shell/context.h"

namespace kalon::viewer {
namespace {

ImVec2 text_size(ImFont *font, std::string_view text) {
  return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.data(), text.data() + text.size());
}

void draw_star(ImDrawList *list, ImVec2 centre, float radius, ImU32 colour, bool filled) {
  ImVec2 points[10];
  for (int i = 0; i < 10; ++i) {
    float angle = static_cast<float>(i) * 0.6283185f - 1.5707963f, reach = i % 2 == 0 ? radius : radius * 0.42f;
    points[i] = {centre.x + reach * std::cos(angle), centre.y + reach * std::sin(angle)};
  }
  if (filled) {
    // Ears of a star are drawn one by one: ImGui fills convex shapes only.
    for (int i = 0; i < 10; i += 2)
      list->AddTriangleFilled(points[(i + 9) % 10], points[i], points[(i + 1) % 10], colour);
    ImVec2 inner[5] = {points[1], points[3], points[5], points[7], points[9]};
    list->AddConvexPolyFilled(inner, 5, colour);
  } else {
    list->AddPolyline(points, 10, colour, ImDrawFlags_Closed, 1);
  }
}

}  // namespace

Area fitted_area(float width, float height, const Area &area) {
  if (width <= 0 || height <= 0) return area;
  float scale = std::min(area.width() / width, area.height() / height);
  float wide = std::round(width * scale), high = std::round(height * scale);
  ImVec2 min{std::floor(area.min.x + (area.width() - wide) / 2), std::floor(area.min.y + (area.height() - high) / 2)};
  return {min, {min.x + wide, min.y + high}};
}

Area draw_fitted(ImDrawList *list, const Texture &texture, const Area &area) {
  auto place = fitted_area(static_cast<float>(texture.width()), static_cast<float>(texture.height()), area);
  list->AddImage(texture.handle(), place.min, place.max);
  return place;
}

void draw_missing(ImDrawList *list, const Context &context, ItemIndex item, const Area &area) {
  const auto &theme = viewer::theme();
  auto failure = context.pictures.failure(item);
  if (failure.empty()) failure = std::string(context.catalogue.message(item));
  list->AddRectFilled(area.min, area.max, theme.raised);
  if (failure.empty()) return;
  ImVec2 middle{(area.min.x + area.max.x) / 2, (area.min.y + area.max.y) / 2};
  float reach = std::min({theme.px(16), area.width() / 8, area.height() / 8});
  list->AddLine({middle.x - reach, middle.y - reach}, {middle.x + reach, middle.y + reach}, theme.reject, theme.px(2));
  list->AddLine({middle.x + reach, middle.y - reach}, {middle.x - reach, middle.y + reach}, theme.reject, theme.px(2));
  float width = area.width() - theme.px(16);
  if (area.height() < theme.px(96) || width < theme.px(64)) return;
  // The file's name stands in other places; what is wrong with it is what counts here.
  auto text = said_here(context.commands, context.keys, shown_text(failure));
  auto path = shown_text(context.catalogue.item(item).path);
  if (text.starts_with(path)) text.erase(0, std::min(text.size(), path.size() + 2));
  ImVec2 at{area.min.x + theme.px(8), middle.y + reach + theme.px(8)};
  list->PushClipRect(area.min, area.max, true);
  list->AddText(theme.small, theme.small->FontSize, at, theme.faint, text.data(), text.data() + text.size(), width);
  list->PopClipRect();
}

Area draw_item(Context &context, ImDrawList *list, ItemIndex item, const Area &area, bool now) {
  int side = static_cast<int>(std::ceil(std::max(area.width(), area.height())));
  const auto *texture = context.pictures.fitted(item, side, now ? Urgency::now : Urgency::visible);
  if (!texture) texture = context.pictures.any(item);
  if (texture) return draw_fitted(list, *texture, area);
  auto [width, height] = context.pictures.size_of(item);
  auto place = width > 0 ? fitted_area(static_cast<float>(width), static_cast<float>(height), area) : area;
  draw_missing(list, context, item, place);
  return place;
}

void draw_stars(ImDrawList *list, ImVec2 at, float height, int stars, bool suggested, ImU32 ink) {
  const auto &theme = viewer::theme();
  float radius = height / 2;
  if (ink == 0) ink = suggested ? theme.suggestion : theme.star;
  for (int i = 0; i < stars; ++i)
    draw_star(list, {at.x + radius + static_cast<float>(i) * (height + 1), at.y + radius}, radius, ink, !suggested);
}

void draw_text(ImDrawList *list, ImVec2 at, float width, ImU32 colour, std::string_view text, ImFont *font) {
  if (!font) font = viewer::theme().regular;
  if (text_size(font, text).x <= width) {
    list->AddText(font, font->FontSize, at, colour, text.data(), text.data() + text.size());
    return;
  }
  constexpr std::string_view dots = "…";
  float left = width - text_size(font, dots).x;
  if (left <= 0) return;
  const char *end = text.data();
  // As many whole characters as fit.
  font->CalcTextSizeA(font->FontSize, left, 0, text.data(), text.data() + text.size(), &end);
  std::string cut(text.data(), end);
  cut += dots;
  list->AddText(font, font->FontSize, at, colour, cut.data(), cut.data() + cut.size());
}

float draw_badge(ImDrawList *list, ImVec2 at, std::string_view text, ImU32 ink, ImU32 back) {
  const auto &theme = viewer::theme();
  auto size = text_size(theme.small, text);
  float width = size.x + theme.px(8), height = size.y + theme.px(2);
  list->AddRectFilled(at, {at.x + width, at.y + height}, back, theme.px(3));
  list->AddText(theme.small, theme.small->FontSize, {at.x + theme.px(4), at.y + theme.px(1)}, ink, text.data(),
                text.data() + text.size());
  return width;
}

void heading(std::string_view text) {
  const auto &theme = viewer::theme();
  ImGui::Dummy({0, theme.px(4)});
  ImGui::PushStyleColor(ImGuiCol_Text, theme.faint);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopStyleColor();
  ImGui::Separator();
}

void fact(std::string_view name, std::string_view value) {
  const auto &theme = viewer::theme();
  float column = theme.px(96);
  ImGui::PushStyleColor(ImGuiCol_Text, theme.faint);
  ImGui::TextUnformatted(name.data(), name.data() + name.size());
  ImGui::PopStyleColor();
  ImGui::SameLine(column);
  ImGui::PushTextWrapPos(0);
  auto text = shown_text(value);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
}

bool invisible_button(const char *id, ImVec2 size, ImGuiButtonFlags flags) {
  return ImGui::InvisibleButton(id, {std::max(size.x, 1.0f), std::max(size.y, 1.0f)}, flags);
}

bool command_button(Context &context, const char *name, const char *text, std::string_view argument) {
  const auto *command = context.commands.find(name);
  if (!command) return false;
  bool possible = !command->enabled || command->enabled(context);
  ImGui::BeginDisabled(!possible);
  bool pressed = ImGui::Button(text ? text : command->title.c_str());
  ImGui::EndDisabled();
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) {
    auto chords = context.keys.chords(name);
    auto tip = command->title + (chords.empty() ? "" : "  (" + chords.front() + ")");
    ImGui::SetTooltip("%s", tip.c_str());
  }
  if (pressed) context.commands.run(context, name, argument);
  return pressed;
}

void faint_text(std::string_view text) {
  ImGui::PushStyleColor(ImGuiCol_Text, viewer::theme().faint);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

}  // namespace kalon::viewer
