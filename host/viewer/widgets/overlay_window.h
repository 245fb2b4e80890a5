#pragma once
// The window of an overlay: in the middle, over everything else, which is dimmed and gets no clicks.

#include <string_view>

#include <imgui/imgui.h>

#include "views/view.h"

namespace kalon::viewer {

struct Context;

// Between begin_overlay() and end_overlay() lies the window's content. size: pixels at scale 1, cut to what fits. top:
// which share of what is free lies above it. Escape and a click beside it hide the overlay. Both are always called.
void begin_overlay(Context &context, Overlay &overlay, const char *title, ImVec2 size, float top = 0.5F);
void end_overlay();

// One overlay is open at a time.
void close_others(Context &context, const Overlay &overlay);

// Whether this key was pressed in this frame and no command took it.
bool key_pressed(const Context &context, std::string_view chord);

// A chord as a small key cap, at a place; gives its width. draw: false only measures.
float draw_key(ImDrawList *list, ImVec2 at, std::string_view chord, bool draw = true);

}  // namespace kalon::viewer
