#include "views/order_scroll.h"

#include <algorithm>
#include <cmath>

#include "shell/theme.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

void Scroll::reveal(double top, double bottom, double view_height, double room) {
  if (bottom - top + 2 * room > view_height) room = std::max(0.0, (view_height - (bottom - top)) / 2);
  if (top - room < target_)
    target_ = top - room;
  else if (bottom + room > target_ + view_height)
    target_ = bottom + room - view_height;
}

bool Scroll::update(double content_height, double view_height, double seconds) {
  double most = std::max(0.0, content_height - view_height);
  target_ = std::clamp(target_, 0.0, most);
  at_ = std::clamp(at_, 0.0, most);
  // A frame after a pause is no long step of an animation.
  at_ += (target_ - at_) * (1 - std::exp(-18 * std::min(seconds, 1 / 30.0)));
  // Whole pixels at rest, so that pictures are sharp.
  if (std::abs(target_ - at_) < 0.75) at_ = target_ = std::round(target_);
  return moving();
}

float Scroll::bar_width() {
  return theme().px(12);
}

bool Scroll::draw_bar(const Area &area, double content_height, double wheel_step) {
  double view_height = area.height();
  auto &io = ImGui::GetIO();
  if (ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows) && ImGui::IsMouseHoveringRect(area.min, area.max) &&
      !io.KeyCtrl && io.MouseWheel != 0)
    target_ -= io.MouseWheel * wheel_step;
  if (content_height <= view_height) return false;

  const auto &look = theme();
  Area track{{area.max.x - bar_width(), area.min.y}, area.max};
  double most = content_height - view_height;
  double thumb = std::max<double>(look.px(32), view_height * view_height / content_height);
  double way = view_height - thumb;
  ImGui::SetCursorScreenPos(track.min);
  invisible_button("##scroll", {track.width(), track.height()});
  bool dragged = ImGui::IsItemActive();
  double thumb_top = track.min.y + way * (at_ / most);
  if (dragged && way > 0) {
    double y = io.MousePos.y;
    if (ImGui::IsItemActivated()) grabbed_ = y >= thumb_top && y < thumb_top + thumb ? y - thumb_top : thumb / 2;
    jump(std::clamp((y - grabbed_ - track.min.y) / way, 0.0, 1.0) * most);
    thumb_top = track.min.y + way * (at_ / most);
  }
  auto *list = ImGui::GetWindowDrawList();
  float inset = look.px(3);
  ImU32 colour = ImGui::IsItemHovered() || dragged ? look.faint : look.line;
  list->AddRectFilled({track.min.x + inset, static_cast<float>(thumb_top)},
                      {track.max.x - inset, static_cast<float>(thumb_top + thumb)}, colour, look.px(2));
  return dragged;
}

}  // namespace kalon::viewer
