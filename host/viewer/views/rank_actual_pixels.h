#pragma once
// A look at the pixels themselves, for as long as a key is held.

#include <imgui/imgui.h>

#include "library/catalogue.h"
#include "views/view.h"

namespace kalon::viewer {

// The picture at 100 %, of which the part is seen at which the mouse points within the area (its middle when it is
// elsewhere): moving the mouse over the area passes over the whole picture. Until it is decoded, what is there is
// enlarged.
void draw_actual_pixels(Context &context, ImDrawList *list, ItemIndex item, const Area &area);

}  // namespace kalon::viewer
