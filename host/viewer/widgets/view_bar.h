#pragma once
// The bar above what a view shows: at the left what is shown, at the right what can be done with it.

#include <cstddef>
#include <span>

#include "views/view.h"

namespace kalon::viewer {

struct Context;

float view_bar_height();
float view_bar_margin();  // at its left and right

// Its ground and the line below it; what is drawn next stands at the left, in the middle of its height.
void begin_view_bar(const Area &bar);
// Between the two lies an ImGui group: what stands at the left. Gives how many pixels are free beside it.
void begin_bar_left(const Area &bar);
float end_bar_left(const Area &bar);

struct BarButton {
  const char *command, *text, *argument = "";
};
// As many of the buttons as there is room for beside what takes `used` pixels anyway: in a narrow window what is in the
// menu too gives way. The cursor is put to where all of it ends at the right margin.
std::span<const BarButton> place_bar_right(const Area &bar, float room, float used, std::span<const BarButton> buttons);

}  // namespace kalon::viewer
