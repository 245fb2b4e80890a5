// Fields against exiftool, on files that Pillow and exiftool wrote with seeded random values (exiftool_cases.py).
#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "unit/metadata/fixtures.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

nlohmann::json make_cases(const TemporaryFolder &folder, const std::string &kind, int count) {
  std::string command = std::string("/usr/bin/python3 '" KALON_SOURCE_DIR "/tests/unit/metadata/exiftool_cases.py' '") +
                        folder.path() + "' " + kind + " " + std::to_string(count) + " 20240517";
  auto *pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  char buffer[4096];
  while (size_t count_read = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count_read);
  REQUIRE(pclose(pipe) == 0);
  return nlohmann::json::parse(output);
}

void compare(const Metadata &metadata, const nlohmann::json &expected) {
  INFO(expected.dump());
  CHECK(metadata.capture_time == expected["capture_time"].get<int64_t>());
  CHECK(metadata.orientation == expected["orientation"].get<int>());
  for (const auto &[name, text] : expected["texts"].items()) {
    INFO(name);
    CHECK(value(metadata, name) == text.get<std::string>());
  }
  for (const auto &[name, number] : expected["numbers"].items()) {
    INFO(name);
    // Apertures and focal lengths are shown with one decimal; degrees are stored as fractions of 1/1000 second and
    // finer.
    double tolerance = name == "aperture" || name == "focal_length" ? 0.0501 : 5e-7;
    REQUIRE_FALSE(value(metadata, name).empty());
    CHECK(std::stod(value(metadata, name)) == Approx(number.get<double>()).margin(tolerance).epsilon(0));
  }
}

}  // namespace

TEST_CASE("EXIF blocks read as exiftool reads them") {
  TemporaryFolder folder;
  for (const auto &expected : make_cases(folder, "exif", 40)) {
    auto file = read_file(expected["path"]);
    MetadataSources sources;
    sources.exif = jpeg_segment(file, std::string_view("Exif\0\0", 6));
    REQUIRE_FALSE(sources.exif.empty());
    compare(read_metadata(sources), expected);
  }
}

TEST_CASE("XMP packets read as exiftool reads them, given or searched for in the file") {
  TemporaryFolder folder;
  for (const auto &expected : make_cases(folder, "xmp", 40)) {
    auto file = read_file(expected["path"]);
    MetadataSources given, searched;
    given.xmp = jpeg_segment(file, std::string_view("http://ns.adobe.com/xap/1.0/\0", 29));
    REQUIRE_FALSE(given.xmp.empty());
    compare(read_metadata(given), expected);
    searched.file = file;
    compare(read_metadata(searched), expected);
  }
}

TEST_CASE("sidecars under both names read as exiftool reads them") {
  TemporaryFolder folder;
  for (const auto &expected : make_cases(folder, "sidecar", 40)) {
    std::filesystem::path picture = expected["path"].get<std::string>(),
                          sidecar = expected["sidecar"].get<std::string>();
    MetadataSources sources;
    for (const auto &name : sidecar_names(picture.filename()))
      if (std::filesystem::exists(picture.parent_path() / name))
        sources.sidecars.push_back(picture.parent_path() / name);
    REQUIRE(sources.sidecars == std::vector<std::string>{sidecar});
    compare(read_metadata(sources), expected);
  }
}
