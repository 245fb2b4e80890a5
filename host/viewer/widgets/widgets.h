#pragma once
// Small things that several views and panels draw.

#include <span>
#include <string>
#include <string_view>

#include <imgui/imgui.h>

#include "library/catalogue.h"
#include "pictures/texture.h"
#include "views/view.h"

namespace kalon::viewer {

struct Context;

// ---- drawn at a place
// The picture as large as it fits, in the middle of the area; gives where it was put.
Area draw_fitted(ImDrawList *list, const Texture &texture, const Area &area);
// Where a picture of this size would be put by draw_fitted().
Area fitted_area(float width, float height, const Area &area);
// Says that a picture is being made, or why there is none (a tile with a cross and the reason).
void draw_missing(ImDrawList *list, const Context &context, ItemIndex item, const Area &area);
// The picture of the item, of what is there now the best, and asks for `side`; else draw_missing().
Area draw_item(Context &context, ImDrawList *list, ItemIndex item, const Area &area, bool now = false);
// So many small stars; outlined in the colour of suggestions when suggested. ink: another colour; 0: the theme's.
void draw_stars(ImDrawList *list, ImVec2 at, float height, int stars, bool suggested, ImU32 ink = 0);
// Text that is cut with an ellipsis at the width.
void draw_text(ImDrawList *list, ImVec2 at, float width, ImU32 colour, std::string_view text, ImFont *font = nullptr);
// One line of small text in a rounded box, at its left upper corner; gives its width.
float draw_badge(ImDrawList *list, ImVec2 at, std::string_view text, ImU32 ink, ImU32 back);

// ---- in an ImGui window's flow
// A heading of a panel's section.
void heading(std::string_view text);
// "name   value", the value cut or wrapped.
void fact(std::string_view name, std::string_view value);
// A button that runs a command, greyed where it is not enabled, its key in the tip. Text: the command's title unless
// given.
bool command_button(Context &context, const char *command, const char *text = nullptr, std::string_view argument = {});
// A place that takes the mouse, of one pixel at least: of none ImGui ends the program, and windows may be tiny.
bool invisible_button(const char *id, ImVec2 size, ImGuiButtonFlags flags = 0);
// Text in the colour of what weighs less; wraps.
void faint_text(std::string_view text);

// "1.2 MB", "3 h 5 min", "12,345".
std::string bytes_text(uint64_t bytes);
std::string duration_text(double seconds);
std::string count_text(uint64_t count);
std::string number_text(double value, int digits);  // so many that count: "0.07706" of 4
std::string time_text(int64_t microseconds);        // local time, "2026-11-22 18:47"

}  // namespace kalon::viewer
