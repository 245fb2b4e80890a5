#include "shell/glyphs.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace kalon::viewer {
namespace {

// Rasterising is a part of the start that is felt: signs are those that the program itself draws (a test looks).
constexpr ImWchar usual[] = {0x0020, 0x024f, 0x0370, 0x03ff, 0x0400, 0x045f, 0x2010, 0x2026, 0x2030, 0x203a, 0x20ac,
                             0x20ac, 0x2190, 0x2193, 0x2212, 0x2212, 0x2264, 0x2265, 0x25be, 0x25be, 0x25cb, 0x25cb,
                             0x2605, 0x2606, 0x2713, 0x2713, 0x2717, 0x2717, 0xfffd, 0xfffd, 0};

// What ImGui can draw: characters of 16 bits.
constexpr unsigned characters = 0x10000;
std::array<std::atomic<uint64_t>, characters / 64> noted{};
std::atomic<unsigned> revision{0};

bool is_usual(unsigned code) {
  for (const ImWchar *range = usual; *range != 0; range += 2)
    if (code >= range[0] && code <= range[1]) return true;
  return false;
}

}  // namespace

const ImWchar *usual_glyphs() {
  return usual;
}

void note_glyph(unsigned code) {
  if (code < 0x20 || code >= characters || is_usual(code)) return;
  uint64_t bit = uint64_t{1} << (code % 64);
  auto &word = noted[code / 64];
  if ((word.load(std::memory_order_relaxed) & bit) != 0) return;
  if ((word.fetch_or(bit) & bit) == 0) ++revision;
}

void note_glyphs(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    auto byte = [&](size_t ahead) { return static_cast<unsigned char>(text[at + ahead]); };
    // Of two bytes only what lies beyond the Latin letters can be unusual; of four nothing can be drawn.
    if (byte(0) >= 0xc9 && byte(0) < 0xe0 && at + 1 < text.size()) note_glyph((byte(0) & 31u) << 6 | (byte(1) & 63u));
    if (byte(0) >= 0xe0 && byte(0) < 0xf0 && at + 2 < text.size())
      note_glyph((byte(0) & 15u) << 12 | (byte(1) & 63u) << 6 | (byte(2) & 63u));
  }
}

unsigned noted_glyphs_revision() {
  return revision;
}

std::vector<ImWchar> noted_glyphs() {
  std::vector<ImWchar> ranges;
  for (unsigned code = 0; code < characters; ++code) {
    if ((noted[code / 64].load(std::memory_order_relaxed) >> (code % 64) & 1) == 0) continue;
    auto glyph = static_cast<ImWchar>(code);
    if (!ranges.empty() && ranges.back() + 1u == code)
      ranges.back() = glyph;
    else
      ranges.insert(ranges.end(), {glyph, glyph});
  }
  if (!ranges.empty()) ranges.push_back(0);
  return ranges;
}

}  // namespace kalon::viewer
