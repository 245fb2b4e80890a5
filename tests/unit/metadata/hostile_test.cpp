// No bytes crash, hang or exhaust: seeded mutations of real blocks, and shapes that are made to hurt.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "unit/metadata/fixtures.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::string repeated(const std::string &text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

void check_clean(const Metadata &metadata) {
  CHECK((metadata.orientation >= 0 && metadata.orientation <= 8));
  for (const auto &field : metadata.fields) {
    bool clean =
        !field.value.empty() && field.value.size() <= 64 * 1024 && valid_utf8(field.value) && valid_utf8(field.name);
    if (!clean) FAIL_CHECK(field.name << " is not clean");
  }
}

std::string mutated(std::string block, std::mt19937 &random) {
  auto below = [&](size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random); };
  for (size_t changes = 1 + below(12); changes > 0 && !block.empty(); --changes) {
    size_t at = below(block.size()), length = std::min(block.size() - at, 1 + below(16));
    switch (below(5)) {
      case 0:
        block[at] = static_cast<char>(below(256));
        break;
      case 1:
        block.erase(at, length);
        break;
      case 2:
        block.insert(at, block.substr(below(block.size()), length));
        break;
      case 3:
        for (size_t i = 0; i < length; ++i) block[at + i] = static_cast<char>(below(2) ? 0xff : 0);
        break;
      default:
        block.resize(at);
        break;
    }
  }
  return block;
}

}  // namespace

TEST_CASE("mutated blocks") {
  TemporaryFolder folder;
  auto picture = folder / "a.jpg";
  std::string command = "/usr/bin/python3 -c \"from PIL import Image; Image.new('RGB',(8,8)).save('" + picture +
                        "')\" && exiftool -q -overwrite_original -EXIF:DateTimeOriginal='2020:01:01 00:00:00' "
                        "-EXIF:Make=Canon -EXIF:Model=X -EXIF:UserComment=hello -EXIF:LensModel=L -EXIF:FNumber=2 "
                        "-EXIF:XPKeywords='a;b' -EXIF:GPSLatitude=12.5 -EXIF:GPSLatitudeRef=N -EXIF:GPSLongitude=3 "
                        "-EXIF:GPSLongitudeRef=E -EXIF:Rating=3 -EXIF:ExposureTime=0.01 -EXIF:ISO=100 " +
                        picture;
  REQUIRE(std::system(command.c_str()) == 0);
  auto file = read_file(picture);
  std::string exif(text_of(jpeg_segment(file, std::string_view("Exif\0\0", 6))));
  REQUIRE(exif.size() > 100);
  std::string xmp = packet("xmp:Rating=\"3\" exif:DateTimeOriginal=\"2020-01-01T00:00:00\" exif:GPSLatitude=\"1,2.5N\"",
                           "<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>");
  std::string properties =
      "Make=a\nFNumber=28/10\ntext:parameters=a\\nNegative prompt: b\\nSteps: 1, Seed: 2, Model: \\\"m\\\"\n"
      "text:prompt={\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"positive\":[\"4\",0]}},\"4\":"
      "{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"x\"}}}\n";
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    INFO("round " << round);
    auto bad_exif = mutated(exif, random), bad_xmp = mutated(xmp, random), bad_properties = mutated(properties, random);
    MetadataSources sources;
    sources.exif = bytes_of(bad_exif);
    if (round % 2)
      sources.xmp = bytes_of(bad_xmp);
    else
      sources.file = bytes_of(bad_xmp);
    sources.properties = bytes_of(bad_properties);
    check_clean(read_metadata(sources));
  }
}

TEST_CASE("blocks of noise") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::string noise(random() % 5000, '\0');
    for (char &c : noise) c = static_cast<char>(random());
    if (round % 2)
      noise = (round % 4 == 1 ? std::string("II*\0\x08\0\0\0", 8) : std::string("MM\0*\0\0\0\x08", 8)) + noise;
    MetadataSources sources;
    sources.exif = sources.xmp = sources.properties = sources.file = bytes_of(noise);
    check_clean(read_metadata(sources));
  }
}

TEST_CASE("packets made to hurt are refused, at once and on a small stack") {
  // The clean packet of each pair is read, so that the refusal is the reason for the empty answer.
  CHECK(value(from_xmp(packet("xmp:Label=\"l\"")), "label") == "l");
  std::string distinct, attributes, namespaces;
  for (int i = 0; i < 150000; ++i) distinct += "<xmp:p" + std::to_string(i) + "/>";
  for (int i = 0; i < 50000; ++i) attributes += " xmp:p" + std::to_string(i) + "=\"\"";
  for (int i = 0; i < 5000; ++i)
    namespaces += " xmlns:n" + std::to_string(i) + "=\"http://example.org/many/" + std::to_string(i) + "\"";
  const std::string label = " xmp:Label=\"l\" ";
  std::vector<std::string> packets = {
      packet(label, repeated("<xmp:a rdf:parseType=\"Resource\">", 100000) + repeated("</xmp:a>", 100000)),
      repeated("<a>", 1000000),
      packet(label, "<!-- " + repeated("</a>", 500) + "-->" + repeated("<xmp:a rdf:parseType=\"Resource\">", 50000) +
                        repeated("</xmp:a>", 50000)),
      packet(label, distinct),
      packet(label + attributes),
      packet(label + namespaces),
      packet(label, repeated("<dc:subject/>", 500000)),
      "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]>" + packet(" xmp:Label=\"&c;\""),
      "\xff\xfe" + packet(label)};
  double begin = monotonic_seconds();
  std::thread worker([&] {
    for (const auto &text : packets) CHECK(from_xmp(text).fields.empty());
  });
  worker.join();
  // No time is promised; this only tells seconds from the hours that some of these shapes would take.
  CHECK(monotonic_seconds() - begin < 60);

  CHECK(value(from_xmp(packet(label, "<!-- a > b --><dc:subject><rdf:Bag>" + repeated("<rdf:li>k</rdf:li>", 60000) +
                                         "</rdf:Bag></dc:subject>")),
              "keywords") == "k");
  CHECK(value(from_xmp(packet(" xmp:Label=\"a/>b\" ", "<![CDATA[ < ]]>")), "label").size() <= 5);
}

TEST_CASE("namespaces that packets bring do not pile up for ever") {
  // Each packet declares a hundred new ones; after ten thousand in one process they are no longer let in, while packets
  // with known ones go on. In a process of its own, as the limit outlives the test.
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int read = 0;
    for (int i = 0; i < 120; ++i) {
      std::string namespaces;
      for (int n = 0; n < 100; ++n)
        namespaces += " xmlns:z" + std::to_string(n) + "=\"http://example.org/pile/" + std::to_string(i) + "/" +
                      std::to_string(n) + "\"";
      read += value(from_xmp(packet(namespaces + " xmp:Label=\"l\"")), "label") == "l";
    }
    bool others = value(from_xmp(packet("xmp:Label=\"l\"")), "label") == "l";
    _exit(read > 50 && read < 101 && others ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("deep and long JSON of PNG texts") {
  std::string arrays = "{\"1\":", numbers = "{\"1\":[";
  arrays.append(500000, '[').append(500000, ']').append("}");
  numbers.append(repeated("0,", 2000000)).append("0]}");
  for (const auto &json : {repeated("{\"a\":", 400000), arrays, numbers}) {
    auto metadata = from_properties("text:prompt=" + json + "\n");
    CHECK(value(metadata, "prompt").empty());
    check_clean(metadata);
  }
}
