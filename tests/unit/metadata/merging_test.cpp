#include <catch2/catch.hpp>

#include "base/text.h"
#include "metadata/findings.h"
#include "unit/metadata/fixtures.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

// A little-endian TIFF with one text tag in IFD0 and one in the EXIF IFD, written by hand after TIFF 6.0.
std::string small_exif(uint16_t tag, std::string text, uint16_t exif_tag = 0, std::string exif_text = "?") {
  std::string out("II*\0\x08\0\0\0", 8);
  auto short_value = [&](unsigned value) {
    out += {static_cast<char>(value & 255), static_cast<char>(value >> 8 & 255)};
  };
  auto long_value = [&](size_t value) { short_value(value & 0xffff), short_value(value >> 16 & 0xffff); };
  text.resize(std::max<size_t>(text.size() + 1, 5));
  exif_text.resize(std::max<size_t>(exif_text.size() + 1, 5));
  short_value(2);
  short_value(tag), short_value(2), long_value(text.size()), long_value(56);
  short_value(0x8769), short_value(4), long_value(1), long_value(38);
  long_value(0);
  short_value(1);
  short_value(exif_tag), short_value(2), long_value(exif_text.size()), long_value(56 + text.size());
  long_value(0);
  return out + text + exif_text;
}

}  // namespace

