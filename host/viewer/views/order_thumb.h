#pragma once
// A picture among others, with what a person decided about it, in the views of this folder that are no grid.

#include <imgui/imgui.h>

#include "library/catalogue.h"
#include "views/view.h"

namespace kalon::viewer {

struct Context;

// The picture in the area, framed when it is current or selected, dimmed when it was rejected, with its stars and flag
// where there is room. Of several files of one photo only one is the current one: may_be_current says which.
void draw_thumb(Context &context, ImDrawList *list, ItemIndex item, const Area &area, bool may_be_current = true);

// What a click on the item means, as in the grid: with Ctrl it joins or leaves the selection, else it becomes the
// current one; a double click opens it in the loupe. (Shift is the view's own: it knows what lies between.)
void clicked(Context &context, ItemIndex item, bool twice);

}  // namespace kalon::viewer
