#include "widgets/view_bar.h"

#include <cmath>

#include "shell/theme.h"

namespace kalon::viewer {
namespace {

float controls_top(const Area &bar) {
  return std::round(bar.min.y + (view_bar_height() - ImGui::GetFrameHeight()) / 2);
}

}  // namespace

float view_bar_height() {
  return theme().px(44);
}

float view_bar_margin() {
  return theme().px(12);
}

void begin_view_bar(const Area &bar) {
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(bar.min, bar.max, theme().surface);
  list->AddLine({bar.min.x, bar.max.y - 1}, {bar.max.x, bar.max.y - 1}, theme().line);
  ImGui::SetCursorScreenPos({bar.min.x + view_bar_margin(), controls_top(bar)});
}

void begin_bar_left(const Area &bar) {
  begin_view_bar(bar);
  ImGui::BeginGroup();
}

float end_bar_left(const Area &bar) {
  ImGui::EndGroup();
  return bar.max.x - view_bar_margin() - ImGui::GetItemRectMax().x - theme().px(16);
}

std::span<const BarButton> place_bar_right(const Area &bar, float room, float used,
                                           std::span<const BarButton> buttons) {
  const auto &style = ImGui::GetStyle();
  size_t fitting = 0;
  for (; fitting < buttons.size(); ++fitting) {
    float wide = ImGui::CalcTextSize(buttons[fitting].text).x + 2 * style.FramePadding.x + style.ItemSpacing.x;
    if (used + wide > room) break;
    used += wide;
  }
  ImGui::SetCursorScreenPos({bar.max.x - view_bar_margin() - used, controls_top(bar)});
  return buttons.first(fitting);
}

}  // namespace kalon::viewer
