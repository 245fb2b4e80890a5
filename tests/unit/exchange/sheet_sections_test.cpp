// How sections flow over a contact sheet: by hand, by properties, and found again on the drawn sheet.
#include <catch2/catch.hpp>
#include <random>

#include "exchange/contact_sheet.h"
#include "exchange/sheet_layout.h"

using namespace kalon;

namespace {

using Items = std::vector<size_t>;

// The rows of sections of these sizes.
Items rows_of(const std::vector<size_t> &sizes, int columns) {
  Items begins;
  size_t items = 0;
  for (size_t size : sizes) {
    begins.push_back(items);
    items += size;
  }
  return flow_into_rows(items, begins, columns).row_begins;
}

constexpr int kGround = 22;  // red

RgbImage filled(size_t i) {
  RgbImage image(300, 200);
  for (size_t p = 0; p < image.data.size(); p += 3) {
    image.data[p] = static_cast<uint8_t>(200 - i);
    image.data[p + 1] = static_cast<uint8_t>(100 + 2 * i);
    image.data[p + 2] = 20;
  }
  return image;
}

struct Box {
  int left = 1 << 30, top = 1 << 30, right = -1, bottom = -1;
};

Box find(const RgbImage &sheet, size_t i) {
  Box box;
  for (int y = 0; y < sheet.height; ++y) {
    for (int x = 0; x < sheet.width; ++x) {
      const uint8_t *pixel = sheet.row(y) + 3 * x;
      if (pixel[0] != 200 - i || pixel[1] != 100 + 2 * i || pixel[2] != 20) continue;
      box.left = std::min(box.left, x), box.right = std::max(box.right, x);
      box.top = std::min(box.top, y), box.bottom = std::max(box.bottom, y);
    }
  }
  return box;
}

// Whether the row of pixels is lighter than the ground from one place to another.
bool is_line(const RgbImage &sheet, int y, int left, int right) {
  for (int x = left; x <= right; ++x)
    if (sheet.row(y)[3 * x] <= kGround + 20) return false;
  return true;
}

bool is_ground(const RgbImage &sheet, int y, int left, int right) {
  for (int x = left; x <= right; ++x)
    if (sheet.row(y)[3 * x] != kGround) return false;
  return true;
}

}  // namespace

TEST_CASE("without sections rows are full") {
  CHECK(flow_into_rows(0, {}, 4).row_begins.empty());
  CHECK(flow_into_rows(10, {}, 4).row_begins == Items{0, 4, 8});
  CHECK(flow_into_rows(8, {0}, 4).row_begins == Items{0, 4});
  CHECK(flow_into_rows(8, {}, 4).cost == 0);
}

