#include "shell/glyphs.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "library/catalogue.h"

using namespace kalon::viewer;

namespace {

bool noted(unsigned code) {
  auto ranges = noted_glyphs();
  for (size_t i = 0; i + 1 < ranges.size(); i += 2)
    if (code >= ranges[i] && code <= ranges[i + 1]) return true;
  return false;
}

}  // namespace

// What the sources say is drawn by fonts as they are first loaded.
TEST_CASE("glyphs: signs of the program itself are usual") {
  namespace fs = std::filesystem;
  auto before = noted_glyphs_revision();
  size_t signs = 0;
  for (const auto &entry : fs::recursive_directory_iterator(std::string(KALON_SOURCE_DIR) + "/host/viewer")) {
    auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".h") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    signs += static_cast<size_t>(std::ranges::count_if(text, [](char letter) { return (letter & 0x80) != 0; }));
    note_glyphs(text);
    INFO(entry.path().native());
    CHECK(noted_glyphs_revision() == before);
  }
  CHECK(signs > 50);
}

// Code points by Unicode's charts.
TEST_CASE("glyphs: what is beyond the usual is noted once") {
  auto before = noted_glyphs_revision();
  shown_text("Straße 12, Ελλάδα, Москва — “ñ” → ★.jpg");
  CHECK(noted_glyphs_revision() == before);
  CHECK_FALSE(noted(0x5BCC));
  shown_text("\u5bcc\u58eb\u5c71 \u05e9\u05dc\u05d5\u05dd \u0250 \U0001f600");
  CHECK(noted_glyphs_revision() == before + 8);
  for (unsigned code : {0x5bccu, 0x58ebu, 0x5c71u, 0x05e9u, 0x05dcu, 0x05d5u, 0x05ddu, 0x0250u}) CHECK(noted(code));
  CHECK_FALSE(noted(0x05d6));
  CHECK_FALSE(noted(0xf600));
  shown_text("\u5bcc\u5bcc");
  CHECK(noted_glyphs_revision() == before + 8);
  auto ranges = noted_glyphs();
  REQUIRE(ranges.size() % 2 == 1);
  CHECK(ranges.back() == 0);
  CHECK(std::is_sorted(ranges.begin(), ranges.end() - 1));
}

TEST_CASE("glyphs: bytes that are no UTF-8 note nothing beyond the sign that stands for them") {
  auto before = noted_glyphs_revision();
  shown_text("\xff\xe5\xaf.jpg\xe5");
  note_glyphs("\xe5\xaf");
  note_glyphs("\xd0");
  note_glyph(0x110000);
  note_glyph(7);
  CHECK(noted_glyphs_revision() == before);
}
