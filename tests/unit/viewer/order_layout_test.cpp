#include "views/order_layout.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace kalon::viewer;

namespace {

struct Strip {
  std::vector<float> aspects;
  std::vector<size_t> begins;
  StripOptions options;
  StripLayout layout() const { return lay_out_strip(aspects, begins, options); }
};

// Any strip, the same on every machine.
Strip any_strip(std::mt19937 &random) {
  auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
  Strip strip;
  size_t count = 1 + below(300);
  for (size_t i = 0; i < count; ++i) {
    static constexpr float aspects[] = {1.5f, 0.6667f, 1.7778f, 1, 0.5625f, 2.4f, 1.3333f, 3.1f};
    strip.aspects.push_back(aspects[below(8)]);
    if (i == 0 || below(20) == 0) strip.begins.push_back(i);
  }
  strip.options.width = static_cast<float>(600 + below(1600));
  strip.options.row_height = static_cast<float>(60 + below(200));
  strip.options.gap = static_cast<float>(below(10));
  strip.options.heading = static_cast<float>(below(50));
  strip.options.caption = static_cast<float>(below(30));
  strip.options.section_gap = static_cast<float>(below(30));
  return strip;
}

}  // namespace

TEST_CASE("Every picture has one place, in order, and none covers another") {
  std::mt19937 random(7);
  for (int turn = 0; turn < 60; ++turn) {
    auto strip = any_strip(random);
    strip.options.justified = turn % 3 != 0;
    auto layout = strip.layout();
    size_t next = 0;
    double below = 0;
    for (const auto &row : layout.rows) {
      REQUIRE(row.first == next);
      REQUIRE(row.count > 0);
      REQUIRE(row.top >= below);
      for (size_t i = row.first; i < row.first + row.count; ++i) {
        REQUIRE(layout.width[i] >= 1);
        REQUIRE(layout.left[i] + layout.width[i] <= strip.options.width);
        if (i > row.first) REQUIRE(layout.left[i] >= layout.left[i - 1] + layout.width[i - 1]);
      }
      below = row.top + row.height + strip.options.caption;
      next += row.count;
    }
    REQUIRE(next == strip.aspects.size());
    REQUIRE(layout.height >= below);
    REQUIRE(layout.sections.size() == strip.begins.size());
  }
}

TEST_CASE("Rows fill the width, and pictures keep their shape") {
  std::mt19937 random(11);
  for (int turn = 0; turn < 40; ++turn) {
    auto strip = any_strip(random);
    auto layout = strip.layout();
    for (size_t r = 0; r < layout.rows.size(); ++r) {
      const auto &row = layout.rows[r];
      bool last = r + 1 == layout.rows.size() || layout.rows[r + 1].section != row.section;
      auto end = row.first + row.count - 1;
      if (!last) REQUIRE(layout.left[end] + layout.width[end] == strip.options.width);
      for (size_t i = row.first; i <= end; ++i) {
        // Edges lie on whole pixels, each at most half a pixel off, and so does the height.
        float aspect = strip.aspects[i];
        REQUIRE(std::abs(layout.width[i] - aspect * row.height) <= 1.5f + aspect / 2);
        REQUIRE(layout.left[i] == std::round(layout.left[i]));
      }
      // Rows are not far from the height that was asked for, but for what a single wide picture needs.
      REQUIRE(row.height <= strip.options.row_height * 2.2f);
    }
  }
}

TEST_CASE("Three squares of 100 in a row of 320 with gaps of 10") {
  std::vector<float> aspects{1, 1, 1, 1};
  StripOptions options;
  options.width = 320;
  options.row_height = 100;
  options.gap = 10;
  options.heading = 30;
  auto layout = lay_out_strip(aspects, {}, options);
  REQUIRE(layout.rows.size() == 2);
  CHECK(layout.rows[0].count == 3);
  CHECK(layout.rows[0].top == 30);
  CHECK(layout.rows[0].height == 100);
  CHECK(layout.left[1] == 110);
  CHECK(layout.left[2] == 220);
  CHECK(layout.width[2] == 100);
  CHECK(layout.rows[1].top == 140);
  CHECK(layout.rows[1].height == 100);  // one picture alone is not blown up
  CHECK(layout.height == 240);
}

TEST_CASE("What lies at a place is what a search of all pictures finds") {
  std::mt19937 random(23);
  for (int turn = 0; turn < 20; ++turn) {
    auto strip = any_strip(random);
    auto layout = strip.layout();
    for (int probe = 0; probe < 200; ++probe) {
      double x = static_cast<double>(random() % static_cast<unsigned>(strip.options.width));
      double y = static_cast<double>(random() % static_cast<unsigned>(layout.height + 40)) - 20;
      size_t found = StripLayout::none;
      for (const auto &row : layout.rows)
        for (size_t i = row.first; i < row.first + row.count; ++i)
          if (x >= layout.left[i] && x < layout.left[i] + layout.width[i] && y >= row.top && y < row.top + row.height)
            found = i;
      REQUIRE(layout.position_at(x, y) == found);
    }
    for (size_t i = 0; i < strip.aspects.size(); ++i) {
      const auto &row = layout.rows[layout.row_of(i)];
      REQUIRE((i >= row.first && i < row.first + row.count));
      REQUIRE(layout.section_of(i) == row.section);
    }
    REQUIRE(layout.row_of(strip.aspects.size()) == layout.rows.size());
  }
}

TEST_CASE("A row down and a row up stay in the row's reach and stop at the ends") {
  std::vector<float> aspects(10, 1);
  StripOptions options;
  options.width = 320;
  options.row_height = 100;
  options.gap = 10;
  auto layout = lay_out_strip(aspects, {}, options);  // rows of 3, 3, 3, 1
  CHECK(layout.rows_away(1, 1) == 4);
  CHECK(layout.rows_away(4, -1) == 1);
  CHECK(layout.rows_away(8, 1) == 9);
  CHECK(layout.rows_away(9, 5) == 9);
  CHECK(layout.rows_away(2, -3) == 2);
  CHECK(layout.rows_away(99, 1) == StripLayout::none);
}

TEST_CASE("Odd input makes no odd layout") {
  StripOptions options;
  options.width = 400;
  options.row_height = 100;
  CHECK(lay_out_strip({}, {}, options).rows.empty());
  std::vector<float> strange{0, NAN, INFINITY, -2, 1e9f, 1e-9f};
  auto layout = lay_out_strip(strange, {}, options);
  for (size_t i = 0; i < strange.size(); ++i) {
    CHECK(layout.width[i] >= 1);
    CHECK(layout.left[i] + layout.width[i] <= 400);
  }
  options.width = 0;
  CHECK(lay_out_strip(strange, {}, options).rows.empty());
}

TEST_CASE("A hundred thousand large pictures lie on whole pixels to the end") {
  std::vector<float> aspects(100000, 1.5f);
  StripOptions options;
  options.width = 1400;
  options.row_height = 512;
  options.gap = 5;
  auto layout = lay_out_strip(aspects, {}, options);
  const auto &row = layout.rows.back();
  CHECK(row.top > 16777216.0);  // where a float cannot count pixels any more
  CHECK(row.top - layout.rows[layout.rows.size() - 2].top == layout.rows[1].top - layout.rows[0].top);
}
