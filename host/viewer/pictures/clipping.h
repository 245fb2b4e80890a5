#pragma once
// Marks what is clipped in pictures that are drawn: red where a channel is at its upper end (255), blue where all are
// at their lower end (0). It looks at the very pixels that are on the screen, on the graphics card.

#include <imgui/imgui.h>

namespace kalon::viewer {

// Textures that are added to the list between these two show nothing but the marks. [main]
void begin_clipping_marks(ImDrawList *list);
void end_clipping_marks(ImDrawList *list);

}  // namespace kalon::viewer
