#pragma once
// Scrolling through something that may be millions of pixels high.

#include "views/view.h"

namespace kalon::viewer {

class Scroll {
 public:
  double at() const { return at_; }
  double target() const { return target_; }
  bool moving() const { return at_ != target_; }

  // Goes there at once, or within a moment.
  void jump(double y) { at_ = target_ = y; }
  void go(double y) { target_ = y; }
  // Goes as little as needed so that what lies between top and bottom is seen, with some room around it.
  void reveal(double top, double bottom, double view_height, double room);

  // Once a frame: keeps within what there is and moves on. True while it moves. seconds: since the last frame.
  bool update(double content_height, double view_height, double seconds);

  // The wheel over the area, and a bar at its right edge, of this width. Inside an ImGui window. wheel_step: pixels for
  // one notch. Ctrl with the wheel is the view's own. Returns whether the bar is being dragged.
  bool draw_bar(const Area &area, double content_height, double wheel_step);
  static float bar_width();

 private:
  double at_ = 0, target_ = 0;
  double grabbed_ = 0;  // where in the thumb the mouse took it
};

}  // namespace kalon::viewer
