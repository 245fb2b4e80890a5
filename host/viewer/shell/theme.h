#pragma once
// Colours, sizes and fonts. Pictures are judged against them, so they are grey.

#include <string>
#include <string_view>

#include <imgui/imgui.h>

namespace kalon::viewer {

struct Theme {
  ImU32 background;   // behind pictures
  ImU32 surface;      // panels, bars
  ImU32 raised;       // cells, controls
  ImU32 line;         // thin separations
  ImU32 text, faint;  // faint: of less weight, still readable (4.5 : 1)
  ImU32 accent;       // the current photo, what is chosen
  ImU32 selected;     // behind selected cells
  ImU32 pick, reject, star, warning;
  ImU32 suggestion;                        // what a model suggests and no person decided
  ImU32 red, yellow, green, blue, purple;  // colour labels 6 to 9, and purple
  float scale = 1;                         // multiply pixel sizes by it
  ImFont *regular = nullptr, *small = nullptr, *large = nullptr, *mono = nullptr;
  float px(float pixels) const { return pixels * scale; }
  ImU32 label_colour(std::string_view label) const;  // 0: no known colour
};

const Theme &theme();
// Sets ImGui's style too. name: "dark", "light".
void use_theme(std::string_view name, float scale);
// Builds the font atlas for this scale; before the first frame, and again when the scale changes or texts have
// characters that it lacks (glyphs.h). extra: a font file for these, see Settings. Throws std::runtime_error with a
// text for people when DejaVu is not installed.
void load_fonts(float scale, const std::string &extra);

}  // namespace kalon::viewer
