#include "widgets/marks.h"

#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

float mark_stars(ImDrawList *list, const Area &picture, int stars, bool suggested) {
  if (stars <= 0) return 0;
  const auto &look = theme();
  // Light on dark in both themes, for what is behind them is dark in both.
  constexpr ImU32 star_ink = IM_COL32(0xe8, 0xc3, 0x5a, 255), suggestion_ink = IM_COL32(0x9c, 0xc6, 0xe6, 255);
  float star = look.px(11), width = static_cast<float>(stars) * (star + 1) + look.px(6);
  ImVec2 low{picture.min.x, picture.max.y - star - look.px(6)};
  list->AddRectFilled(low, {low.x + width, picture.max.y}, mark_back);
  draw_stars(list, {low.x + look.px(3), low.y + look.px(3)}, star, stars, suggested,
             suggested ? suggestion_ink : star_ink);
  return width;
}

void mark_flag_and_label(const Context &context, ImDrawList *list, const Area &picture, const Item &item) {
  const auto &look = theme();
  float x = picture.min.x, y = picture.min.y;
  if (item.flag != Flag::none) {
    bool pick = item.flag == Flag::pick;
    x += draw_badge(list, {x, y}, pick ? "✓" : "✗", mark_ink, pick ? look.pick : look.reject) + 1;
  }
  if (item.label == 0) return;
  auto label = context.catalogue.word(item.label);
  if (ImU32 colour = look.label_colour(label); colour != 0) {
    float side = look.small->FontSize + look.px(2);
    list->AddRectFilled({x, y}, {x + side, y + side}, colour, look.px(2));
  } else {
    draw_badge(list, {x, y}, shown_text(label), mark_ink, mark_back);
  }
}

}  // namespace kalon::viewer
