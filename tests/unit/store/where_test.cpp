// The filter language against its description in where.h. Times are checked against `date -u -d ... +%s`; globs against
// a recursive definition.
#include <catch2/catch.hpp>

#include <random>

#include "store/fold.h"
#include "store/where.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

class Row {
 public:
  explicit Row(FileRow row) : library_(Library::open(folder_ / "library")) {
    Writer writer = library_->write();
    writer.put_file(row);
    writer.commit();
  }
  bool matches(std::string_view text, const std::vector<Attribute> &imported = {}) const {
    Where where = Where::parse(text);
    bool result = false;
    library_->read().scan_files({}, {}, [&](const FileView &view) {
      result = where.matches(view, imported);
      return true;
    });
    return result;
  }

 private:
  TemporaryFolder folder_;
  std::shared_ptr<Library> library_;
};

FileRow sample() {
  FileRow row = file_row("/photos/2024/IMG_0042.JPG");
  row.width = 6000;
  row.height = 4000;
  row.stat.size = 12345678;
  row.capture_time = int64_t{1717173000} * 1000000 + 250000;         // 2024-05-31 16:30:00.25 UTC
  row.stat.mtime_ns = int64_t{1704067199} * 1000000000 + 999999999;  // the last moment of 2023
  row.attributes = {{"camera", "Canon EOS R6"},
                    {"rating", "4"},
                    {"Stra\xc3\x9f"
                     "e",
                     "M\xc3\xbcller"},
                    {"keywords", "beach\nSea|Coast\n7"},
                    {"my column", "x"},
                    {"exposure", "0.0040"}};
  return row;
}

std::string error_of(std::string_view text) {
  try {
    Where::parse(text);
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
    return error.message();
  }
  return "no error";
}

// * and ? by their definition.
bool glob_by_definition(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return glob_by_definition(text, pattern.substr(1)) ||
           (!text.empty() && glob_by_definition(text.substr(1), pattern));
  if (text.empty()) return false;
  return (pattern[0] == '?' || pattern[0] == text[0]) && glob_by_definition(text.substr(1), pattern.substr(1));
}

}  // namespace

TEST_CASE("conditions hold for what the row says", "[where]") {
  Row row(sample());
  for (const char *text : {"",
                           "  ",
                           "width = 6000",
                           "width=6000",
                           "width >= 6e3",
                           "height < 4001",
                           "pixels = 24000000",
                           "aspect = 1.5",
                           "size > 12345677",
                           "format = JPEG",
                           "format = 'jpeg'",
                           "name = img_0042.jpg",
                           "stem = \"IMG_0042\"",
                           "extension = jpg",
                           "extension = .jpg",
                           "folder = /photos/2024",
                           "path ~ *2024*",
                           "name ~ \"IMG_*\"",
                           "name ~ img_00?2.jpg",
                           "name ~ *[0-9][!5-9].jpg",
                           "status = ok",
                           "vanished = false",
                           "vanished != yes",
                           "rating >= 4",
                           "rating = 4.0",
                           "RATING = 4",
                           "camera ~ canon*",
                           "camera = 'canon eos r6'",
                           "camera is known",
                           "lens is unknown",
                           "lens is not known",
                           "not lens is known",
                           "not lens = x",
                           "'my column' = x",
                           "stra\xc3\x9f"
                           "e = M\xc3\x9cLLER",
                           "stra\xc3\x9f"
                           "e = Mu\xcc\x88ller",
                           "stra\xc3\x9f"
                           "e ~ m?ller",
                           "keywords = beach",
                           "keywords ~ sea*",
                           "keywords = 7.0",
                           "exposure = 0.004",
                           "keywords != forest",
                           "id ~ ????????????????????????????????",
                           "photo is known",
                           "capture_time is known",
                           "id = '00' or width = 6000",
                           "rating != 5",
                           "camera > canon",
                           "camera < d"}) {
    CAPTURE(text);
    CHECK(row.matches(text));
  }
  for (const char *text : {"width = 6001",    "width != 6000",     "height > 4000",     "format = png",
                           "name ~ IMG",      "name ~ *.png",      "lens = x",          "lens != x",
                           "lens < x",        "lens ~ *",          "camera is unknown", "not camera is known",
                           "vanished = true", "keywords != beach", "keywords = bea",    "camera >= 4",
                           "camera < 4",      "rating < 4",        "id is unknown",     "folder = /photos",
                           "name ~ [J-Z]MG*", "'rating' = '5'"}) {
    CAPTURE(text);
    CHECK_FALSE(row.matches(text));
  }
}

