// Cells of one colour each, found again on the sheet; and how large sheets may become.
#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "exchange/grid_sheet.h"

using namespace kalon;

TEST_CASE("cells fit the largest sheet and are as large as they can be") {
  for (auto [columns, rows] :
       {std::pair<int64_t, int64_t>{1, 1}, {13, 10}, {400, 250}, {1, 16384}, {9000, 7000}, {3, 3}}) {
    CAPTURE(columns, rows);
    int64_t largest = largest_grid_cell(columns, rows), next = largest + 1;
    auto fits = [&, columns = columns, rows = rows](int64_t cell) {
      return columns * cell <= 16384 && rows * cell <= 16384 && columns * rows * cell * cell <= 100'000'000;
    };
    CHECK(fits(largest));
    CHECK_FALSE(fits(next));
    int64_t chosen = default_grid_cell(columns, rows);
    CHECK(chosen >= 1);
    CHECK(chosen <= std::min<int64_t>(320, largest));
    CHECK((chosen == 1 || columns * rows * chosen * chosen <= 16'000'000));
  }
  CHECK(largest_grid_cell(16385, 1) == 0);
  CHECK(default_grid_cell(16385, 1) == 0);
  CHECK(largest_grid_cell(20000, 20000) == 0);
  CHECK(default_grid_cell(2, 2) == 320);
}

TEST_CASE("each picture fills its cell") {
  // Of many shapes and sizes, also smaller than the cell; every third one is missing.
  constexpr int columns = 5, rows = 4, side = 20;
  auto level = [](int64_t cell) { return static_cast<uint8_t>(30 + 10 * cell); };
  auto sheet = draw_grid_sheet({columns, rows, side}, [&](int64_t cell) {
    if (cell % 3 == 2) return RgbImage();
    RgbImage picture(static_cast<int>(1 + cell * 7), static_cast<int>(1 + (columns * rows - cell) * 3));
    std::fill(picture.data.begin(), picture.data.end(), level(cell));
    return picture;
  });
  REQUIRE(sheet.width == columns * side);
  REQUIRE(sheet.height == rows * side);
  for (int y = 0; y < sheet.height; ++y)
    for (int x = 0; x < sheet.width; ++x) {
      int cell = y / side * columns + x / side;
      const uint8_t *pixel = sheet.row(y) + 3 * x;
      // The filter keeps a plane of one level as it is.
      bool right = cell % 3 == 2 ? pixel[0] == 22 && pixel[1] == 23 && pixel[2] == 26
                                 : pixel[0] == level(cell) && pixel[1] == level(cell) && pixel[2] == level(cell);
      if (!right) FAIL("pixel " << x << " " << y);
    }
}

TEST_CASE("what is shown is the middle of the picture") {
  RgbImage picture(90, 30);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 90; ++x) picture.row(y)[3 * x + x / 30] = 200;
  auto sheet = draw_grid_sheet({1, 1, 30}, [&](int64_t) { return picture; });
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 30; ++x) {
      const uint8_t *pixel = sheet.row(y) + 3 * x;
      if (pixel[0] != 0 || pixel[1] != 200 || pixel[2] != 0) FAIL("pixel " << x << " " << y);
    }
}
