#pragma once
// Lines of text drawn with FreeType: unhinted horizontally, placed at quarter pixels, blended in linear light.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "image/pixels.h"

struct FT_LibraryRec_;
struct FT_FaceRec_;

namespace kalon {

enum class Weight { regular, bold };

struct TextStyle {
  Weight weight = Weight::regular;
  double size = 13;  // pixels per em
  Colour8 colour;
};

// DejaVu Sans of the system. Not thread-safe.
class TextPainter {
 public:
  TextPainter();  // missing_feature when the fonts are not installed
  ~TextPainter();
  TextPainter(const TextPainter &) = delete;
  TextPainter &operator=(const TextPainter &) = delete;

  // Advance of the line in pixels; text is UTF-8 (anything else is shown as U+FFFD), control characters are spaces.
  double width(std::string_view text, const TextStyle &style);
  // The text, with '…' for as much of its middle as must go to fit.
  std::string elided(std::string_view text, const TextStyle &style, double max_width);
  // Draws with the baseline's start at (x, baseline); what lies outside of the image is clipped. Returns the advance.
  double draw(RgbImage &image, double x, int baseline, std::string_view text, const TextStyle &style);

 private:
  struct Glyph {
    int left = 0, top = 0, width = 0, height = 0;
    std::vector<uint8_t> coverage;
  };
  FT_FaceRec_ *face(const TextStyle &style);
  double advance(const TextStyle &style, uint32_t previous, uint32_t glyph);
  const Glyph &glyph(const TextStyle &style, uint32_t index, int quarter);

  FT_LibraryRec_ *library_ = nullptr;
  FT_FaceRec_ *faces_[2] = {nullptr, nullptr};
  double face_sizes_[2] = {0, 0};
  std::map<std::tuple<int, int, uint32_t, int>, Glyph> glyphs_;
};

// A blend of the colour over the pixel in linear light, coverage 0..255.
void blend(uint8_t *pixel, Colour8 colour, int coverage);

}  // namespace kalon
