#include "store/fold.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"

namespace kalon {
namespace {

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

uint8_t lower(char c) {
  return static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

// One character, or one byte that is none (told apart by its high bit), lower case as far as it is ASCII.
struct Unit {
  uint32_t value;
  size_t length;
};

Unit unit_at(std::string_view text, size_t position) {
  auto first = static_cast<uint8_t>(text[position]);
  if (first < 0x80) return {lower(text[position]), 1};
  utf8proc_int32_t character = -1;
  auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t *>(text.data()) + position,
                                 static_cast<utf8proc_ssize_t>(text.size() - position), &character);
  if (length <= 0 || character < 0) return {0x80000000u | first, 1};
  return {static_cast<uint32_t>(character), static_cast<size_t>(length)};
}

// Matches one pattern element at `at` against a character; gives the element's length, 0 when it is a [ without ].
size_t match_class(std::string_view pattern, size_t at, uint32_t character, bool &matches) {
  size_t i = at + 1;
  bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      matches = found != negated;
      return i + 1 - at;
    }
    Unit low = unit_at(pattern, i);
    i += low.length;
    Unit high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = unit_at(pattern, i + 1);
      i += 1 + high.length;
    }
    found = found || (character >= low.value && character <= high.value);
  }
  return 0;
}

}  // namespace

std::string fold(std::string_view text) {
  if (ascii(text) || !valid_utf8(text)) return ascii_lower(text);
  utf8proc_uint8_t *folded = nullptr;
  auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t *>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &folded, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  std::string result =
      length < 0 ? ascii_lower(text) : std::string(reinterpret_cast<char *>(folded), static_cast<size_t>(length));
  std::free(folded);
  return result;
}

int compare_folded(std::string_view text, std::string_view folded) {
  if (!ascii(text)) return fold(text).compare(folded);
  size_t common = std::min(text.size(), folded.size());
  for (size_t i = 0; i < common; ++i) {
    uint8_t left = lower(text[i]), right = static_cast<uint8_t>(folded[i]);
    if (left != right) return left < right ? -1 : 1;
  }
  return text.size() == folded.size() ? 0 : text.size() < folded.size() ? -1 : 1;
}

bool matches_glob(std::string_view raw, std::string_view pattern) {
  std::string folded;
  std::string_view text = raw;
  if (!ascii(raw)) text = folded = fold(raw);

  constexpr size_t none = std::string_view::npos;
  size_t t = 0, p = 0, star = none, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    Unit character = unit_at(text, t);
    size_t length = 0;
    bool same = false;
    if (p < pattern.size()) {
      if (pattern[p] == '?') {
        length = 1;
        same = true;
      } else if (pattern[p] == '[') {
        length = match_class(pattern, p, character.value, same);
      }
      if (length == 0) {
        Unit expected = unit_at(pattern, p);
        length = expected.length;
        same = expected.value == character.value;
      }
    }
    if (same) {
      p += length;
      t += character.length;
    } else if (star != none) {
      p = star + 1;
      star_text += unit_at(text, star_text).length;
      t = star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace kalon
