#include "widgets/overlay_window.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>

#include "shell/context.h"

namespace kalon::viewer {

bool key_pressed(const Context &context, std::string_view chord) {
  return std::any_of(context.pressed.begin(), context.pressed.end(),
                     [&](const KeyPress &key) { return key.pressed && key.chord == chord; });
}

void close_others(Context &context, const Overlay &overlay) {
  for (const auto &other : context.interface.overlays) {
    if (other.get() != &overlay && other->open) other->hide(context);
  }
}

void begin_overlay(Context &context, Overlay &overlay, const char *title, ImVec2 size, float top) {
  const auto &look = theme();
  const auto screen = ImGui::GetIO().DisplaySize;
  const auto name = std::string(overlay.name());

  // What dims the rest is a window too, so that clicks end there.
  constexpr auto bare = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                        ImGuiWindowFlags_NoNav;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, IM_COL32(0, 0, 0, 130));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::Begin(("##dim " + name).c_str(), nullptr, bare | ImGuiWindowFlags_NoFocusOnAppearing);
  if (ImGui::IsWindowAppearing()) ImGui::SetWindowFocus();
  // With any button: each brings this window before the overlay's, which then has to go.
  const bool clicked_beside = ImGui::IsWindowHovered() && (ImGui::IsMouseClicked(ImGuiMouseButton_Left) ||
                                                           ImGui::IsMouseClicked(ImGuiMouseButton_Right) ||
                                                           ImGui::IsMouseClicked(ImGuiMouseButton_Middle));
  ImGui::End();
  ImGui::PopStyleVar(2);
  ImGui::PopStyleColor();

  const float margin = look.px(16);
  const ImVec2 fitted{std::min(look.px(size.x), screen.x - 2 * margin),
                      std::min(look.px(size.y), screen.y - 2 * margin)};
  ImGui::SetNextWindowPos({std::floor((screen.x - fitted.x) / 2), std::floor((screen.y - fitted.y) * top)});
  ImGui::SetNextWindowSize(fitted);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, look.surface);
  ImGui::PushStyleColor(ImGuiCol_Border, look.line);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, look.px(4));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.px(16), look.px(16)});
  ImGui::Begin((name + "##overlay").c_str(), nullptr, bare);
  if (ImGui::IsWindowAppearing()) ImGui::SetWindowFocus();
  ImGui::PopStyleVar(3);
  ImGui::PopStyleColor(2);
  if (title != nullptr) {
    if (look.large != nullptr) ImGui::PushFont(look.large);
    ImGui::TextUnformatted(title);
    if (look.large != nullptr) ImGui::PopFont();
    ImGui::Dummy({0, look.px(4)});
  }
  if (clicked_beside || (!overlay.captures_keys() && key_pressed(context, "Escape"))) {
    overlay.hide(context);
    context.animate();
  }
}

void end_overlay() {
  ImGui::End();
}

float draw_key(ImDrawList *list, ImVec2 at, std::string_view chord, bool draw) {
  const auto &look = theme();
  auto *font = look.small != nullptr ? look.small : ImGui::GetFont();
  const float size = font->FontSize;
  const auto *begin = chord.data(), *end = chord.data() + chord.size();
  const auto extent = font->CalcTextSizeA(size, FLT_MAX, 0, begin, end);
  const float pad = look.px(5), high = size + look.px(4);
  const float wide = std::max(extent.x + 2 * pad, high);
  if (draw) {
    list->AddRectFilled(at, {at.x + wide, at.y + high}, look.raised, look.px(3));
    list->AddRect(at, {at.x + wide, at.y + high}, look.line, look.px(3));
    list->AddText(font, size, {std::floor(at.x + (wide - extent.x) / 2), at.y + look.px(2)}, look.text, begin, end);
  }
  return wide;
}

}  // namespace kalon::viewer
