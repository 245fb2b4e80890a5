#include "views/order_thumb.h"

#include "shell/context.h"
#include "widgets/marks.h"
#include "widgets/widgets.h"

namespace kalon::viewer {

void draw_thumb(Context &context, ImDrawList *list, ItemIndex index, const Area &area, bool may_be_current) {
  const auto &look = theme();
  const auto &item = context.catalogue.item(index);
  draw_item(context, list, index, area);
  if (item.flag == Flag::reject) list->AddRectFilled(area.min, area.max, (look.background & 0x00ffffffu) | 0xa0000000u);

  // The marks are those of the grid.
  if (area.height() >= look.px(72) && area.width() >= look.px(56)) {
    mark_stars(list, area, item.stars, false);
    mark_flag_and_label(context, list, area, item);
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
