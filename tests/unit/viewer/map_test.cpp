#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "views/map_cells.h"
#include "views/map_pick.h"
#include "views/map_plane.h"

using namespace kalon::viewer;

namespace {

double between_two(std::mt19937 &random, double low, double high) {
  return low + (high - low) * static_cast<double>(random()) / 4294967295.0;
}

// What lies at this many pixels from the middle of the window.
std::pair<double, double> seen_at(const Camera &camera, double x, double y) {
  return {camera.x + x / camera.scale, camera.y + y / camera.scale};
}

// Every cell of a plane, but those at which a number is divisible by `holes`.
MapResult result_with(int columns, int rows, unsigned holes, std::mt19937 &random, std::vector<ItemIndex> &items) {
  MapResult result;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column)
      if (random() % holes != 0) {
        items.push_back(static_cast<ItemIndex>(items.size()));
        result.placed.push_back({column, row, {}, {}});
      }
  result.plane = {columns, rows};
  return result;
}

}  // namespace

TEST_CASE("Zooming keeps what is under the cursor, all the way") {
  std::mt19937 random(3);
  for (int turn = 0; turn < 300; ++turn) {
    Camera camera{between_two(random, 0, 300), between_two(random, 0, 300), std::exp(between_two(random, -1, 6))};
    double x = between_two(random, -900, 900), y = between_two(random, -500, 500);
    auto wanted = zoomed(camera, std::exp(between_two(random, -2, 2)), x, y);
    auto under = seen_at(camera, x, y);
    for (double share : {0.0, 0.1, 0.37, 0.5, 0.93, 1.0}) {
      auto here = seen_at(between(camera, wanted, share), x, y);
      // A hundredth of a pixel.
      double most = 0.01 / std::min(camera.scale, wanted.scale);
      REQUIRE(std::abs(here.first - under.first) < most);
      REQUIRE(std::abs(here.second - under.second) < most);
    }
  }
}

TEST_CASE("A move without zoom is straight, and ends where it should") {
  Camera from{10, 20, 50}, to{30, 10, 50};
  auto half = between(from, to, 0.5);
  CHECK(half.x == Approx(20));
  CHECK(half.y == Approx(15));
  CHECK(half.scale == Approx(50));
  CHECK(alike(between(from, to, 1), to, {1000, 700}));
  CHECK_FALSE(alike(from, to, {1000, 700}));
}

TEST_CASE("All of the plane is shown, in the middle") {
  auto camera = showing_all({400, 250}, {1000, 700}, 0);
  CHECK(camera.scale == Approx(2.5));  // 1000 / 400 < 700 / 250
  CHECK(camera.x == 200);
  CHECK(camera.y == 125);
  auto kept = kept_on({-50, 900, 2.5}, {400, 250}, {1000, 700}, 1, 500);
  CHECK(kept.x == 200);  // as wide as the window
  CHECK(kept.y == 125);
  kept = kept_on({-50, 900, 100}, {400, 250}, {1000, 700}, 1, 500);
  CHECK(kept.x == 0);
  CHECK(kept.y == 250);
  CHECK(kept_on({0, 0, 9000}, {400, 250}, {1000, 700}, 1, 500).scale == 500);
}

TEST_CASE("Visible blocks are those whose squares touch the window, and never too many") {
  std::mt19937 random(5);
  for (int turn = 0; turn < 200; ++turn) {
    Plane plane{static_cast<int>(1 + random() % 400), static_cast<int>(1 + random() % 400)};
    WindowSize window{between_two(random, 50, 4000), between_two(random, 50, 2200)};
    Camera camera{between_two(random, 0, plane.columns), between_two(random, 0, plane.rows),
                  std::exp(between_two(random, -1, 6))};
    auto range = visible_blocks(camera, plane, window, 24, 3000);
    double side = std::ldexp(camera.scale, range.level);
    bool one_block = (1 << range.level) >= plane.columns && (1 << range.level) >= plane.rows;
    if (!one_block) {
      REQUIRE(range.count() <= 3000);
      REQUIRE(side >= 24);
    }
    int columns = (plane.columns + (1 << range.level) - 1) >> range.level,
        rows = (plane.rows + (1 << range.level) - 1) >> range.level;
    for (int column = 0; column < columns; ++column) {
      double left = window.width / 2 + (std::ldexp(column, range.level) - camera.x) * camera.scale;
      bool seen = left + side > 0 && left < window.width;
      if (seen) REQUIRE((column >= range.first_column && column < range.end_column));
    }
    REQUIRE(range.end_column <= columns);
    REQUIRE(range.end_row <= rows);
    // No lower level would have done: either its blocks are too small or there are too many of them.
    if (range.level > 0) {
      double half_width = window.width / 2 / camera.scale, half_height = window.height / 2 / camera.scale;
      int lower = range.level - 1;
      double block = std::ldexp(1.0, lower);
      double across = std::min(std::floor((camera.x + half_width) / block) + 1, std::ceil(plane.columns / block)) -
                      std::max(0.0, std::floor((camera.x - half_width) / block));
      double down = std::min(std::floor((camera.y + half_height) / block) + 1, std::ceil(plane.rows / block)) -
                    std::max(0.0, std::floor((camera.y - half_height) / block));
      REQUIRE((side / 2 < 24 || across * down > 3000));
    }
  }
}

