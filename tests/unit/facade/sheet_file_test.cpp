// Which file a contact sheet becomes, told by the formats' own signatures.
#include <catch2/catch.hpp>

#include "embed/scan.h"
#include "facade/sheet_file.h"
#include "image/codec.h"

using namespace kalon;

TEST_CASE("large sheets are JPEG, others PNG") {
  auto small = sheet_file(RgbImage(6000, 4000));
  CHECK(small.name == result_sheet);
  CHECK(std::string(small.content.begin(), small.content.begin() + 8) == "\x89PNG\r\n\x1a\n");
  RgbImage large(6000, 4001);
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width * 3; ++x) large.row(y)[x] = static_cast<uint8_t>(x / 3 % 200 + y % 50);
  auto file = sheet_file(large);
  CHECK(file.name == result_sheet_jpeg);
  auto again = decode_jpeg(file.content);
  REQUIRE(again.width == 6000);
  REQUIRE(again.height == 4001);
  // Quality 88: a smooth picture comes back within a few levels.
  double sum = 0;
  for (int y = 0; y < large.height; y += 97)
    for (int x = 0; x < large.width * 3; x += 31) sum += std::abs(int{large.row(y)[x]} - int{again.row(y)[x]});
  CHECK(sum / (42.0 * 581) < 4);
}
