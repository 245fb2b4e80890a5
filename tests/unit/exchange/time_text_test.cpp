// Expected values: Python's datetime.fromisoformat(...).timestamp(), in microseconds.
#include "exchange/time_text.h"

#include <catch2/catch.hpp>

using kalon::time_from_text;

TEST_CASE("times as other programs write them") {
  CHECK(time_from_text("2023-04-21T14:32:10.123456Z") == 1682087530123456);
  CHECK(time_from_text("2023-04-21 14:32:10.123456") == 1682087530123456);
  CHECK(time_from_text("2023-04-21T14:32:10.123456789+02:00") == 1682080330123456);
  CHECK(time_from_text(" 2023-04-21T14:32:10-0530 ") == 1682107330000000);
  CHECK(time_from_text("2023-04-21 14:32:10 +02") == 1682080330000000);
  CHECK(time_from_text("2023-04-21T14:32") == 1682087520000000);
  CHECK(time_from_text("2023-04-21") == 1682035200000000);
  CHECK(time_from_text("2024-02-29T23:59:60Z") == 1709251200000000);
  CHECK(time_from_text("1969-12-31T23:59:59.5Z") == -500000);
  CHECK(time_from_text("0001-01-01") == -62135596800000000);
}

TEST_CASE("times as numbers, of whichever unit") {
  CHECK(time_from_text("1682087530") == 1682087530000000);
  CHECK(time_from_text("1682087530.25") == 1682087530250000);
  CHECK(time_from_text("1682087530123") == 1682087530123000);
  CHECK(time_from_text("1682087530123456") == 1682087530123456);
  CHECK(time_from_text("1682087530123456789") == 1682087530123456);
  CHECK(time_from_text("0") == 0);
  CHECK(time_from_text("-1.5") == -1500000);
}

TEST_CASE("texts that are no times") {
  for (auto text :
       {"", "yesterday", "2023-02-29", "2023-13-01", "2023-4-1", "2023-04-21T", "2023-04-21T24:00", "2023-04-21T14",
        "2023-04-21T14:60", "2023-04-21T14:32:10.", "2023-04-21T14:32:10+25:00", "2023-04-21T14:32:10Zz",
        "2023-04-21T14:32:10 CET", "nan", "inf", "1e30", "99999999999999999999", "21.04.2023"})
    CHECK_FALSE(time_from_text(text).has_value());
}