TEST_CASE("A crop is a square of the picture, then all of it, never distorted") {
  for (auto [width, height] : {std::pair{300.0f, 200.0f}, {200.0f, 300.0f}, {100.0f, 100.0f}, {4000.0f, 10.0f}})
    for (float whole : {0.0f, 0.3f, 1.0f}) {
      auto crop = cell_crop(width, height, whole);
      float seen_aspect = (crop.u1 - crop.u0) * width / ((crop.v1 - crop.v0) * height);
      CHECK((crop.right - crop.left) / (crop.bottom - crop.top) == Approx(seen_aspect).epsilon(1e-3));
      if (whole == 0) CHECK(seen_aspect == Approx(1).epsilon(1e-3));
      if (whole == 1) CHECK(seen_aspect == Approx(width / height).epsilon(1e-3));
    }
}

TEST_CASE("Blocks count, average and are stood for as a look at all their cells says") {
  std::mt19937 random(9);
  std::vector<ItemIndex> items;
  auto result = result_with(53, 38, 3, random, items);
  MapCells cells;
  cells.set(result, items);
  auto shown = [](ItemIndex item) { return item % 4 != 0; };
  auto value = [](ItemIndex item) { return item % 5 == 0 ? NAN : static_cast<float>(item); };
  MapPyramid pyramid;
  pyramid.build(cells, shown);
  pyramid.set_values(cells, value);
  pyramid.set_chosen(cells, [](ItemIndex item) { return item % 97 == 1; });
  REQUIRE(pyramid.levels() == 7);  // 53 cells fit in 2^6
  for (int level = 0; level < pyramid.levels(); ++level)
    for (int row = 0; row <= (37 >> level); ++row)
      for (int column = 0; column <= (52 >> level); ++column) {
        uint32_t count = 0;
        double sum = 0, valued = 0;
        bool chosen = false;
        for (int y = row << level; y < (row + 1) << level; ++y)
          for (int x = column << level; x < (column + 1) << level; ++x) {
            auto item = cells.at(x, y);
            if (item == no_item || !shown(item)) continue;
            ++count;
            chosen = chosen || item % 97 == 1;
            if (!std::isnan(value(item))) sum += value(item), ++valued;
          }
        REQUIRE(pyramid.shown_count(level, column, row) == count);
        REQUIRE(pyramid.has_chosen(level, column, row) == chosen);
        if (valued > 0)
          REQUIRE(pyramid.value(level, column, row) == Approx(sum / valued).epsilon(1e-5));
        else
          REQUIRE(std::isnan(pyramid.value(level, column, row)));
        auto standing = pyramid.standing_for(level, column, row);
        REQUIRE((standing == no_cell) == (count == 0));
        if (standing == no_cell) continue;
        REQUIRE(shown(cells.item(standing)));
        REQUIRE(cells.column(standing) >> level == column);
        REQUIRE(cells.row(standing) >> level == row);
        // Zooming in leaves it where it is.
        if (level > 0)
          REQUIRE(pyramid.standing_for(level - 1, cells.column(standing) >> (level - 1),
                                       cells.row(standing) >> (level - 1)) == standing);
      }
}

