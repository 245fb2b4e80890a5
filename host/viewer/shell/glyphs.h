#pragma once
// Characters that texts were seen to have beyond those that are always there: fonts are loaded with these alone, since
// all of a font for Chinese, Japanese and Korean would take longer than everything else at the start.

#include <string_view>
#include <vector>

#include <imgui/imgui.h>

namespace kalon::viewer {

// Latin, Greek, Cyrillic, punctuation, and the signs that the program itself draws: pairs of first and last
// character, ended by 0.
const ImWchar *usual_glyphs();

// Notes what is in a text (valid UTF-8) that goes to the screen. [any]
void note_glyphs(std::string_view text);
void note_glyph(unsigned code);
// Grows when a character was noted for the first time. [any]
unsigned noted_glyphs_revision();
// All that were noted, as pairs of first and last ended by 0; empty when there are none. [any]
std::vector<ImWchar> noted_glyphs();

}  // namespace kalon::viewer