TEST_CASE("sections share rows, keep together, and go on where too much would stay empty") {
  CHECK(rows_of({3, 3, 3}, 9) == Items{0});
  CHECK(rows_of({20, 20}, 10) == Items{0, 10, 20, 30});
  CHECK(rows_of({9, 9, 9}, 10) == Items{0, 9, 18});
  CHECK(rows_of({8, 3, 4, 4, 3, 5, 3}, 8) == Items{0, 8, 15, 22});
  CHECK(rows_of({5, 12}, 6) == Items{0, 5, 11});        // no single picture ends a row
  CHECK(rows_of({2, 40}, 12) == Items{0, 12, 24, 36});  // ten empty cells would be too many
  CHECK(rows_of({1, 1, 1, 1, 1}, 2) == Items{0, 2, 4});
  CHECK(rows_of({4, 4}, 1) == Items{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("rows are never too long, and short only before a section") {
  std::mt19937_64 generator(1);
  for (int round = 0; round < 2000; ++round) {
    int columns = 1 + static_cast<int>(generator() % 30);
    std::vector<size_t> sizes(1 + generator() % 20);
    for (size_t &size : sizes) size = 1 + generator() % (round % 2 == 0 ? 6 : 60);
    Items begins;
    size_t items = 0;
    for (size_t size : sizes) {
      begins.push_back(items);
      items += size;
    }
    auto flow = flow_into_rows(items, begins, columns);
    REQUIRE(flow.row_begins.front() == 0);
    REQUIRE(flow.cost >= 0);
    for (size_t row = 1; row <= flow.row_begins.size(); ++row) {
      size_t end = row < flow.row_begins.size() ? flow.row_begins[row] : items;
      size_t length = end - flow.row_begins[row - 1];
      REQUIRE((length >= 1 && length <= static_cast<size_t>(columns)));
      bool at_section = end == items || std::binary_search(begins.begin(), begins.end(), end);
      REQUIRE((at_section || length == static_cast<size_t>(columns)));
    }
  }
}

TEST_CASE("layouts with sections stay within their bounds") {
  std::mt19937_64 generator(2);
  for (size_t count : {2, 7, 61, 2000}) {
    for (int columns : {0, 1, 40}) {
      for (int cell : {16, 256, 100000}) {
        for (size_t sections : {size_t{2}, count / 3 + 2, count}) {
          SheetRequest request;
          request.items = count;
          request.columns = columns;
          request.cell = cell;
          request.title = request.subtitle = request.captions = request.sub_captions = true;
          request.proportions.assign(std::min<size_t>(count, 48), 1.5);
          for (size_t s = 0; s < std::min(sections, count); ++s)
            request.sections.push_back(s * count / std::min(sections, count));
          auto layout = lay_out_sheet(request);
          INFO(count << " items, " << columns << " columns, cell " << cell << ", " << sections << " sections");
          bool bounded = layout.width <= max_sheet_side && layout.max_height <= max_sheet_side &&
                         int64_t{layout.width} * layout.max_height <= max_sheet_pixels;
          CHECK(bounded);
          bool holds = layout.items >= 1 && layout.items <= count &&
                       layout.row_begins.size() == static_cast<size_t>(layout.rows) &&
                       layout.opens_sections.size() == layout.row_begins.size() && layout.opens_sections[0] != 0;
          CHECK(holds);
        }
      }
    }
  }
}

TEST_CASE("a line stands over each section, and only over its part of the row") {
  SheetOptions options;
  options.columns = 6;
  options.sections = {{0, "first"}, {2, ""}, {6, "a caption"}, {14, ""}};
  std::vector<SheetItem> items(16);
  for (size_t i = 0; i < 16; ++i) items[i].caption = "name";
  auto sheet = draw_contact_sheet(items, options, filled);
  std::vector<Box> boxes;
  for (size_t i = 0; i < 16; ++i) boxes.push_back(find(sheet, i));
  // Two and four in the first row, eight from the second on, two behind them.
  REQUIRE(boxes[5].top == boxes[0].top);
  REQUIRE(boxes[6].top > boxes[5].bottom);
  REQUIRE(boxes[15].top == boxes[12].top);
  auto line_over = [&](size_t first, size_t last) {
    for (int y = boxes[first].top - 30; y < boxes[first].top - 3; ++y)
      if (y >= 0 && is_line(sheet, y, boxes[last].left, boxes[last].right)) return y;
    return -1;
  };
  int over_first = line_over(0, 1), over_third = line_over(6, 11), over_last = line_over(14, 15);
  REQUIRE(over_first > 0);
  REQUIRE(over_third > 0);
  REQUIRE(over_last > 0);
  CHECK(is_line(sheet, over_first, boxes[2].left, boxes[5].right));
  CHECK(is_ground(sheet, over_first, boxes[1].right + 2, boxes[2].left - 2));
  CHECK(is_ground(sheet, over_first, boxes[5].right + 2, sheet.width - 1));
  // The row that only goes on with a section has none over its pictures.
  CHECK(is_ground(sheet, over_last, boxes[12].left, boxes[13].right));
  // Captions stand at the line's start; a section without one begins with its line.
  CHECK_FALSE(is_line(sheet, over_first, boxes[0].left, boxes[0].right));
  CHECK_FALSE(is_line(sheet, over_third, boxes[6].left, boxes[6].right));
  CHECK(is_line(sheet, over_last, boxes[14].left, boxes[14].right));

  // One section is none.
  options.sections = {{0, "all"}};
  auto whole = draw_contact_sheet(items, options, filled);
  options.sections.clear();
  auto plain = draw_contact_sheet(items, options, filled);
  CHECK(whole.data == plain.data);
}

TEST_CASE("sections of a sampled sheet") {
  SheetOptions options;
  options.max_items = 4;
  options.columns = 4;
  // Shown are 0, 33, 67 and 100; the second section has none of them.
  options.sections = {{0, ""}, {1, ""}, {30, ""}, {70, ""}};
  std::vector<size_t> asked;
  auto sheet = draw_contact_sheet(std::vector<SheetItem>(101), options, [&](size_t i) {
    asked.push_back(i);
    return filled(asked.size() - 1);
  });
  REQUIRE(asked == Items{0, 33, 67, 100});
  std::vector<Box> boxes;
  for (size_t i = 0; i < 4; ++i) boxes.push_back(find(sheet, i));
  REQUIRE(boxes[3].top == boxes[0].top);
  int y = boxes[0].top - 4;  // above the edge of the picture
  while (y > 0 && !is_line(sheet, y, boxes[0].left, boxes[0].right)) --y;
  REQUIRE(y > 0);
  CHECK(is_ground(sheet, y, boxes[0].right + 2, boxes[1].left - 2));
  CHECK(is_line(sheet, y, boxes[1].left, boxes[2].right));
  CHECK(is_ground(sheet, y, boxes[2].right + 2, boxes[3].left - 2));
}