TEST_CASE("and binds closer than or, not closer than both", "[where]") {
  Row row(sample());
  const char *t = "width = 6000", *f = "width = 1";
  auto check = [&](std::string pattern, bool expected) {
    std::string text;
    for (char c : pattern) text += c == 't' ? t : c == 'f' ? f : std::string(1, c);
    for (auto [word, sign] : {std::pair{" and ", '&'}, {" or ", '|'}, {"not ", '!'}})
      for (size_t at; (at = text.find(sign)) != std::string::npos;) text.replace(at, 1, word);
    CAPTURE(text);
    CHECK(row.matches(text) == expected);
  };
  check("t|t&f", true);
  check("(t|t)&f", false);
  check("f&f|t", true);
  check("f&(f|t)", false);
  check("!f|t", true);
  check("!(f|t)", false);
  check("!t&f", false);
  check("!(t&f)", true);
  check("!!t", true);
  check("t&t&t&f", false);
  check("f|f|f|t", true);
  CHECK(row.matches("WIDTH = 6000 AND NOT height = 1 Or width = 2"));
}

TEST_CASE("dates are ranges as long as what they leave out", "[where]") {
  Row row(sample());
  for (const char *text :
       {"capture_time = 2024", "capture_time = 2024-05", "capture_time = 2024-05-31",
        "capture_time = '2024-05-31 16:30'", "capture_time = \"2024-05-31 16:30:00\"",
        "capture_time = 2024-05-31T16:30:00.25Z", "capture_time >= 2024", "capture_time <= 2024", "capture_time > 2023",
        "capture_time < 2025", "capture_time < 2024-06", "capture_time > 2024-05-30", "mtime = 2023", "mtime < 2024",
        "mtime = 2023-12-31T23:59:59", "mtime > 1969", "mtime <= 2023-12"}) {
    CAPTURE(text);
    CHECK(row.matches(text));
  }
  for (const char *text : {"capture_time > 2024", "capture_time < 2024", "capture_time != 2024", "capture_time = 2023",
                           "capture_time = 2024-04", "capture_time > 2024-05-31T16:30", "mtime >= 2024",
                           "capture_time = 2024-05-31T16:30:00.3"}) {
    CAPTURE(text);
    CHECK_FALSE(row.matches(text));
  }
  FileRow unknown = sample();
  unknown.capture_time = unknown_time;
  unknown.width = unknown.height = 0;
  unknown.picture = {};
  unknown.format.clear();
  unknown.stat.mtime_ns = -1;  // a microsecond's part before 1970
  Row other(unknown);
  for (const char *text : {"capture_time is unknown", "width is unknown", "aspect is unknown", "id is unknown",
                           "format is unknown", "mtime = 1969-12-31T23:59:59.999999", "not capture_time != 2024"})
    CHECK(other.matches(text));
  CHECK_FALSE(other.matches("capture_time < 2024 or width != 4 or pixels < 5 or format != png"));
}

TEST_CASE("days exist as in the calendar", "[where]") {
  CHECK(error_of("mtime = 2024-02-29") == "no error");
  CHECK(error_of("mtime = 2000-02-29") == "no error");
  for (const char *date : {"2023-02-29", "1900-02-29", "2024-04-31", "2024-13", "2024-00", "2024-01-00", "24-01-01",
                           "2024-1-1", "'2024-01-01 24:00'", "'2024-01-01 10:60'", "'2024-01-01 10:00:60'", "yesterday",
                           "'2024-01-01 10'", "2024-01-01T10:00:00.", "2024-01-01x"}) {
    CAPTURE(date);
    CHECK(error_of("mtime = " + std::string(date)).find("expected a date") != std::string::npos);
  }
}

TEST_CASE("imported attributes win over those of the file", "[where]") {
  Row row(sample());
  CHECK(row.matches("rating = 2", {{"rating", "2"}}));
  CHECK_FALSE(row.matches("rating = 4", {{"Rating", "2"}}));
  CHECK(row.matches("prompt ~ *cat*", {{"prompt", "A Cat"}}));
  CHECK(Where::parse("prompt is known or width > 3").needs_attributes());
  CHECK(Where::parse("width > 3 and (not lens = x)").needs_attributes());
  CHECK_FALSE(Where::parse("width > 3 and not name = x").needs_attributes());
  CHECK_FALSE(Where::parse("").needs_attributes());
  CHECK(Where::parse(" \n").empty());
  CHECK_FALSE(Where::parse("width>3").empty());
  CHECK(Where().empty());
}

