#include "exchange/sheet_text.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace kalon {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr size_t max_line_characters = 400;

std::string find_font(const std::string &name) {
  std::vector<std::filesystem::path> bases;
  auto add = [&](const char *variable, const char *folder) {
    if (const char *value = std::getenv(variable); value && value[0] == '/')
      bases.push_back(std::filesystem::path(value) / folder);
  };
  add("XDG_DATA_HOME", "fonts");
  add("HOME", ".local/share/fonts");
  add("HOME", ".fonts");
  std::string_view folders = "/usr/local/share:/usr/share";
  if (const char *value = std::getenv("XDG_DATA_DIRS"); value && *value) folders = value;
  for (auto list : {folders, std::string_view("/usr/share")}) {
    while (!list.empty()) {
      auto end = std::min(list.find(':'), list.size());
      if (list.starts_with('/')) bases.push_back(std::filesystem::path(list.substr(0, end)) / "fonts");
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  }
  std::error_code error;
  for (const auto &base : bases)
    for (const char *folder : {"truetype/dejavu", "dejavu", "TTF", "dejavu-sans-fonts", ""})
      if (auto path = base / folder / name; std::filesystem::is_regular_file(path, error)) return path;
  throw Error(Status::missing_feature, "the font is not installed; install the package fonts-dejavu-core", name);
}

// Code points of text that display_text() made valid; control characters become spaces.
std::vector<uint32_t> code_points(std::string_view raw) {
  // Far more than any line shows; the middle is lost in the ellipsis anyway.
  std::string shortened;
  if (raw.size() > 16 * max_line_characters) {
    auto tail = raw.substr(raw.size() - 4 * max_line_characters);
    while (!tail.empty() && (static_cast<uint8_t>(tail[0]) & 0xc0) == 0x80) tail.remove_prefix(1);
    shortened = std::string(shorten_utf8(raw, 4 * max_line_characters)) + std::string(ellipsis) + std::string(tail);
    raw = shortened;
  }
  auto text = display_text(raw);
  std::vector<uint32_t> points;
  for (size_t i = 0; i < text.size();) {
    auto byte = static_cast<uint8_t>(text[i]);
    size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? byte : byte & (0xffu >> (length + 1));
    for (size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<uint8_t>(text[i + k]) & 63u);
    points.push_back(point < 0x20 || (point >= 0x7f && point < 0xa0) ? ' ' : point);
    i += length;
  }
  return points;
}

void append_utf8(std::string &out, uint32_t point) {
  auto byte = [&](uint32_t value) { out += static_cast<char>(static_cast<uint8_t>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | point >> 6), byte(0x80 | (point & 63));
  } else if (point < 0x10000) {
    byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63));
  } else {
    byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
        byte(0x80 | (point & 63));
  }
}

// Marks that belong to the character before them, as names in decomposed form have them.
bool combining(uint32_t point) {
  return (point >= 0x300 && point < 0x370) || (point >= 0x1ab0 && point < 0x1b00) ||
         (point >= 0x20d0 && point < 0x2100) || (point >= 0xfe00 && point < 0xfe10) || point == 0x200d;
}

struct Transfer {
  std::array<float, 256> linear;
  std::array<uint8_t, 4097> encoded;
  Transfer() {
    for (size_t i = 0; i < linear.size(); ++i) {
      double v = static_cast<double>(i) / 255;
      linear[i] = static_cast<float>(v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
    }
    for (size_t i = 0; i < encoded.size(); ++i) {
      double v = static_cast<double>(i) / 4096;
      double e = v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
      encoded[i] = static_cast<uint8_t>(std::lround(e * 255));
    }
  }
};

}  // namespace

void blend(uint8_t *pixel, Colour8 colour, int coverage) {
  static const Transfer transfer;
  if (coverage <= 0) return;
  const uint8_t target[3] = {colour.red, colour.green, colour.blue};
  float share = static_cast<float>(std::min(coverage, 255)) / 255;
  for (int c = 0; c < 3; ++c) {
    float mixed = transfer.linear[pixel[c]] + (transfer.linear[target[c]] - transfer.linear[pixel[c]]) * share;
    pixel[c] = transfer.encoded[static_cast<size_t>(mixed * 4096 + 0.5f)];
  }
}

TextPainter::TextPainter() {
  auto regular = find_font("DejaVuSans.ttf"), bold = find_font("DejaVuSans-Bold.ttf");
  if (FT_Init_FreeType(&library_) != 0) throw Error(Status::internal, "FreeType cannot be started");
  const std::string files[2] = {regular, bold};
  for (int i = 0; i < 2; ++i) {
    if (FT_New_Face(library_, files[i].c_str(), 0, &faces_[i]) == 0) continue;
    FT_Done_FreeType(library_);
    throw Error(Status::missing_feature, "the font cannot be read; install the package fonts-dejavu-core again",
                files[i]);
  }
}

TextPainter::~TextPainter() {
  FT_Done_FreeType(library_);
}

