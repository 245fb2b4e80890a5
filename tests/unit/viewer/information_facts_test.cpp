#include "panels/information_facts.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace kalon::viewer;

namespace {

// Rows of `info` as `kalon info --json` printed them, of a RAW and a JPEG of one shot.
const std::vector<std::string> rows{
    R"({"id":"86b014cb94937aaf71b9214fbf4633f0","photo":"86b014cb94937aaf71b9214fbf4633f0","uri":"file:///p/a%20b.jpg","path":"/p/a b.jpg","width":2560,"height":1600,"format":"jpeg","size":268412,"mtime":"2026-11-22T18:54:12.963272Z","status":"ok","attributes":{"rating":"4","caption":"A garden","camera":"Canon EOS R5","iso":"100","aperture":"2.8","exposure_time":"1/200","focal_length":"50","latitude":"47.5","longitude":"-8.55"},"same_picture":["file:///p/copy%FF.jpg"],"vectors":[{"model":"efficientnet-lite0","dimension":1280},{"model":"efficientnet-lite0","dimension":1280}]})",
    R"({"id":null,"photo":null,"uri":"file:///p/a%20b.cr3","path":"/p/a b.cr3","width":0,"height":0,"format":"raw","size":26841200,"status":"failed","message":"it is cut off","vanished":true,"excluded":true,"excluded_reason":"duplicate of c","attributes":{"camera":"other","lens":"RF50mm","caption":"other"}})"};

}  // namespace

TEST_CASE("facts of a photo come from all of its files, the first one's word counting most") {
  auto facts = facts_of(rows);
  REQUIRE(facts.files.size() == 2);
  CHECK(facts.files[0].path == "/p/a b.jpg");
  CHECK(facts.files[0].size == 268412);
  CHECK(facts.files[0].copies == std::vector<std::string>{"/p/copy\xFF.jpg"});
  CHECK(facts.files[1].vanished);
  CHECK(facts.files[1].message == "it is cut off");
  CHECK(facts.shot.camera == "Canon EOS R5");
  CHECK(facts.shot.lens == "RF50mm");
  CHECK(facts.excluded_reason == "duplicate of c");
  CHECK(facts.models == std::vector<std::string>{"efficientnet-lite0"});
  REQUIRE(facts.attributes.size() == 10);
  CHECK(facts.attributes.front() == std::pair<std::string, std::string>("aperture", "2.8"));
  CHECK(std::ranges::count(facts.attributes, std::pair<std::string, std::string>("caption", "A garden")) == 1);
}

TEST_CASE("exposure is told as photographers do, as far as it is known") {
  CHECK(exposure_text(facts_of(rows).shot) == "50 mm · f/2.8 · 1/200 s · ISO 100");
  CHECK(exposure_text({}).empty());
  Shot shot;
  shot.iso = "400";
  CHECK(exposure_text(shot) == "ISO 400");
}

TEST_CASE("a place is told with its hemispheres, and only when it is one") {
  CHECK(position_text(facts_of(rows).shot) == "47.50000° N, 8.55000° W");
  Shot shot;
  for (auto [latitude, longitude] :
       {std::pair("91", "0"), std::pair("x", "0"), std::pair("", ""), std::pair("1", "nan")}) {
    shot.latitude = latitude;
    shot.longitude = longitude;
    CHECK(position_text(shot).empty());
  }
}

TEST_CASE("rows that are none, or have other things in them, are survived") {
  auto facts = facts_of(std::vector<std::string>{
      "", "[]", "{", R"({"uri":5,"size":-1,"width":"x","attributes":[1],"vectors":[1,{}],"same_picture":"a"})",
      R"({"attributes":{"a":1,"b":null}})"});
  REQUIRE(facts.files.size() == 2);
  CHECK(facts.files[0].size == 0);
  CHECK(facts.attributes == std::vector<std::pair<std::string, std::string>>{{"a", "1"}});
}

TEST_CASE("attributes are found by a part of name or value, without case") {
  std::pair<std::string, std::string> attribute{"Camera", "Canon EOS R5"};
  CHECK(mentions(attribute, ""));
  CHECK(mentions(attribute, "eos"));
  CHECK(mentions(attribute, "CAM"));
  CHECK_FALSE(mentions(attribute, "nikon"));
}

TEST_CASE("paths are asked about byte by byte") {
  CHECK(info_parameters(std::vector<std::string>{"/a b", "/\xFF\""}) ==
        R"({"paths":["file:///a%20b","file:///%FF%22"]})");
  CHECK(info_parameters({}) == R"({"paths":[]})");
}
