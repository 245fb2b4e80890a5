#pragma once
// The commands that zoom and move what is looked at, in every view that can be zoomed.

#include <functional>
#include <string_view>

#include "views/zoom_drawing.h"

namespace kalon::viewer {

struct Context;

// A view of pictures that can be zoomed.
class Zoomable {
 public:
  virtual ~Zoomable() = default;
  // What is shown of the picture that commands are about, and the picture as it was drawn last; null: there is none.
  virtual Zoom pane_zoom() const = 0;
  virtual const DrawnPicture *pane_drawn() const = 0;
  virtual void set_pane_zoom(const Zoom &zoom) = 0;
};

// Wheel, drag and double click over the picture, of an ImGui item that was just submitted; false: nothing changed.
struct MouseZoom {
  Zoom zoom;
  bool changed = false;
};
MouseZoom zoom_by_mouse(const Zoom &zoom, const DrawnPicture &drawn);

// Adds them; where the current view is not Zoomable, they go to the loupe.
void add_zoom_commands(Context &context);

}  // namespace kalon::viewer
