#pragma once
// What was decided about a photo, drawn on its picture: readable on any picture, with both themes.

#include <imgui/imgui.h>

#include "library/catalogue.h"
#include "views/view.h"

namespace kalon::viewer {

struct Context;

// Behind and in marks that lie on a picture.
constexpr ImU32 mark_back = IM_COL32(0, 0, 0, 150), mark_ink = IM_COL32(240, 240, 240, 255);

// Stars at the lower left; gives the width that they take. Nothing for none.
float mark_stars(ImDrawList *list, const Area &picture, int stars, bool suggested);
// The flag and the label at the upper left.
void mark_flag_and_label(const Context &context, ImDrawList *list, const Area &picture, const Item &item);

}  // namespace kalon::viewer
