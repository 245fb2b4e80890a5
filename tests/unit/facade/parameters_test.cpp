// Parameters of methods; JSON by RFC 8259, file URIs by RFC 8089.
#include <catch2/catch.hpp>

#include <limits>

#include "base/error.h"
#include "facade/parameters.h"

using namespace kalon;

namespace {

template <class Body>
Error refusal(Body body) {
  try {
    body();
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
    return error;
  }
  FAIL("nothing was refused");
  return Error(Status::ok, {});
}

}  // namespace

TEST_CASE("parameters are a JSON object and nothing else", "[facade]") {
  for (const char *text : {"", "{}", " { } ", "{\"a\":1}"}) CHECK_NOTHROW(Parameters(text));
  for (const char *text : {"[]", "null", "1", "\"a\"", "{", "{\"a\":}", "{} {}", "{a:1}", "{\"a\":1,}", "nonsense",
                           "{\"a\":\"\xff\"}", "{\"a\":1e999}", "// {}"}) {
    CAPTURE(text);
    refusal([&] { Parameters parameters(text); });
  }
}

TEST_CASE("values of every kind arrive", "[facade]") {
  Parameters parameters(
      R"({"text":"a\u00e9\n","whole":-7,"number":0.25,"flag":true,"one":"b","list":["x","y"],"none":null})");
  CHECK(parameters.text("text") == "a\xc3\xa9\n");
  CHECK(parameters.required_text("text") == "a\xc3\xa9\n");
  CHECK(parameters.integer("whole", 0, -10, 10) == -7);
  CHECK(parameters.number("number", 0, 0, 1) == 0.25);
  CHECK(parameters.number("whole", 0, -10, 10) == -7);
  CHECK(parameters.flag("flag"));
  CHECK(parameters.one_of("one", {"a", "b"}) == "b");
  CHECK(parameters.texts("list") == std::vector<std::string>{"x", "y"});
  CHECK(parameters.texts("text") == std::vector<std::string>{"a\xc3\xa9\n"});
  CHECK(parameters.text("none", "fallback") == "fallback");
  CHECK_NOTHROW(parameters.reject_unknown());
}

TEST_CASE("what is absent has its default", "[facade]") {
  Parameters parameters("{}");
  CHECK(parameters.text("a").empty());
  CHECK(parameters.text("a", "b") == "b");
  CHECK(parameters.integer("a", 5, 1, 9) == 5);
  CHECK(parameters.number("a", 2.5, 0, 9) == 2.5);
  CHECK_FALSE(parameters.flag("a"));
  CHECK(parameters.one_of("a", {"first", "second"}) == "first");
  CHECK(parameters.texts("a").empty());
  CHECK(parameters.paths("a").empty());
  CHECK(parameters.path("a").empty());
  CHECK(refusal([&] { parameters.required_text("needed"); }).context() == "parameter needed");
  CHECK(refusal([&] { parameters.required_path("needed"); }).context() == "parameter needed");
}

TEST_CASE("a value of the wrong kind is named with what it should be", "[facade]") {
  for (const char *value : {"\"5\"", "true", "[5]", "{}", "5.5", "1e3"}) {
    CAPTURE(value);
    Parameters parameters(std::string("{\"it\":") + value + "}");
    auto error = refusal([&] { parameters.integer("it", 0, 0, 1000); });
    CHECK(error.context() == "parameter it");
    CHECK(error.message() == "must be a whole number from 0 to 1000");
  }
  for (const char *value : {"5", "true", "[]", "{}", "[\"a\"]"}) {
    CAPTURE(value);
    Parameters parameters(std::string("{\"it\":") + value + "}");
    CHECK(refusal([&] { parameters.text("it"); }).context() == "parameter it");
    CHECK(refusal([&] { parameters.one_of("it", {"a"}); }).context() == "parameter it");
    CHECK(refusal([&] { parameters.path("it"); }).context() == "parameter it");
  }
  for (const char *value : {"0", "1", "\"true\"", "[]"}) {
    Parameters parameters(std::string("{\"it\":") + value + "}");
    CHECK(refusal([&] { parameters.flag("it"); }).context() == "parameter it");
  }
  for (const char *value : {"5", "[5]", "[\"a\",null]", "{}", "[[\"a\"]]"}) {
    Parameters parameters(std::string("{\"it\":") + value + "}");
    CHECK(refusal([&] { parameters.texts("it"); }).context() == "parameter it");
    CHECK(refusal([&] { parameters.paths("it"); }).context() == "parameter it");
  }
  Parameters parameters(R"({"it":"c","number":"1"})");
  CHECK(refusal([&] { parameters.one_of("it", {"a", "b"}); }).message() == "must be one of a, b");
  CHECK(refusal([&] { parameters.number("number", 0, 0, 1); }).context() == "parameter number");
}

