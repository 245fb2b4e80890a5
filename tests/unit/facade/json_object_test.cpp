// Rows as JSON: what was written is read back by nlohmann's parser.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "facade/json_object.h"

using namespace kalon;
using nlohmann::json;

TEST_CASE("an object is read back as it was written", "[facade]") {
  JsonObject object;
  object.add("text", "a\"b\\c\n").add("empty", std::string()).add("view", std::string_view("x\0y", 3));
  object.add("yes", true).add("no", false).add("small", int8_t{-3}).add("large", std::numeric_limits<uint64_t>::max());
  object.add("least", std::numeric_limits<int64_t>::min()).add("number", 0.1).add("single", 0.1f);
  object.raw("list", json_array(std::vector<std::string>{"1", json_string("two"), "{}"}));
  object.add("quoted \"name\"", 1);
  auto read = json::parse(object.str());
  CHECK(read.size() == 12);
  CHECK(read["text"] == "a\"b\\c\n");
  CHECK(read["empty"] == "");
  CHECK(read["view"] == std::string("x\0y", 3));
  CHECK(read["yes"] == true);
  CHECK(read["no"] == false);
  CHECK(read["small"] == -3);
  CHECK(read["large"] == std::numeric_limits<uint64_t>::max());
  CHECK(read["least"] == std::numeric_limits<int64_t>::min());
  CHECK(read["number"] == 0.1);
  CHECK(read["single"].get<float>() == 0.1f);
  CHECK(object.str().find("\"single\":0.1,") != std::string::npos);  // not 0.10000000149
  CHECK(read["list"] == json::parse(R"([1,"two",{}])"));
  CHECK(read["quoted \"name\""] == 1);
}

TEST_CASE("an empty object and an empty list are JSON too", "[facade]") {
  CHECK(json::parse(JsonObject().str()) == json::object());
  CHECK(json::parse(json_array(std::vector<std::string>())) == json::array());
}

TEST_CASE("numbers that JSON does not have are null", "[facade]") {
  for (double value : {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    CHECK(JsonObject().add("x", value).str() == "{\"x\":null}");
}

TEST_CASE("numbers come back to the last bit", "[facade]") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    auto text = JsonObject().add("x", value).str();
    REQUIRE(json::parse(text)["x"].get<double>() == value);
  }
  for (double value : {0.0, -0.0, 1e308, 5e-324, 1e21, 123456789012345680.0})
    CHECK(json::parse(JsonObject().add("x", value).str())["x"].get<double>() == value);
}

TEST_CASE("any bytes make valid JSON on one line", "[facade]") {
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char &c : bytes) c = static_cast<char>(random() % (i % 2 ? 256 : 128));
    auto text = JsonObject().add("the value", bytes).add(bytes, 1).str();
    auto read = json::parse(text, nullptr, false);
    REQUIRE_FALSE(read.is_discarded());
    REQUIRE(text.find('\n') == std::string::npos);
    if (valid_utf8(bytes)) REQUIRE(read["the value"] == bytes);
  }
}
