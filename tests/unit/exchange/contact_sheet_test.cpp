// Generated pictures of one colour each, found again on the sheet. What a sheet looks like was judged by eye; here is
// what can be told by numbers.
#include <catch2/catch.hpp>
#include <set>

#include "base/text.h"
#include "exchange/contact_sheet.h"
#include "exchange/sheet_layout.h"
#include "exchange/sheet_text.h"

using namespace kalon;

namespace {

constexpr uint8_t ground[3] = {22, 23, 26};

RgbImage filled(int width, int height, Colour8 colour) {
  RgbImage image(width, height);
  for (size_t i = 0; i < image.data.size(); i += 3) {
    image.data[i] = colour.red;
    image.data[i + 1] = colour.green;
    image.data[i + 2] = colour.blue;
  }
  return image;
}

// The rectangle that the pixels of one colour fill.
struct Found {
  int left = 1 << 30, top = 1 << 30, right = -1, bottom = -1;
  int64_t pixels = 0;
  int width() const { return right - left + 1; }
  int height() const { return bottom - top + 1; }
};

Found find(const RgbImage &sheet, Colour8 colour) {
  Found found;
  for (int y = 0; y < sheet.height; ++y)
    for (int x = 0; x < sheet.width; ++x) {
      const uint8_t *pixel = sheet.row(y) + 3 * x;
      if (pixel[0] != colour.red || pixel[1] != colour.green || pixel[2] != colour.blue) continue;
      found.left = std::min(found.left, x), found.right = std::max(found.right, x);
      found.top = std::min(found.top, y), found.bottom = std::max(found.bottom, y);
      ++found.pixels;
    }
  return found;
}

std::vector<SheetItem> items(size_t count) {
  std::vector<SheetItem> result;
  for (size_t i = 0; i < count; ++i) result.push_back({std::to_string(i + 1) + " picture.jpg", "640 × 480"});
  return result;
}

Colour8 colour_of(size_t i) {
  return {static_cast<uint8_t>(60 + 15 * (i % 13)), static_cast<uint8_t>(250 - 17 * (i % 11)),
          static_cast<uint8_t>(100 + i)};
}

}  // namespace

