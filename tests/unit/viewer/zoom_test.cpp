#include "views/zoom.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <set>
#include <utility>

using namespace kalon::viewer;

namespace {

// Cases without number, the same on every machine: mt19937 is the same everywhere, what is made of it here too.
class Cases {
 public:
  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>(random_() % 100001) / 100000);
  }
  int whole(int low, int high) { return low + static_cast<int>(random_() % static_cast<unsigned>(high - low + 1)); }
  Extent picture() { return {static_cast<double>(whole(1, 9000)), static_cast<double>(whole(1, 9000))}; }
  Box view() {
    return {static_cast<double>(whole(0, 500)), static_cast<double>(whole(0, 300)), static_cast<double>(whole(1, 2600)),
            static_cast<double>(whole(1, 1500))};
  }
  Zoom zoom(Extent picture, const Box &view) {
    auto least = least_scale(picture, view.extent());
    return {false, std::exp(between(std::log(least), std::log(largest_scale))), {between(-.2, 1.2), between(-.2, 1.2)}};
  }

 private:
  std::mt19937 random_{20261122};
};

bool is_whole(double value) {
  return value == std::round(value);
}

// Where a relative spot of the picture lies.
Spot on_screen(const Box &box, Spot spot) {
  return {box.left + spot.x * box.width, box.top + spot.y * box.height};
}

}  // namespace

TEST_CASE("a picture that fits is as large as it can be and in the middle") {
  // 5640 x 3172 in 1440 x 760: the height decides, 760 / 3172.
  Extent picture{5640, 3172};
  Box view{100, 40, 1440, 760};
  CHECK(fit_scale(picture, view.extent()) == Approx(760. / 3172));
  auto box = placed(Zoom{}, picture, view);
  CHECK(box.height == 760);
  CHECK(box.width == 1351);  // 5640 * 760 / 3172 = 1351.32
  CHECK(box.top == 40);
  CHECK(std::abs(box.left - (100 + (1440 - 1351) / 2.)) <= .5);
  // A small one is enlarged.
  CHECK(placed(Zoom{}, {100, 50}, view).width == 1440);
}

TEST_CASE("a picture lies on whole pixels and leaves no gap on one side alone") {
  Cases cases;
  for (int turn = 0; turn < 3000; ++turn) {
    auto picture = cases.picture();
    auto view = cases.view();
    auto zoom = cases.zoom(picture, view);
    auto box = placed(zoom, picture, view);
    CAPTURE(turn, picture.width, picture.height, view.width, view.height, zoom.scale);
    REQUIRE(is_whole(box.left));
    REQUIRE(is_whole(box.top));
    REQUIRE(is_whole(box.width));
    REQUIRE(is_whole(box.height));
    REQUIRE(std::abs(box.width - picture.width * zoom.scale) <= std::max(.5, 1 - picture.width * zoom.scale));
    // Half a pixel where the middle of the view is none.
    auto across = [&](double low, double high, double from, double to) {
      if (high - low <= to - from)
        REQUIRE(std::abs((low + high) / 2 - (from + to) / 2) <= .5);
      else {
        REQUIRE(low <= from + .5);
        REQUIRE(high >= to - .5);
      }
    };
    across(box.left, box.right(), view.left, view.right());
    across(box.top, box.bottom(), view.top, view.bottom());
  }
}

TEST_CASE("at 1:1 and whole enlargements every pixel of the picture is a square of pixels") {
  Cases cases;
  for (int scale : {1, 2, 3, 8})
    for (int turn = 0; turn < 200; ++turn) {
      auto picture = cases.picture();
      auto view = cases.view();
      Zoom zoom{false, static_cast<double>(scale), {cases.between(0, 1), cases.between(0, 1)}};
      auto box = placed(zoom, picture, view);
      REQUIRE(box.width == picture.width * scale);
      REQUIRE(box.height == picture.height * scale);
      REQUIRE(is_whole(box.left));
      REQUIRE(is_whole(box.top));
    }
}

