// Parsers of text: URIs, ids, parameters, filters, names.
#include "fuzz/campaign.h"

#include "base/hash.h"
#include "base/text.h"
#include "facade/json_object.h"
#include "facade/parameters.h"
#include "store/where.h"

using namespace kalon;

TEST_CASE("addresses and paths", "[fuzz]") {
  Mutator mutator({"file:///home/a%20b/%C3%A9%FF.jpg", "file://localhost/a/../b/./c//", "/plain/path/./to/../file",
                   "http://host/a", "relative/path", "file:///", "/"},
                  {"%", "%00", "%2F", "%2e%2E", "/../", "//", "file://", "localhost/", "\xff"});
  campaign(mutator, 40000, [](const std::string &input) -> std::string {
    auto path = normal_path(input);
    if (path.empty() || path[0] != '/') return "a path that is not absolute: " + path;
    if (path.find('\0') != std::string::npos) return "a NUL byte in a path";
    if (path.size() > 1 && path.back() == '/') return "a slash at the end: " + path;
    if ((path + "/").find("/../") != std::string::npos || (path + "/").find("/./") != std::string::npos ||
        path.find("//") != std::string::npos)
      return "a path that is not normal: " + path;
    if (normal_path(path) != path) return "normal once and not twice: " + path;
    if (path_from_uri(file_uri(path)) != path) return "lost in a URI: " + path;
    return {};
  });
}

TEST_CASE("ids", "[fuzz]") {
  Mutator mutator({"99aa06d3014798d86001c324468d497f", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"}, {"0x", " ", "-", "g"});
  campaign(mutator, 40000, [](const std::string &input) -> std::string {
    auto hash = Hash128::from_hex(input);
    bool digits = input.size() == 32 && input.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (hash.has_value() != digits) return digits ? "an id was refused" : "no id, but read as one";
    return hash && hash->hex() != ascii_lower(input) ? "read as " + hash->hex() : "";
  });
}

TEST_CASE("texts of any kind", "[fuzz]") {
  Mutator mutator({"img0010.jpg", "a\xc3\xa9\xe2\x98\x85\xf0\x9f\x8c\x84", "e\xcc\x81", "\xed\xa0\x80", "\"\\\n\x01",
                   "x99999999999999999999"},
                  {"0", "00", "\xcc\x81", "\xff", "\xf4\x8f\xbf\xbf", "\xea\xb0\x80"}, 200);
  std::string before;
  campaign(mutator, 40000, [&](const std::string &input) -> std::string {
    auto shown = display_text(input);
    if (!valid_utf8(shown)) return "shown as what is no UTF-8";
    if (valid_utf8(input) != (shown == input)) return "changed though it was UTF-8, or the other way";
    auto composed = nfc(input);
    if (nfc(composed) != composed) return "composed once and not twice";
    if (!valid_utf8(input) && composed != input) return "bytes that are no UTF-8 were changed";
    for (size_t size : {0, 1, 5, 100}) {
      auto cut = shorten_utf8(input, size);
      if (cut.size() > size || !input.starts_with(cut)) return "shortened to something else";
      if (valid_utf8(input) && !valid_utf8(cut)) return "a sequence was cut";
    }
    int order = natural_compare(before, input), reverse = natural_compare(input, before);
    if ((order < 0) != (reverse > 0) || (order == 0) != (before == input))
      return "no total order beside " + hex_of(before);
    before = input;
    return {};
  });
}

TEST_CASE("parameters of methods", "[fuzz]") {
  Mutator mutator(
      {R"({"paths":["file:///a%FF","/b"],"limit":12,"where":"rating >= 4","dry_run":true,"seconds":0.5,"by":"name"})",
       R"({"limit":-9223372036854775808,"seconds":1e308,"paths":"/x","text":"\ud83d\ude00\u0000"})", "{}", ""},
      {"null", "[", "{", "\"limit\":", "\"paths\":", "1e999", "18446744073709551615", "\\u0000", "\\ud800", ",", "-"});
  campaign(mutator, 20000, [](const std::string &input) -> std::string {
    Parameters parameters(input);
    std::string broken;
    auto ask = [&](auto question) {
      try {
        question();
      } catch (const Error &error) {
        if (error.status() != Status::invalid_argument)
          broken = "refused as " + std::string(status_name(error.status()));
      }
    };
    ask([&] {
      auto limit = parameters.integer("limit", 1, 1, 1000);
      if (limit < 1 || limit > 1000) broken = "a number outside its range";
    });
    ask([&] {
      auto seconds = parameters.number("seconds", 0, 0, 100);
      if (!(seconds >= 0 && seconds <= 100)) broken = "a number outside its range";
    });
    ask([&] {
      for (const auto &path : parameters.paths("paths"))
        if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) broken = "a path that is none";
    });
    ask([&] {
      auto by = parameters.one_of("by", {"name", "date"});
      if (by != "name" && by != "date") broken = "a choice that was not offered";
    });
    ask([&] { parameters.flag("dry_run"); });
    ask([&] {
      if (!valid_utf8(parameters.text("text"))) broken = "a text that is no UTF-8";
    });
    ask([&] { parameters.texts("where"); });
    ask([&] { parameters.reject_unknown(); });
    return broken;
  });
}

TEST_CASE("filters", "[fuzz]") {
  Mutator mutator({R"(rating >= 4 and (format = jpeg or width > 4000) and not name ~ "IMG_*")", "camera is known",
                   "capture_time >= 2023-05-14 10:22:33 or mtime < 1969", "'a b' != caption or lens is unknown",
                   "name ~ *[a-z][!x]?*", "((((width > 1))))", "pixels > 1e6 and aspect <= 1.5", ""},
                  {"and ", "or ", "not ", "(",          ")",     "is known", "~",   "!=",   "\"",   "'",     "[",
                   "]",    "*",   "-",    "2023-13-45", "1e999", "nan",      "inf", "0x10", "\xff", "width", "id"},
                  4096);
  FileView file;
  file.path = "/pictures/IMG_0001.jpg";
  file.format = "jpeg";
  file.width = 4000;
  file.height = 3000;
  campaign(mutator, 20000, [&](const std::string &input) -> std::string {
    auto where = Where::parse(input);
    bool first = where.matches(file, {});
    if (first != where.matches(file, {})) return "matched once and not twice";
    if (where.empty() && !first) return "an empty filter kept something out";
    std::vector<Attribute> imported = {{"rating", "5"}, {"camera", "A\xff"}, {"caption", std::string(2000, 'a')}};
    where.matches(file, imported);
    return {};
  });
}

TEST_CASE("a filter nested without end is answered", "[fuzz]") {
  for (const char *open : {"(", "not ", "not(", "a=1 and (", "a=1 or not "}) {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += open;
    try {
      Where::parse(text + "a = 1");
    } catch (const Error &error) {
      CHECK(error.status() == Status::invalid_argument);
    }
  }
  std::string chain = "a = 1";
  for (int i = 0; i < 100000; ++i) chain += i % 2 ? " and a = 1" : " or a = 1";
  try {
    Where::parse(chain).matches(FileView(), {});
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
  }
}

TEST_CASE("a glob with many stars costs no time without end", "[fuzz]") {
  std::string stars;
  for (int i = 0; i < 60; ++i) stars += "*a";
  auto where = Where::parse("caption ~ \"" + stars + "b\"");
  std::vector<Attribute> imported = {{"caption", std::string(20000, 'a')}};
  CHECK_FALSE(where.matches(FileView(), imported));
}