TEST_CASE("errors say where and what", "[where]") {
  for (auto [text, position, what] : std::vector<std::tuple<const char *, int, const char *>>{
           {"width", 6, "expected = != < <= > >= ~ or is after width, found the end"},
           {"width >", 8, "expected a value, found the end"},
           {"width > x", 9, "expected a number for width, found 'x'"},
           {"width > 3 height", 11, "expected and, or, or the end, found 'height'"},
           {"width > 3 and", 14, "expected the name of a column, found the end"},
           {"and", 1, "expected the name of a column, found 'and'"},
           {"(width > 3", 1, "this ( is never closed"},
           {"width > 3)", 10, "expected and, or, or the end, found ')'"},
           {"name = 'x", 8, "this quote is never closed"},
           {"\xc3\xa9 = 1 \xc3\xa9", 7, "expected and, or, or the end"},
           {"width ~ 3", 7, "expected = != < <= > or >= for width, which is no text, found '~'"},
           {"width == 3", 8, "expected a value, found '='"},
           {"lens is x", 9, "expected known or unknown, found 'x'"},
           {"width ! 3", 7, "is after width, found '!'"},
           {"vanished = maybe", 12, "expected true or false for vanished"},
           {"width = nan", 9, "expected a number"},
           {"width = 1e999", 9, "expected a number"},
           {"()", 2, "expected the name of a column, found ')'"},
       }) {
    std::string message = error_of(text);
    CAPTURE(text, message);
    CHECK(message.find("at character " + std::to_string(position) + ": ") != std::string::npos);
    CHECK(message.find(what) != std::string::npos);
  }
  CHECK(error_of(std::string(100000, '(')).find("longer") != std::string::npos);
  CHECK(error_of(std::string(5000, '(')).find("too deep") != std::string::npos);
  std::string chain = "width = 1";
  for (int i = 0; i < 1000; ++i) chain += " or width = 6000";
  CHECK(error_of(chain) == "no error");
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "not ";
  CHECK(error_of(nots + "width = 1").find("too deep") != std::string::npos);
}

TEST_CASE("globs match by their definition, also the worst of them", "[where]") {
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    std::string text, pattern;
    for (size_t length = random() % 7; length > 0; --length) text += "ab"[random() % 2];
    for (size_t length = random() % 7; length > 0; --length) pattern += "ab*?"[random() % 4];
    CAPTURE(text, pattern);
    REQUIRE(matches_glob(text, pattern) == glob_by_definition(text, pattern));
  }
  std::string stars;
  for (int i = 0; i < 50; ++i) stars += "*a";
  CHECK_FALSE(matches_glob(std::string(5000, 'a'), stars + "b"));  // would take forever by the definition
  CHECK(matches_glob("a]b", "a[]]b"));
  CHECK(matches_glob("a-b", "a[-x]b"));
  CHECK(matches_glob("a[b", "a[b"));
  CHECK(matches_glob("x\xff", "x?"));
  CHECK(matches_glob("\xe2\x98\x85", "?"));
  CHECK(matches_glob("\xc3\x89t\xc3\x89", "[\xc3\xa0-\xc3\xbf]t?"));
  CHECK_FALSE(matches_glob("b", "[!a-c]"));
}

TEST_CASE("any bytes are parsed or refused, never worse", "[where]") {
  Row row(sample());
  std::mt19937 random(17);
  const std::string words[] = {"width", "name",    "rating", "and", "or", "not",  "is",    "known", "unknown",
                               "(",     ")",       "=",      "!=",  "<",  ">=",   "~",     "'a",    "\"b\"",
                               "4",     "2024-05", "*",      "[",   "\\", "\xff", "mtime", " "};
  int parsed = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t length = random() % 12; length > 0; --length) {
      if (random() % 8 == 0)
        text += static_cast<char>(random());
      else
        text += words[random() % std::size(words)];
      if (random() % 3 != 0) text += ' ';
    }
    try {
      row.matches(text);
      ++parsed;
    } catch (const Error &error) {
      REQUIRE(error.status() == Status::invalid_argument);
    }
  }
  CHECK(parsed > 100);
}

TEST_CASE("the fixed columns are those of the description", "[where]") {
  CHECK(fixed_columns() == std::vector<std::string>{"id", "photo", "path", "name", "folder", "stem", "extension",
                                                    "format", "width", "height", "pixels", "aspect", "size", "mtime",
                                                    "capture_time", "indexed_time", "status", "vanished"});
}

TEST_CASE("scores, which come as imported attributes, compare as numbers however they are written", "[where]") {
  Row row(sample());
  std::vector<Attribute> scores{
      {"outlier", "1e-05"}, {"beauty.v2", "-0.25"}, {"log-p", "-1.5e+300"}, {"none", "1e999"}};
  for (const char *text :
       {"outlier = 0.00001", "outlier < 0.0001", "outlier > 1e-6", "outlier >= 1.0E-5", "outlier != 0", "beauty.v2 < 0",
        "beauty.v2 = -.25", "beauty.v2 > -0.5", "beauty.v2 >= -25e-2", "beauty.v2 <= +0", "log-p < -1e100",
        "log-p > -2e300", "outlier is known", "Outlier > 0 and BEAUTY.V2 < 0", "unscored is unknown"})
    CHECK(row.matches(text, scores));
  // 1e999 is no number, and so neither more nor less than one.
  for (const char *text : {"outlier > 0.00002", "outlier = 1e-06", "beauty.v2 > 0", "log-p > 0", "none > 0", "none < 0",
                           "unscored > 0", "unscored < 0", "unscored != 0"})
    CHECK_FALSE(row.matches(text, scores));
}
