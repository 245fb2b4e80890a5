// Packets in the manner of the programs that photographers use, written by hand after their documentation.
#include <catch2/catch.hpp>
#include <thread>

#include "unit/metadata/fixtures.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("a Lightroom sidecar") {
  auto metadata = from_xmp(R"(<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:exifEX="http://cipa.jp/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   tiff:Make="Canon" tiff:Model="Canon EOS 5D Mark IV" tiff:Orientation="6"
   exif:ExposureTime="1/320" exif:FNumber="56/10" exif:FocalLength="35/1"
   exif:DateTimeOriginal="2021-06-05T18:44:07.25" exif:GPSLatitude="48,12.51N" exif:GPSLongitude="16,22,12W"
   exifEX:LensModel="EF35mm f/1.4L II USM" aux:Lens="EF35mm"
   xmp:Rating="4" xmp:Label="Rot" xmp:CreateDate="2021-06-05T18:44:07.25"
   photoshop:DateCreated="2021-06-05T18:44:07.25" crs:Version="15.0">
   <exif:ISOSpeedRatings><rdf:Seq><rdf:li>400</rdf:li></rdf:Seq></exif:ISOSpeedRatings>
   <dc:title><rdf:Alt><rdf:li xml:lang="de">Abend</rdf:li><rdf:li xml:lang="x-default">Evening</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Two
lines &amp; more</rdf:li></rdf:Alt></dc:description>
   <dc:subject><rdf:Bag><rdf:li>Wien</rdf:li><rdf:li>river</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Austria|Wien</rdf:li><rdf:li>river</rdf:li></rdf:Bag></lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>)");
  // date -u -d '2021-06-05 18:44:07' +%s
  CHECK(metadata.capture_time == 1622918647250000);
  CHECK(metadata.orientation == 0);
  CHECK(value(metadata, "camera") == "Canon EOS 5D Mark IV");
  CHECK(value(metadata, "lens") == "EF35mm f/1.4L II USM");
  CHECK(value(metadata, "rating") == "4");
  CHECK(value(metadata, "label") == "Rot");
  CHECK(value(metadata, "flag").empty());
  CHECK(value(metadata, "title") == "Evening");
  CHECK(value(metadata, "caption") == "Two\nlines & more");
  CHECK(value(metadata, "keywords") == "Wien\nriver\nPlaces|Austria|Wien");
  CHECK(value(metadata, "iso") == "400");
  CHECK(value(metadata, "aperture") == "5.6");
  CHECK(value(metadata, "exposure_time") == "1/320");
  CHECK(value(metadata, "focal_length") == "35");
  CHECK(value(metadata, "latitude") == "48.2085");
  CHECK(value(metadata, "longitude") == "-16.37");
}

TEST_CASE("a darktable sidecar: EXIF's spelling of times, a rejected picture, colour labels by number") {
  auto metadata = from_xmp(R"(<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:darktable="http://darktable.sf.net/"
   exif:DateTimeOriginal="2023:05:14 10:22:33.123" xmp:Rating="-1" xmpMM:DerivedFrom="DSC_1234.NEF"
   darktable:import_timestamp="63819000000000000" darktable:xmp_version="5" darktable:auto_presets_applied="1">
   <darktable:colorlabels><rdf:Seq><rdf:li>2</rdf:li><rdf:li>4</rdf:li></rdf:Seq></darktable:colorlabels>
   <darktable:history><rdf:Seq>
    <rdf:li darktable:num="0" darktable:operation="rawprepare" darktable:enabled="1" darktable:params="00"/>
    <rdf:li darktable:num="1" darktable:operation="exposure" darktable:enabled="1" darktable:params="gz02eJx="/>
   </rdf:Seq></darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>)");
  // date -u -d '2023-05-14 10:22:33' +%s
  CHECK(metadata.capture_time == 1684059753123000);
  CHECK(value(metadata, "rating") == "-1");
  CHECK(value(metadata, "flag") == "reject");
  CHECK(value(metadata, "label") == "Green");
}

