#include "views/order_thumb.h"

#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

void draw_thumb(Context &context, ImDrawList *list, ItemIndex index, const Area &area, bool may_be_current) {
  const auto &look = theme();
  const auto &item = context.catalogue.item(index);
  draw_item(context, list, index, area);
  if (item.flag == Flag::reject) list->AddRectFilled(area.min, area.max, (look.background & 0x00ffffffu) | 0xa0000000u);

  // The marks are those of the grid.
  if (area.height() >= look.px(72) && area.width() >= look.px(56)) {
    constexpr ImU32 shade = IM_COL32(0, 0, 0, 150), white = IM_COL32(240, 240, 240, 255);
    if (item.stars > 0) {
      float star = look.px(11), wide = static_cast<float>(item.stars) * (star + 1) + look.px(6);
      ImVec2 low{area.min.x, area.max.y - star - look.px(6)};
      list->AddRectFilled(low, {low.x + wide, area.max.y}, shade);
      draw_stars(list, {low.x + look.px(3), low.y + look.px(3)}, star, item.stars, false);
    }
    float x = area.min.x;
    if (item.flag != Flag::none) {
      bool pick = item.flag == Flag::pick;
      x += draw_badge(list, {x, area.min.y}, pick ? "✓" : "✗", white, pick ? look.pick : look.reject) + 1;
    }
    if (auto colour = look.label_colour(context.catalogue.word(item.label))) {
      float side = look.small->FontSize + look.px(2);
      list->AddRectFilled({x, area.min.y}, {x + side, area.min.y + side}, colour, look.px(2));
    }
  }

  // Frames lie outside, so that nothing of the picture is hidden.
  bool current = may_be_current && context.shown.current() == index;
  bool selected = context.shown.selected(index) && (may_be_current || context.shown.current() != index);
  if (current || selected) {
    float out = look.px(current ? 2 : 1);
    list->AddRect({area.min.x - out, area.min.y - out}, {area.max.x + out, area.max.y + out},
                  current ? look.accent : look.text, 0, 0, look.px(current ? 3 : 2));
  }
}

void clicked(Context &context, ItemIndex item, bool twice) {
  if (ImGui::GetIO().KeyCtrl)
    context.shown.toggle(item);
  else
    context.shown.go_to(item);
  if (twice) context.interface.show(context, "loupe");
}

}  // namespace kalon::viewer
