#pragma once
// How the pictures of a question share the screen.

#include <cstddef>
#include <vector>

#include <imgui/imgui.h>

#include "views/view.h"

namespace kalon::viewer {

// A rectangle for each picture, by slot, `gap` apart, on whole pixels: two side by side, more in the columns that show
// the most of pictures of these sizes (one for each, above 0).
std::vector<Area> rank_panes(const Area &area, size_t pictures, const std::vector<ImVec2> &sizes, float gap);

}  // namespace kalon::viewer
