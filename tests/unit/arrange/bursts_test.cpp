// Bursts on cases that anyone can check by hand.
#include <catch2/catch.hpp>
#include <cmath>

#include "arrange/bursts.h"
#include "unit/arrange/group_tables.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("bursts by gap, camera, length and similarity") {
  // Rows 0, 1: alike (cos 10°); row 2: at right angles to 0.
  Table table{3, 2, {1, 0, 0.98480775f, 0.17364818f, 0, 1}};
  auto second = [](double s) { return static_cast<int64_t>(s * 1e6); };
  auto bursts = [&](std::vector<BurstShot> shots, BurstOptions options) {
    Task task;
    return find_bursts(shots, table.view(), options, task).group;
  };
  using Groups = std::vector<int32_t>;
  // A gap counts from shot to shot, to the microsecond, in whatever order shots are given.
  std::vector<BurstShot> shots{{second(12), 0, 0}, {second(10), 0, 1}, {second(14.000001), 0, 0}, {second(16), 0, 1}};
  CHECK(bursts(shots, {2}) == Groups{0, 0, 1, 1});
  CHECK(bursts(shots, {2.000001}) == Groups{0, 0, 0, 0});
  CHECK(bursts(shots, {1}) == Groups{-1, -1, -1, -1});
  CHECK(bursts(shots, {3, 0.8, 5}) == Groups{0, 0, 0, -1});
  CHECK(bursts(shots, {3, 0.8, 3.9}) == Groups{0, 0, 1, 1});
  // Two cameras at once are two bursts; the unknown camera is one of its own.
  CHECK(bursts({{0, 0, 0}, {second(.5), 1, 0}, {second(1), 0, 0}, {second(1.5), 1, 0}, {second(1), -1, 0}}, {2}) ==
        Groups{0, 1, 0, 1, -1});
  // A spoilt shot does not cut a burst; two scenes in turn are two bursts; by time alone they are one.
  CHECK(bursts({{0, 0, 0}, {second(1), 0, 2}, {second(2), 0, 1}}, {2}) == Groups{0, -1, 0});
  std::vector<BurstShot> turns{{0, 0, 0}, {second(1), 0, 2}, {second(2), 0, 1}, {second(3), 0, 2}};
  CHECK(bursts(turns, {2}) == Groups{0, 1, 0, 1});
  CHECK(bursts(turns, {2, 0}) == Groups{0, 0, 0, 0});
  CHECK(bursts(turns, {2, 0.99}) == Groups{-1, 0, -1, 0});
  // Years 1 to 9999.
  CHECK(bursts({{-62135596800000000, 0, 0}, {253402300799000000, 0, 0}}, {86400}) == Groups{-1, -1});
  CHECK(bursts({}, {}).empty());
  CHECK(bursts({{0, 0, 0}}, {}) == Groups{-1});
  // The gap of nothing: only shots of one moment.
  CHECK(bursts({{5, 0, 0}, {5, 0, 1}, {6, 0, 1}}, {0}) == Groups{0, 0, -1});
}

TEST_CASE("bursts refuse what makes no sense") {
  Table table{1, 2, {1, 0}};
  Task task;
  for (BurstOptions options : {BurstOptions{-1}, BurstOptions{NAN}, BurstOptions{2, 1.5}, BurstOptions{2, 0.8, -1}})
    CHECK(refuses([&] { find_bursts({}, table.view(), options, task); }));
}