TEST_CASE("a sidecar wins over embedded XMP, XMP over EXIF, EXIF over properties") {
  TemporaryFolder folder;
  auto exif = small_exif(0x010e, "from EXIF");
  auto xmp = packet(
      "", "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">from XMP</rdf:li></rdf:Alt></dc:description>");
  MetadataSources sources;
  std::string properties = "text:Description=from properties\n";
  sources.properties = bytes_of(properties);
  CHECK(value(read_metadata(sources), "caption") == "from properties");
  sources.exif = bytes_of(exif);
  CHECK(value(read_metadata(sources), "caption") == "from EXIF");
  sources.xmp = bytes_of(xmp);
  CHECK(value(read_metadata(sources), "caption") == "from XMP");
  sources.sidecars = {folder.write("a.txt",
                                   "\xef\xbb\xbf"
                                   "from a text\r\nbeside it\n")};
  CHECK(value(read_metadata(sources), "caption") == "from a text\nbeside it");
  sources.sidecars.insert(sources.sidecars.begin(),
                          folder.write("a.xmp", packet("exif:UserComment=\"from the sidecar\"")));
  CHECK(value(read_metadata(sources), "caption") == "from the sidecar");

  SECTION("field by field") {
    sources.sidecars = {folder.write("b.xmp", packet("xmp:Rating=\"2\""))};
    auto metadata = read_metadata(sources);
    CHECK(value(metadata, "rating") == "2");
    CHECK(value(metadata, "caption") == "from XMP");
  }
  SECTION("broken and missing sidecars are skipped") {
    sources.sidecars = {folder.write("c.xmp", "<x:xmpmeta><broken"),
                        folder / "missing.xmp",
                        folder.path(),
                        folder.write("d.txt", std::string("bin\0ary", 7)),
                        folder.write("large.xmp", std::string((8u << 20) + 1, ' ')),
                        folder.write("large.txt", std::string((1u << 20) + 1, 'x'))};
    CHECK(value(read_metadata(sources), "caption") == "from XMP");
  }
  SECTION("a flag that a sidecar takes away stays away") {
    auto rejected = packet("digiKam:PickLabel=\"1\"");
    sources.xmp = bytes_of(rejected);
    CHECK(value(read_metadata(sources), "flag") == "reject");
    sources.sidecars = {folder.write("e.xmp", packet("digiKam:PickLabel=\"0\""))};
    CHECK(value(read_metadata(sources), "flag") == "");
  }
}

TEST_CASE("times: the kind decides first, then authority; fractions and offsets come from wherever they are") {
  // date -u -d '2020-01-02 03:04:05' +%s
  constexpr int64_t moment = 1577934245;
  auto exif = small_exif(0x0132, "1999:01:01 00:00:00", 0x9003, "2020:01:02 03:04:05");
  auto xmp = packet("xmp:CreateDate=\"2001-01-01T00:00:00\"");
  MetadataSources sources;
  sources.exif = bytes_of(exif);
  CHECK(read_metadata(sources).capture_time == moment * 1000000);
  sources.xmp = bytes_of(xmp);
  CHECK(read_metadata(sources).capture_time == moment * 1000000);

  auto same = packet("exif:DateTimeOriginal=\"2020-01-02T03:04:05.75+02:00\"");
  sources.xmp = bytes_of(same);
  CHECK(read_metadata(sources).capture_time == (moment - 7200) * 1000000 + 750000);

  // The sidecar moved the time by a second: the fraction of the old time is not its own.
  TemporaryFolder folder;
  sources.sidecars = {folder.write("a.xmp", packet("exif:DateTimeOriginal=\"2020-01-02T03:04:06\""))};
  CHECK(read_metadata(sources).capture_time == (moment + 1) * 1000000);
  sources.sidecars = {folder.write("b.xmp", packet("exif:DateTimeOriginal=\"2020-01-02T03:04:05\""))};
  CHECK(read_metadata(sources).capture_time == (moment - 7200) * 1000000 + 750000);
  // A bare date says less than a time of day.
  sources.sidecars = {folder.write("c.xmp", packet("photoshop:DateCreated=\"1931\""))};
  CHECK(read_metadata(sources).capture_time == (moment - 7200) * 1000000 + 750000);

  MetadataSources only_date;
  only_date.sidecars = sources.sidecars;
  CHECK(read_metadata(only_date).capture_time == int64_t{-1230768000} * 1000000);  // date -u -d 1931-01-01 +%s
  CHECK(read_metadata({}).capture_time == no_time);
}

TEST_CASE("texts of times") {
  auto seconds = [](std::string_view text) {
    auto time = parse_time(text);
    return time && time->has_time_of_day ? time->seconds : int64_t{-1};
  };
  CHECK(seconds("1970:01:01 00:00:01") == 1);
  CHECK(seconds("2000-02-29T23:59:59Z") == 951868799);  // date -u -d '2000-02-29 23:59:59' +%s
  CHECK(seconds("2000-02-29T23:59") == 951868740);
  for (auto text : {"", "0000:00:00 00:00:00", "    :  :     :  :  ", "2001-02-29T00:00:00", "2001-13-01T00:00:00",
                    "2001:01:01 24:00:00", "2001:01:01 12:60:00", "20010101", "2001-01-01", "x2001:01:01 00:00:00"})
    CHECK(seconds(text) == -1);
  CHECK(parse_time("2020:01:01 00:00:00.5")->microseconds == 500000);
  CHECK(parse_time("2020:01:01 00:00:00.1234567891-03:30")->microseconds == 123456);
  CHECK(parse_time("2020:01:01 00:00:00.1234567891-03:30")->offset_minutes == -210);
  CHECK(parse_subseconds("007  ") == 7000);
  CHECK(parse_subseconds("  ") == std::nullopt);
  CHECK(parse_offset("+14:00") == 840);
  CHECK(parse_offset("   :  ") == std::nullopt);
  CHECK(parse_offset("+99:00") == std::nullopt);
}

TEST_CASE("values are clean: valid UTF-8, trimmed, bounded") {
  auto caption = [](const std::string &raw) { return value(from_properties("ImageDescription=" + raw), "caption"); };
  CHECK(caption("  caf\xe9 \x93quoted\x94 \x80 ") == "café “quoted” €");  // Windows-1252
  CHECK(caption("plain\x01\x02 text\x7f\xc2\x85") == "plain text");
  CHECK(caption("a\\r\\nb\\rc\\\\n") == "a\nb\nc\\n");
  CHECK(caption("   ").empty());
  auto longest = caption(std::string(30000, 'x') + [] {
    std::string s;
    for (int i = 0; i < 40000; ++i) s += "€";
    return s;
  }());
  CHECK(longest.size() <= 64 * 1024);
  CHECK(longest.size() > 64 * 1024 - 3);
  CHECK(valid_utf8(longest));
  CHECK(clean_text(std::string(1 << 20, '\xe9')).size() == 64 * 1024);
}

TEST_CASE("cameras, lenses and numbers of properties") {
  auto metadata = from_properties(
      "Make=OLYMPUS\nModel=OLYMPUS OM-D E-M1\nLensModel=----\nDateTimeOriginal=2010:10:10 10:10:10\n"
      "SubSecTimeOriginal=5\nFNumber=28/10\nExposureTime=0.004\nFocalLength=50/1\nISOSpeedRatings=200\nRating=9\n");
  CHECK(value(metadata, "camera") == "OLYMPUS OM-D E-M1");
  CHECK(value(metadata, "lens").empty());
  CHECK(metadata.capture_time == 1286705410500000);  // date -u -d '2010-10-10 10:10:10' +%s
  CHECK(value(metadata, "aperture") == "2.8");
  CHECK(value(metadata, "exposure_time") == "1/250");
  CHECK(value(metadata, "focal_length") == "50");
  CHECK(value(metadata, "iso") == "200");
  CHECK(value(metadata, "rating").empty());
  CHECK(value(from_properties("Make=Canon\nModel=Canon EOS 5D\n"), "camera") == "Canon EOS 5D");
  CHECK(value(from_properties("Make=SONY\nModel=ILCE-7M3\n"), "camera") == "SONY ILCE-7M3");
  CHECK(value(from_properties("Make=Canonical\nModel=Canon EOS 5D\n"), "camera") == "Canonical Canon EOS 5D");
  CHECK(value(from_properties("Model=X100\n"), "camera") == "X100");
  CHECK(value(from_properties("Make=Leica\n"), "camera") == "Leica");
  CHECK(value(from_properties("FNumber=0\nExposureTime=1/0\nISO=-5\nFocalLength=inf\n"), "aperture").empty());
  CHECK(from_properties("FNumber=0\nExposureTime=1/0\nISO=-5\nFocalLength=inf\n").fields.empty());
}

TEST_CASE("names of sidecars") {
  CHECK(sidecar_names("img.jpg") == std::vector<std::string>{"img.jpg.xmp", "img.jpg.XMP", "img.xmp", "img.XMP",
                                                             "img.jpg.txt", "img.jpg.TXT", "img.txt", "img.TXT"});
  CHECK(sidecar_names("img") == std::vector<std::string>{"img.xmp", "img.XMP", "img.txt", "img.TXT"});
  CHECK(sidecar_names(".hidden") ==
        std::vector<std::string>{".hidden.xmp", ".hidden.XMP", ".hidden.txt", ".hidden.TXT"});
  // A name that no folder can hold is not looked for.
  std::string longest(255, 'n');
  longest.replace(251, 4, ".jpg");
  CHECK(sidecar_names(longest).size() == 4);
  CHECK(sidecar_names("\xff\xfe.jpg")[2] == "\xff\xfe.xmp");
}

TEST_CASE("a decoder's coordinates are signed degrees") {
  auto metadata = from_properties("GPSLatitude=-33.8568\nGPSLongitude=151.2153\n");
  CHECK(value(metadata, "latitude").starts_with("-33.8568"));
  CHECK(value(metadata, "longitude").starts_with("151.2153"));
  CHECK(value(from_properties("GPSLatitude=91\nGPSLongitude=0\n"), "latitude").empty());
}