TEST_CASE("pictures stand in reading order, whole, in their proportions, on one line per row") {
  SheetOptions options;
  options.title = "Title";
  options.subtitle = "subtitle";
  options.columns = 4;
  std::vector<size_t> asked;
  auto sheet = draw_contact_sheet(items(10), options, [&](size_t i) {
    asked.push_back(i);
    return i == 5 ? filled(320, 480, colour_of(i)) : filled(480, 320, colour_of(i));
  });
  CHECK(asked == std::vector<size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  std::vector<Found> found;
  for (size_t i = 0; i < 10; ++i) found.push_back(find(sheet, colour_of(i)));
  for (size_t i = 0; i < 10; ++i) {
    INFO(i);
    // A quiet edge of one pixel lies around each picture, and its corners are round; the rest is there.
    REQUIRE(found[i].pixels > 0);
    CHECK(found[i].pixels >= int64_t{found[i].width()} * found[i].height() - 40);
    double proportion = (found[i].width() + 2.0) / (found[i].height() + 2.0);
    CHECK(proportion == Approx(i == 5 ? 2.0 / 3 : 1.5).epsilon(0.02));
    if (i != 5) CHECK(found[i].width() + 2 == 256);
    if (i % 4 != 0) {
      CHECK(found[i].left > found[i - 1].right + 10);
      CHECK(found[i].bottom == found[i - 1].bottom);
    }
    if (i >= 4) CHECK(found[i].top > found[i - 4].bottom + 30);
  }
  // The narrow picture is centred in its column.
  CHECK(std::abs((found[5].left + found[5].right) - (found[1].left + found[1].right)) <= 1);
  // Equal margins, and nothing in them.
  int left = found[0].left, right = sheet.width - 1 - found[3].right;
  CHECK(left == right);
  for (int y = 0; y < sheet.height; ++y)
    for (int x : {0, left - 3, sheet.width - left + 2, sheet.width - 1})
      if (!std::equal(ground, ground + 3, sheet.row(y) + 3 * x)) FAIL("a mark in the margin at " << x << ", " << y);
}

TEST_CASE("captions and titles are drawn where they belong, and only when they are there") {
  auto lit = [](const RgbImage &sheet, int top, int bottom, int left, int right) {
    int count = 0;
    for (int y = std::max(top, 0); y < std::min(bottom, sheet.height); ++y)
      for (int x = std::max(left, 0); x < std::min(right, sheet.width); ++x) count += sheet.row(y)[3 * x] > 90;
    return count;
  };
  Colour8 colour{40, 90, 50};  // with its lighter edge still darker than text
  auto picture = [&](size_t) { return filled(300, 200, colour); };
  SheetOptions options;
  auto bare = draw_contact_sheet(std::vector<SheetItem>(1), options, picture);
  CHECK(lit(bare, 0, bare.height, 0, bare.width) == 0);

  options.title = "Title";
  auto titled = draw_contact_sheet({{"caption", ""}}, options, picture);
  auto where = find(titled, colour);
  CHECK(lit(titled, 0, where.top, 0, titled.width) > 100);
  int below = lit(titled, where.bottom + 1, titled.height, where.left, where.right);
  CHECK(below > 30);
  CHECK(lit(titled, where.bottom + 1, titled.height, 0, titled.width) == below);
  auto both = draw_contact_sheet({{"caption", "second line"}}, options, picture);
  auto again = find(both, colour);
  CHECK(lit(both, again.bottom + 1, both.height, again.left, again.right) > below + 30);
}

TEST_CASE("odd pictures and odd texts") {
  SheetOptions options;
  std::vector<SheetItem> odd = {{"", ""},
                                {std::string("bad \xff\xfe utf-8 \x01\n\t", 16), ""},
                                {"日本語 العربية 🎉 e\xcc\x81", "עברית"},
                                {std::string(100000, 'w'), std::string(5000, '\xe2')},
                                {"123456789012 ", "1 "},
                                {"7", ""},
                                {"x", "y"}};
  auto picture = [](size_t i) {
    if (i == 0) return RgbImage();
    if (i == 1) return filled(1, 1, {200, 10, 10});
    if (i == 2) return filled(5000, 1, {10, 200, 10});
    if (i == 3) return filled(1, 5000, {10, 10, 200});
    if (i == 4) {
      auto broken = filled(10, 10, {});
      broken.data.resize(7);
      return broken;
    }
    return filled(3000, 2000, {90, 90, 90});
  };
  auto sheet = draw_contact_sheet(odd, options, picture);
  CHECK(sheet.data.size() == static_cast<size_t>(sheet.width) * static_cast<size_t>(sheet.height) * 3);
  CHECK(find(sheet, {31, 32, 36}).pixels > 1000);  // the plain tiles
  CHECK(find(sheet, {90, 90, 90}).pixels > 1000);

  auto nothing = draw_contact_sheet({}, options, picture);
  CHECK(nothing.width >= 300);
  CHECK(nothing.height >= 50);
}

TEST_CASE("too many items are sampled evenly, and the subtitle has room to say so") {
  SheetOptions options;
  options.max_items = 7;
  options.cell = 80;
  std::vector<size_t> asked;
  auto picture = [&](size_t i) {
    asked.push_back(i);
    return RgbImage();
  };
  auto sheet = draw_contact_sheet(items(61), options, picture);
  CHECK(asked == std::vector<size_t>{0, 10, 20, 30, 40, 50, 60});
  auto without = draw_contact_sheet(items(7), options, picture);
  CHECK(sheet.height > without.height);

  asked.clear();
  auto many = draw_contact_sheet(items(2500), SheetOptions(), picture);
  CHECK(asked.size() == 2000);
  CHECK(std::set<size_t>(asked.begin(), asked.end()).size() == 2000);
  CHECK(std::is_sorted(asked.begin(), asked.end()));
  CHECK(int64_t{many.width} * many.height <= max_sheet_pixels);
}

TEST_CASE("layouts stay within their bounds and near 4:3") {
  for (size_t count : {1, 2, 7, 61, 500, 2000, 100000}) {
    for (int columns : {0, 1, 3, 40, 5000}) {
      for (int cell : {-5, 16, 60, 256, 512, 100000}) {
        for (double proportion : {0.01, 0.67, 1.0, 1.5, 100.0}) {
          SheetRequest request;
          request.items = count;
          request.columns = columns;
          request.cell = cell;
          request.title = request.subtitle = request.captions = request.sub_captions = true;
          request.proportions.assign(std::min<size_t>(count, 48), proportion);
          auto layout = lay_out_sheet(request);
          INFO(count << " items, " << columns << " columns, cell " << cell << ", " << proportion);
          bool bounded = layout.width <= max_sheet_side && layout.max_height <= max_sheet_side &&
                         int64_t{layout.width} * layout.max_height <= max_sheet_pixels;
          CHECK(bounded);
          bool holds = layout.items >= 1 && layout.items <= count &&
                       static_cast<size_t>(layout.rows) * static_cast<size_t>(layout.columns) >= layout.items;
          CHECK(holds);
          if (columns == 0 && count == 500 && cell == 256 && proportion == 1.5)
            CHECK(static_cast<double>(layout.width) / layout.max_height == Approx(4.0 / 3).epsilon(0.15));
        }
      }
    }
  }
  SheetRequest usual;
  usual.items = 2000;
  usual.captions = true;
  CHECK(lay_out_sheet(usual).items == 2000);
  CHECK(lay_out_sheet(usual).caption_height > 0);
}

TEST_CASE("even samples") {
  CHECK(evenly_sampled(0, 5).empty());
  CHECK(evenly_sampled(3, 5) == std::vector<size_t>{0, 1, 2});
  CHECK(evenly_sampled(9, 1) == std::vector<size_t>{0});
  CHECK(evenly_sampled(101, 3) == std::vector<size_t>{0, 50, 100});
}

TEST_CASE("texts are shortened in their middle") {
  TextPainter painter;
  TextStyle style{Weight::regular, 13, {255, 255, 255}};
  CHECK(painter.elided("short.jpg", style, 200) == "short.jpg");
  auto cut = painter.elided("IMG_20230514_102233_burst_0123.jpg", style, 120);
  CHECK(cut.starts_with("IMG_"));
  CHECK(cut.ends_with(".jpg"));
  CHECK(cut.find("…") != std::string::npos);
  CHECK(painter.width(cut, style) <= 120);
  CHECK(painter.width(cut, style) > 100);
  CHECK(painter.elided("anything", style, 3).empty());
  CHECK(painter.elided("", style, 3).empty());
  // An accent of its own never loses its letter.
  std::string accents;
  for (int i = 0; i < 60; ++i) accents += "e\xcc\x81";
  for (int room = 10; room < 200; room += 7) {
    auto text = painter.elided(accents, style, room);
    CHECK(valid_utf8(text));
    CHECK(text.find("…\xcc\x81") == std::string::npos);
  }
}

TEST_CASE("widths agree with the fonts' own numbers") {
  // Advances from the hmtx table of DejaVu Sans 2.37, in 1/2048 em (fontTools): A 1401, V 1401, space 651.
  TextPainter painter;
  TextStyle style{Weight::regular, 2048, {}};
  CHECK(painter.width("A", style) == Approx(1401));
  CHECK(painter.width(" ", style) == Approx(651));
  CHECK(painter.width("A A", style) == Approx(1401 + 651 + 1401).margin(300));  // kerning pairs with the space exist
  TextStyle bold{Weight::bold, 2048, {}};
  CHECK(painter.width("A", bold) == Approx(1585));
}

TEST_CASE("blending is done in linear light") {
  // Half of white over black, by IEC 61966-2-1: 1.055 * 0.5^(1/2.4) - 0.055 = 0.7354, that is 188 of 255.
  uint8_t pixel[3] = {0, 0, 0};
  blend(pixel, {255, 255, 255}, 128);
  CHECK(pixel[0] == Approx(188).margin(1));
  uint8_t same[3] = {10, 20, 30};
  blend(same, {200, 100, 50}, 0);
  CHECK((same[0] == 10 && same[1] == 20 && same[2] == 30));
  blend(same, {200, 100, 50}, 255);
  CHECK((same[0] == 200 && same[1] == 100 && same[2] == 50));
}