TEST_CASE("the spot under the cursor stays while zooming, but where an edge of the picture comes in") {
  Cases cases;
  int stayed = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    auto picture = cases.picture();
    auto view = cases.view();
    auto before = limited(cases.zoom(picture, view), picture, view);
    auto from = placed(before, picture, view);
    Spot at{cases.between(view.left, view.right()), cases.between(view.top, view.bottom())};
    if (!from.holds(at)) continue;
    auto scale = cases.zoom(picture, view).scale;
    auto after = zoomed_at(before, scale, at, picture, view);
    auto to = placed(after, picture, view);
    Spot spot{(at.x - from.left) / from.width, (at.y - from.top) / from.height};
    auto now = on_screen(to, spot);
    // An axis on which the view reaches an edge of the picture cannot hold the spot.
    auto free_x = to.left < view.left - 1 && to.right() > view.right() + 1;
    auto free_y = to.top < view.top - 1 && to.bottom() > view.bottom() + 1;
    CAPTURE(turn, picture.width, picture.height, view.width, view.height, before.scale, scale);
    if (free_x) REQUIRE(std::abs(now.x - at.x) <= 1);
    if (free_y) REQUIRE(std::abs(now.y - at.y) <= 1);
    stayed += free_x && free_y;
    REQUIRE(after.scale == Approx(scale));
  }
  CHECK(stayed > 300);
}

TEST_CASE("zooming stops at the limits") {
  Extent picture{4000, 3000};
  Box view{0, 0, 800, 600};
  CHECK(zoomed_at(Zoom{}, 1000, {400, 300}, picture, view).scale == largest_scale);
  auto smallest = zoomed_at({false, 1, {.2, .2}}, .001, {400, 300}, picture, view);
  CHECK(smallest.fit);
  CHECK(smallest.centre.x == .2);
  // One that is smaller than the view goes down to 1:1.
  CHECK(zoomed_at(Zoom{}, .001, {400, 300}, {80, 60}, view).scale == 1);
  CHECK_FALSE(zoomed_at(Zoom{}, .001, {400, 300}, {80, 60}, view).fit);
}

TEST_CASE("dragging moves by so many pixels, up to the edges") {
  Extent picture{4000, 3000};
  Box view{10, 20, 800, 600};
  Zoom zoom{false, 1, {.5, .5}};
  auto before = placed(zoom, picture, view), after = placed(moved(zoom, 37, -41, picture, view), picture, view);
  CHECK(after.left - before.left == 37);
  CHECK(after.top - before.top == -41);
  auto corner = placed(moved(zoom, 1e6, 1e6, picture, view), picture, view);
  CHECK(corner.left == view.left);
  CHECK(corner.top == view.top);
  // What was dragged beyond an edge need not be dragged back.
  auto beyond = moved(zoom, 1e6, 0, picture, view);
  CHECK(placed(moved(beyond, -5, 0, picture, view), picture, view).left == view.left - 5);
  CHECK(moved(Zoom{}, 50, 50, picture, view).fit);
}

TEST_CASE("steps of the zoom go through the usual scales and the one that fits, there and back") {
  Extent picture{4000, 3000}, view{880, 660};  // fits at .22
  double scale = fit_scale(picture, view);
  std::vector<double> up;
  for (int step = 0; step < 20; ++step) {
    auto next = stepped_scale(scale, 1, picture, view);
    if (next == scale) break;
    up.push_back(scale = next);
  }
  CHECK(up == std::vector<double>{1. / 4, 1. / 3, 1. / 2, 2. / 3, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32});
  for (size_t i = up.size(); i-- > 1;) CHECK((scale = stepped_scale(scale, -1, picture, view)) == up[i - 1]);
  CHECK(stepped_scale(scale, -1, picture, view) == Approx(.22));
  CHECK(stepped_scale(.22, -5, picture, view) == Approx(.22));
  CHECK(stepped_scale(.22, 2, picture, view) == Approx(1. / 3));
}

TEST_CASE("the wheel stays where the picture fits and at 1:1 before it goes on") {
  Extent picture{4000, 3000}, view{880, 660};
  CHECK(turned_scale(.5, 3, picture, view) == 1);
  CHECK(turned_scale(.9, 1, picture, view) == 1);
  CHECK(turned_scale(1, 3, picture, view) == Approx(2));
  CHECK(turned_scale(1.1, -1, picture, view) == 1);
  CHECK(turned_scale(.25, -1, picture, view) == Approx(.22));
  CHECK(turned_scale(.22, -4, picture, view) == Approx(.22));
  CHECK(turned_scale(30, 9, picture, view) == largest_scale);
}