TEST_CASE("digiKam's tags and pick labels") {
  auto list =
      "<digiKam:TagsList><rdf:Seq><rdf:li>Places/Austria/Wien</rdf:li><rdf:li>river</rdf:li></rdf:Seq>"
      "</digiKam:TagsList><dc:subject><rdf:Bag><rdf:li>river</rdf:li></rdf:Bag></dc:subject>"
      "<lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Austria|Wien</rdf:li></rdf:Bag></lr:hierarchicalSubject>";
  CHECK(value(from_xmp(packet("", list)), "keywords") == "river\nPlaces|Austria|Wien");

  auto flag = [](const std::string &attributes) { return value(from_xmp(packet(attributes)), "flag"); };
  CHECK(flag("digiKam:PickLabel=\"0\"") == "");
  CHECK(flag("digiKam:PickLabel=\"1\"") == "reject");
  CHECK(flag("digiKam:PickLabel=\"2\"") == "");
  CHECK(flag("digiKam:PickLabel=\"3\"") == "pick");
  CHECK(flag("xmpDM:pick=\"1\"") == "pick");
  CHECK(flag("xmpDM:pick=\"-1\"") == "reject");
  CHECK(flag("xmpDM:good=\"True\"") == "pick");
  CHECK(flag("xmpDM:good=\"False\"") == "reject");
  CHECK(flag("xmp:Rating=\"-1\" digiKam:PickLabel=\"3\"") == "reject");
  CHECK(value(from_xmp(packet("digiKam:ColorLabel=\"3\"")), "label") == "Yellow");
  CHECK(value(from_xmp(packet("digiKam:ColorLabel=\"3\" xmp:Label=\"to print\"")), "label") == "to print");
}

TEST_CASE("ratings in all their scales") {
  auto rating = [](const std::string &attributes) { return value(from_xmp(packet(attributes)), "rating"); };
  for (int stars = -1; stars <= 5; ++stars)
    CHECK(rating("xmp:Rating=\"" + std::to_string(stars) + "\"") == std::to_string(stars));
  CHECK(rating("xmp:Rating=\"3.0\"") == "3");
  CHECK(rating("xmp:Rating=\"6\"") == "");
  CHECK(rating("xmp:Rating=\"-2\"") == "");
  CHECK(rating("xmp:Rating=\"nan\"") == "");
  CHECK(rating("xmp:Rating=\"many\"") == "");
  // Windows' percentages: https://learn.microsoft.com/windows/win32/wic/-wic-people-metadata and Explorer's practice.
  const std::pair<const char *, const char *> percents[] = {{"0", "0"},  {"1", "1"},  {"25", "2"},
                                                            {"50", "3"}, {"75", "4"}, {"99", "5"}};
  for (auto [percent, stars] : percents)
    CHECK(rating(std::string("MicrosoftPhoto:Rating=\"") + percent + "\"") == stars);
  CHECK(rating("MicrosoftPhoto:Rating=\"99\" xmp:Rating=\"2\"") == "2");
}

// As ExifTool shows the wallpapers of Debian's plasma-workspace-wallpapers: Capture One and others repeat properties.
TEST_CASE("of a property that stands twice the first counts, and the rest of the packet is read") {
  auto twice = from_xmp(packet("xmp:Rating=\"4\"",
                               "<xmp:Rating>2</xmp:Rating><xmp:Label>Red</xmp:Label><xmp:Label/>"
                               "<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>"
                               "<dc:subject><rdf:Bag><rdf:li>b</rdf:li></rdf:Bag></dc:subject>"));
  CHECK(value(twice, "rating") == "4");
  CHECK(value(twice, "label") == "Red");
  CHECK(value(twice, "keywords") == "a");
}

TEST_CASE("packets are used from many threads at once") {
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (size_t t = 0; t < right.size(); ++t)
    threads.emplace_back([&right, t] {
      for (int i = 0; i < 300; ++i) {
        auto label = std::to_string(t) + "." + std::to_string(i);
        // Namespaces of their own make the toolkit's common table change.
        auto text = packet("xmlns:n" + std::to_string(i % 7) + "=\"http://example.org/" + label.substr(0, 3) +
                           "\" xmp:Label=\"" + label + "\"");
        right[t] += value(from_xmp(text), "label") == label;
      }
    });
  for (auto &thread : threads) thread.join();
  for (int count : right) CHECK(count == 300);
}

TEST_CASE("packets found in a file") {
  auto text = packet("xmp:Label=\"inside\"");
  auto label = [](const std::string &file) {
    MetadataSources sources;
    sources.file = bytes_of(file);
    return value(read_metadata(sources), "label");
  };
  CHECK(label("GIF89a..." + text + "trailing") == "inside");
  CHECK(label("II*...<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>" + text + "   <?xpacket end='w'?>trailing") ==
        "inside");
  CHECK(label("nothing here") == "");
  CHECK(label("<x:xmpmeta") == "");
  CHECK(label("<?xpacket begin=<?xpacket end=") == "");
  CHECK(label("<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>" + text) == "inside");
}
