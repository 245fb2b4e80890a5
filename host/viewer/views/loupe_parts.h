#pragma once
// What the loupe shows around the picture.

#include <string>

#include "shell/context.h"
#include "views/zoom_drawing.h"

namespace kalon::viewer {

// The photos before and behind the current one, which is in the middle; a click goes there, the wheel steps.
void draw_film_strip(Context &context, const Area &area);
// Stars, name, exposure, size, zoom.
void draw_info_line(Context &context, ItemIndex item, const DrawnPicture &drawn, const Area &area);
// The histogram in the corner, once it is known.
void draw_histogram_corner(Context &context, ItemIndex item, const Area &area);
// Says in the middle what to do when there is nothing to see.
void draw_nothing(const Area &area, std::string_view text, std::string_view hint);
// "63 %".
std::string zoom_text(double scale);

}  // namespace kalon::viewer
