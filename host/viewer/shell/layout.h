#pragma once
// Where everything is: menus, bars, panels, the view, what is said.

#include "shell/context.h"

namespace kalon::viewer {

// Draws the whole window but for overlays. lights_out: the view alone.
void draw_layout(Context &context, bool lights_out);
void draw_overlays(Context &context);
// What is said in place of pictures when there are none.
void draw_welcome(Context &context, const Area &area);

}  // namespace kalon::viewer
