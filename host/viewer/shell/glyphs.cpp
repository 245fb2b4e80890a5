#include "shell/glyphs.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace kalon::viewer {
namespace {

constexpr ImWchar usual[] = {0x0020, 0x024f, 0x0370, 0x03ff, 0x0400, 0x052f, 0x1e00, 0x1eff, 0x2010, 0x205e, 0x2070,
                             0x209c, 0x20a0, 0x20bf, 0x2100, 0x214f, 0x2190, 0x21ff, 0x2200, 0x22ff, 0x2300, 0x23ff,
                             0x2500, 0x25ff, 0x2600, 0x26ff, 0x2700, 0x27bf, 0xfffd, 0xfffd, 0};

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
