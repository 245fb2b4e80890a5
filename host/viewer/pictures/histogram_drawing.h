#pragma once

#include <string>

#include <imgui/imgui.h>

#include "pictures/histogram.h"
#include "views/view.h"

namespace kalon::viewer {

// Red, green and blue laid over each other as lights are, the luminance as a line.
void draw_histogram(ImDrawList *list, const Histogram &histogram, const Area &area);
// "0.3 %", "< 0.1 %", "none": how many of the pixels are clipped.
std::string share_text(uint64_t part, uint64_t whole);

}  // namespace kalon::viewer