TEST_CASE("panes that are zoomed together show the same relative spot") {
  Box view{0, 0, 700, 500};
  Zoom shared{false, 1, {.3, .6}};
  for (auto picture : {Extent{4000, 3000}, Extent{3000, 4000}, Extent{1500, 900}}) {
    auto pane = of_pane(shared, {}, 1, picture, view.extent());
    auto box = placed(pane, picture, view);
    auto middle = on_screen(box, shared.centre);
    CHECK(std::abs(middle.x - view.middle().x) <= 1);
    CHECK(std::abs(middle.y - view.middle().y) <= 1);
  }
  // Moved alone: aside by its share of the picture, and back to the shared place.
  Extent picture{4000, 3000};
  auto aside = of_pane(shared, {.1, -.05}, 2, picture, view.extent());
  CHECK(aside.centre.x == Approx(.4));
  CHECK(aside.centre.y == Approx(.55));
  CHECK(aside.scale == 2);
  auto back = shared_of(aside, {.1, -.05}, 2);
  CHECK(back.centre.x == Approx(.3));
  CHECK(back.centre.y == Approx(.6));
  CHECK(back.scale == 1);
  CHECK(of_pane(Zoom{}, {.1, .1}, 2, picture, view.extent()).fit);
}

TEST_CASE("the level of tiles has a texel for every pixel and not twice as many as needed") {
  CHECK(level_of(4) == 0);
  CHECK(level_of(1) == 0);
  CHECK(level_of(.51) == 0);
  CHECK(level_of(.5) == 1);
  CHECK(level_of(.26) == 1);
  CHECK(level_of(.25) == 2);
  CHECK(level_of(.1) == 3);
}

TEST_CASE("visible tiles are those that lie in the view") {
  Cases cases;
  constexpr int side = 64;
  for (int turn = 0; turn < 400; ++turn) {
    auto picture = cases.picture();
    auto view = cases.view();
    auto zoom = cases.zoom(picture, view);
    auto box = placed(zoom, picture, view);
    int level = std::max(1, level_of(zoom.scale));
    auto range = visible_tiles(box, picture, view, level, side);
    // All tiles, tried one by one; those that touch the view by less than a thousandth of a pixel may be either.
    auto across = std::ldexp(side, level);
    auto columns = static_cast<int>(std::ceil(picture.width / across)),
         rows = static_cast<int>(std::ceil(picture.height / across));
    CAPTURE(turn, picture.width, picture.height, view.width, view.height, zoom.scale, level);
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column) {
        auto tile = place_of_tile(box, picture, level, column, row, side).box;
        auto width = std::min(tile.right(), view.right()) - std::max(tile.left, view.left);
        auto height = std::min(tile.bottom(), view.bottom()) - std::max(tile.top, view.top);
        auto listed = column >= range.first_column && column <= range.last_column && row >= range.first_row &&
                      row <= range.last_row;
        if (std::min(width, height) > .001) REQUIRE(listed);
        if (std::min(width, height) < -.001) REQUIRE_FALSE(listed);
      }
  }
}

TEST_CASE("tiles lie side by side and end with the picture") {
  Extent picture{1300, 700};
  Box box{0, 0, 1300, 700};
  double right = 0;
  for (int column = 0; column < 3; ++column) {
    auto tile = place_of_tile(box, picture, 0, column, 1, 512);
    CHECK(tile.box.left == right);
    CHECK(tile.box.top == 512);
    CHECK(tile.pixels.height == 700 - 512);
    right = tile.box.right();
  }
  CHECK(right == 1300);
  CHECK(place_of_tile(box, picture, 1, 1, 0, 512).pixels.width == 1300 - 1024);
  CHECK(visible_tiles(box, picture, {2000, 0, 100, 100}, 0, 512).last_column < 0);
}

TEST_CASE("nothing is drawn wrongly of pictures and views without size") {
  Box view{0, 0, 0, 0};
  CHECK(fit_scale({0, 0}, {800, 600}) == 1);
  CHECK(fit_scale({800, 600}, {0, 0}) == 1);
  CHECK(moved({false, 2, {.4, .4}}, 10, 10, {800, 600}, view).centre.x == .4);
  CHECK(zoomed_at(Zoom{}, 2, {0, 0}, {0, 0}, {0, 0, 800, 600}).fit);
  CHECK(visible_tiles({0, 0, 1, 1}, {0, 0}, {0, 0, 10, 10}, 0, 512).last_row < 0);
}