TEST_CASE("The nearest point is the one that measuring all of them finds") {
  std::mt19937 random(13);
  for (size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{500}}) {
    std::vector<PlanePoint> points;
    for (size_t i = 0; i < count; ++i)
      points.push_back({static_cast<float>(random() % 60), static_cast<float>(random() % 60) + 0.25f});
    PointTree tree;
    tree.build(points);
    for (int probe = 0; probe < 300; ++probe) {
      double x = between_two(random, -10, 70), y = between_two(random, -10, 70), radius = between_two(random, 0.1, 4);
      double least = INFINITY;
      for (const auto &point : points) least = std::min(least, std::hypot(point.x - x, point.y - y));
      auto found = tree.nearest(x, y, radius);
      if (std::abs(least - radius) < 1e-4) continue;  // on the edge float decides
      REQUIRE((found != PointTree::none) == (least < radius));
      if (found != PointTree::none)
        REQUIRE(std::hypot(points[found].x - x, points[found].y - y) == Approx(least).margin(1e-4));
    }
    auto neighbours = tree.neighbours(30, 30, 10);
    REQUIRE(neighbours.size() == std::min<size_t>(10, count));
    std::vector<double> distances;
    for (const auto &point : points) distances.push_back(std::hypot(point.x - 30, point.y - 30));
    std::sort(distances.begin(), distances.end());
    for (size_t i = 0; i < neighbours.size(); ++i)
      REQUIRE(std::hypot(points[neighbours[i]].x - 30, points[neighbours[i]].y - 30) ==
              Approx(distances[i]).margin(1e-4));
  }
}

TEST_CASE("Rows of a grid become cells; what is no row is left out") {
  MapResult result;
  CHECK(result.take(R"({"column":2,"row":1,"photo":"00000000000000010000000000000002"})"));
  CHECK_FALSE(result.take("not JSON"));
  CHECK_FALSE(result.take(R"({"column":-1,"row":0,"photo":"00000000000000010000000000000002"})"));
  CHECK_FALSE(result.take(R"({"column":99999999,"row":0,"photo":"00000000000000010000000000000002"})"));
  CHECK_FALSE(result.take(R"({"column":0,"row":0,"photo":"short"})"));
  CHECK_FALSE(result.take(R"({"column":0.5,"row":0,"photo":"00000000000000010000000000000002"})"));
  REQUIRE(result.placed.size() == 1);
  CHECK(result.plane.columns == 3);
  CHECK(result.plane.rows == 2);
  CHECK(result.placed[0].photo == std::array<uint64_t, 2>{1, 2});
  CHECK_FALSE(result.take(R"([{"column":0,"row":0,"photo":"00000000000000010000000000000002"}])"));
  CHECK_FALSE(result.take(R"({"in":{"column":0,"row":0,"photo":"00000000000000010000000000000002"}})"));
  CHECK_FALSE(result.take(R"({"column":0,"row":0,"photo":"0000000000000001000000000000000g"})"));
  CHECK_FALSE(result.take(R"({"column":18446744073709551615,"row":0,"photo":"00000000000000010000000000000002"})"));
  // What the library does not know yet has a path alone.
  MapResult unknown;
  CHECK(unknown.take(R"({"column":0,"row":0,"photo":null,"uri":"file:///p/a%20b.jpg"})"));
  CHECK(unknown.placed[0].path == "/p/a b.jpg");
  CHECK_FALSE(unknown.take(R"({"column":0,"row":0,"photo":null})"));
  // Two in one cell: the first stays.
  CHECK(result.take(R"({"column":2,"row":1,"photo":"00000000000000030000000000000004"})"));
  MapCells cells;
  cells.set(result, {7, 8});
  CHECK(cells.at(2, 1) == 7);
  CHECK(cells.cell_of(8) == no_cell);
  CHECK(cells.at(3, 0) == no_item);
  CHECK(cells.at(0, -1) == no_item);
}

TEST_CASE("Steps pass over gaps and hidden pictures; rectangles take what they touch") {
  MapResult result;
  std::vector<ItemIndex> items;
  for (int column : {0, 1, 3, 4}) {
    result.placed.push_back({column, 0, {}, {}});
    items.push_back(static_cast<ItemIndex>(column));
  }
  result.plane = {5, 2};
  MapCells cells;
  cells.set(result, items);
  auto all = [](ItemIndex) { return true; };
  auto but_three = [](ItemIndex item) { return item != 3; };
  CHECK(cells.item(next_cell(cells, cells.cell_of(1), 1, 0, all)) == 3);
  CHECK(cells.item(next_cell(cells, cells.cell_of(1), 1, 0, but_three)) == 4);
  CHECK(cells.item(next_cell(cells, cells.cell_of(4), 1, 0, all)) == 4);
  CHECK(cells.item(next_cell(cells, cells.cell_of(0), 0, 1, all)) == 0);
  CHECK(items_within(cells, 0.5, 0.1, 3.2, 0.9, all) == std::vector<ItemIndex>{0, 1, 3});
  CHECK(items_within(cells, 3.2, 0.9, 0.5, 0.1, but_three) == std::vector<ItemIndex>{0, 1});
  CHECK(items_within(cells, -9, -9, -1, -1, all).empty());
  CHECK(items_within(cells, 5, 0, 9, 1, all).empty());
}