FT_FaceRec_ *TextPainter::face(const TextStyle &style) {
  auto which = static_cast<size_t>(style.weight);
  if (face_sizes_[which] != style.size) {
    FT_Set_Char_Size(faces_[which], 0, static_cast<FT_F26Dot6>(std::lround(style.size * 64)), 72, 72);
    face_sizes_[which] = style.size;
  }
  return faces_[which];
}

double TextPainter::advance(const TextStyle &style, uint32_t previous, uint32_t index) {
  auto *font = face(style);
  double scale = style.size / font->units_per_EM;
  double total = 0;
  if (previous != 0) {
    FT_Vector kerning{};
    if (FT_Get_Kerning(font, previous, index, FT_KERNING_UNSCALED, &kerning) == 0)
      total += static_cast<double>(kerning.x) * scale;
  }
  if (FT_Load_Glyph(font, index, FT_LOAD_NO_SCALE) == 0)
    total += static_cast<double>(font->glyph->metrics.horiAdvance) * scale;
  return total;
}

const TextPainter::Glyph &TextPainter::glyph(const TextStyle &style, uint32_t index, int quarter) {
  auto key =
      std::make_tuple(static_cast<int>(style.weight), static_cast<int>(std::lround(style.size * 64)), index, quarter);
  auto found = glyphs_.find(key);
  if (found != glyphs_.end()) return found->second;
  auto *font = face(style);
  Glyph result;
  // Light hinting snaps heights to pixels and leaves widths alone.
  if (FT_Load_Glyph(font, index, FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP) == 0 &&
      font->glyph->format == FT_GLYPH_FORMAT_OUTLINE) {
    FT_Outline_Translate(&font->glyph->outline, quarter * 16, 0);
    if (FT_Render_Glyph(font->glyph, FT_RENDER_MODE_NORMAL) == 0) {
      const auto &bitmap = font->glyph->bitmap;
      result = {font->glyph->bitmap_left,
                font->glyph->bitmap_top,
                static_cast<int>(bitmap.width),
                static_cast<int>(bitmap.rows),
                {}};
      for (unsigned y = 0; y < bitmap.rows; ++y) {
        const uint8_t *row = bitmap.buffer + static_cast<ptrdiff_t>(y) * bitmap.pitch;
        result.coverage.insert(result.coverage.end(), row, row + bitmap.width);
      }
    }
  }
  return glyphs_.emplace(key, std::move(result)).first->second;
}

double TextPainter::width(std::string_view text, const TextStyle &style) {
  double total = 0;
  uint32_t previous = 0;
  for (uint32_t point : code_points(text)) {
    uint32_t index = FT_Get_Char_Index(face(style), point);
    total += advance(style, previous, index);
    previous = index;
  }
  return total;
}

std::string TextPainter::elided(std::string_view text, const TextStyle &style, double max_width) {
  auto points = code_points(text);
  auto joined = [&](size_t head, size_t tail) {
    std::string out;
    for (size_t i = 0; i < head; ++i) append_utf8(out, points[i]);
    while (!out.empty() && out.back() == ' ') out.pop_back();
    if (head + tail < points.size()) out += ellipsis;
    size_t begin = points.size() - tail;
    while (begin < points.size() && (combining(points[begin]) || points[begin] == ' ')) ++begin;
    for (size_t i = begin; i < points.size(); ++i) append_utf8(out, points[i]);
    return out;
  };
  auto whole = joined(points.size(), 0);
  if (width(whole, style) <= max_width) return whole;
  // Both ends stay: beginnings name a series, ends tell its members apart.
  size_t low = 0, high = points.size() - 1;
  while (low < high) {
    size_t kept = (low + high + 1) / 2;
    if (width(joined(kept - kept / 2, kept / 2), style) <= max_width)
      low = kept;
    else
      high = kept - 1;
  }
  if (low == 0 && width(ellipsis, style) > max_width) return {};
  return joined(low - low / 2, low / 2);
}

double TextPainter::draw(RgbImage &image, double x, int baseline, std::string_view text, const TextStyle &style) {
  double pen = x;
  uint32_t previous = 0;
  for (uint32_t point : code_points(text)) {
    uint32_t index = FT_Get_Char_Index(face(style), point);
    double step = advance(style, previous, index);
    double own = advance(style, 0, index);
    double start = std::round((pen + step - own) * 4) / 4;
    int whole = static_cast<int>(std::floor(start));
    const auto &shape = glyph(style, index, static_cast<int>((start - whole) * 4));
    for (int row = 0; row < shape.height; ++row) {
      int image_y = baseline - shape.top + row;
      if (image_y < 0 || image_y >= image.height) continue;
      for (int column = 0; column < shape.width; ++column) {
        int image_x = whole + shape.left + column;
        if (image_x < 0 || image_x >= image.width) continue;
        int coverage =
            shape.coverage[static_cast<size_t>(row) * static_cast<size_t>(shape.width) + static_cast<size_t>(column)];
        blend(image.row(image_y) + 3 * image_x, style.colour, coverage);
      }
    }
    pen += step;
    previous = index;
  }
  return pen - x;
}

}  // namespace kalon