TEST_CASE("numbers are held to their range, at its ends too", "[facade]") {
  constexpr auto most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  auto integer = [](const char *text, int64_t low, int64_t high) {
    return Parameters(std::string("{\"n\":") + text + "}").integer("n", 0, low, high);
  };
  CHECK(integer("1", 1, 9) == 1);
  CHECK(integer("9", 1, 9) == 9);
  refusal([&] { integer("0", 1, 9); });
  refusal([&] { integer("10", 1, 9); });
  CHECK(integer("9223372036854775807", 0, most) == most);
  CHECK(integer("-9223372036854775808", least, most) == least);
  refusal([&] { integer("9223372036854775808", 0, most); });
  refusal([&] { integer("18446744073709551615", least, most); });
  refusal([&] { integer("18446744073709551616", least, most); });
  auto number = [](const char *text) { return Parameters(std::string("{\"n\":") + text + "}").number("n", 0, 0, 10); };
  CHECK(number("10") == 10);
  CHECK(number("1e-400") == 0);
  for (const char *wrong : {"-0.001", "10.001", "1e300"}) refusal([&] { number(wrong); });
}

TEST_CASE("a member that no one asked for is refused by name", "[facade]") {
  Parameters parameters(R"({"limit":3,"limt":4})");
  parameters.integer("limit", 0, 0, 9);
  parameters.flag("count");
  auto error = refusal([&] { parameters.reject_unknown(); });
  CHECK(error.context() == "parameter limt");
  CHECK(error.message() == "is not known to this method; it takes: count, limit");
}

TEST_CASE("paths are absolute, normal, and carry any bytes", "[facade]") {
  CHECK(normal_path("file:///a%FF%20b/%C3%A9.jpg") == "/a\xff b/\xc3\xa9.jpg");
  CHECK(normal_path("/plain/a%20b") == "/plain/a%20b");  // no URI, so no escapes
  CHECK(normal_path("file://localhost/a") == "/a");
  CHECK(normal_path("/a/../b/./c//d/") == "/b/c/d");
  CHECK(normal_path("/a/.") == "/a");
  CHECK(normal_path("/..") == "/");
  CHECK(normal_path("/") == "/");
  CHECK(normal_path("///") == "/");
  CHECK(normal_path("file:///a/%2e%2e/b") == "/b");
  for (const char *wrong : {"a/b", "./a", "../a", "", "~", "file:a", "http://host/a", "file://host/a", "file:///%",
                            "file:///%4", "file:///%zz", "file:///a%00b"}) {
    CAPTURE(wrong);
    refusal([&] { normal_path(wrong); });
  }
  refusal([] { normal_path(std::string_view("/a\0b", 4)); });
  refusal([] { Parameters(R"({"p":"/a\u0000b"})").path("p"); });
  Parameters parameters(R"({"many":["file:///a%FF","/b/"],"one":"/c/"})");
  CHECK(parameters.paths("many") == std::vector<std::string>{"/a\xff", "/b"});
  CHECK(parameters.paths("one") == std::vector<std::string>{"/c"});
  CHECK(parameters.path("one") == "/c");
  CHECK(parameters.required_path("one") == "/c");
}

TEST_CASE("deep and large parameters end with an answer", "[facade]") {
  std::string deep = "{\"a\":" + std::string(200000, '[') + std::string(200000, ']') + "}";
  Parameters parameters(deep);
  refusal([&] { parameters.text("a"); });
  refusal([] { Parameters open("{\"a\":" + std::string(200000, '[')); });
}
