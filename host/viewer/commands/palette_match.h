#pragma once
// How well what was typed fits a command: letters in order, as in "cmpfr" for "Compare four".

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace kalon::viewer {

struct PaletteMatch {
  double score = 0;             // higher is better; of an empty query 0
  std::vector<size_t> letters;  // bytes of the text that were matched, ascending
};

// Each word of the query must be found in the text, its letters in order, without case (ASCII). What begins words, or
// follows on each other, counts more. Nothing when a word is not in it. [any]
std::optional<PaletteMatch> palette_match(std::string_view query, std::string_view text);

}  // namespace kalon::viewer
