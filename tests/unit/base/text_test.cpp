// Names and paths as text: values from Unicode 15 (table 3-7, NFC of U+0065 U+0301), RFC 8089 and RFC 8259.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"

using namespace kalon;

TEST_CASE("UTF-8 is judged as Unicode's table of well-formed sequences says", "[base]") {
  CHECK(valid_utf8("a\xc3\xa9\xe2\x98\x85\xf0\x9f\x8c\x84"));
  CHECK_FALSE(valid_utf8("\xc0\xaf"));          // overlong
  CHECK_FALSE(valid_utf8("\xed\xa0\x80"));      // surrogate
  CHECK_FALSE(valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(valid_utf8("\xe2\x98"));          // cut
  CHECK(display_text("a\xff") == "a\xef\xbf\xbd");
}

TEST_CASE("composed and decomposed names compare equal", "[base]") {
  CHECK(nfc("e\xcc\x81") == "\xc3\xa9");
  CHECK(nfc("\xff"
            "e\xcc\x81") ==
        "\xff"
        "e\xcc\x81");
}

TEST_CASE("a file URI carries any bytes there and back", "[base]") {
  std::string path = "/a b/\xff%\xc3\xa9#?.jpg";
  CHECK(file_uri(path) == "file:///a%20b/%FF%25%C3%A9%23%3F.jpg");
  CHECK(path_from_uri(file_uri(path)) == path);
  CHECK(path_from_uri("file://localhost/x") == "/x");
  CHECK_THROWS_AS(path_from_uri("http://host/x"), Error);
  CHECK_THROWS_AS(path_from_uri("file:///%zz"), Error);
  CHECK_THROWS_AS(path_from_uri("file:///%00"), Error);
}

TEST_CASE("names order as people count", "[base]") {
  CHECK(natural_compare("img2", "img10") < 0);
  CHECK(natural_compare("IMG2", "img10") < 0);
  CHECK(natural_compare("img010", "img10") != 0);
  CHECK(natural_compare("img010", "img11") < 0);
  CHECK(natural_compare("a", "a1") < 0);
  CHECK(natural_compare("x99999999999999999999", "x100000000000000000000") < 0);
  CHECK(natural_compare("same", "same") == 0);
}

TEST_CASE("shortening cuts no UTF-8 sequence", "[base]") {
  CHECK(shorten_utf8("ab\xe2\x98\x85", 4) == "ab");
  CHECK(shorten_utf8("ab\xe2\x98\x85", 5) == "ab\xe2\x98\x85");
  CHECK(shorten_utf8("abc", 2) == "ab");
}

TEST_CASE("JSON strings escape what RFC 8259 asks for", "[base]") {
  std::string out;
  append_json_string(out, "a\"\\\n\x01\xff\xc3\xa9");
  CHECK(out == "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\"");
}

TEST_CASE("numbers are grouped by thousands") {
  for (auto [number, text] : {std::pair<uint64_t, const char *>{0, "0"},
                              {999, "999"},
                              {1000, "1,000"},
                              {123456, "123,456"},
                              {18446744073709551615u, "18,446,744,073,709,551,615"}})
    CHECK(grouped(number) == text);
}
