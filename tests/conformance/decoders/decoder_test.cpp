// Pixels, metadata and descriptions of good files, against Pillow, NumPy arrays, djxl and heif-convert.

#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

#include "harness.h"

using namespace decoders;

namespace {

std::string text_of(const Bytes &bytes) {
  return std::string(bytes.begin(), bytes.end());
}
bool contains(const Bytes &bytes, const std::string &text) {
  return text_of(bytes).find(text) != std::string::npos;
}
bool is_tiff(const Bytes &bytes) {
  const std::string begin = text_of(bytes).substr(0, 4);
  return begin == std::string("II*\0", 4) || begin == std::string("MM\0*", 4);
}

struct Case {
  const char *plugin, *name, *format;
  double tolerance;  // of one sample
  int32_t colour, alpha, transfer;
};

constexpr int32_t grey = KALON_COLOUR_GREY, rgb = KALON_COLOUR_RGB, cmyk = KALON_COLOUR_CMYK;
constexpr int32_t none = KALON_ALPHA_NONE, straight = KALON_ALPHA_STRAIGHT, premultiplied = KALON_ALPHA_PREMULTIPLIED;
constexpr int32_t encoded = KALON_TRANSFER_ENCODED, linear = KALON_TRANSFER_LINEAR;

// Tolerance 0 wherever the coding loses nothing or both sides use the same library.
const Case cases[] = {
    {"jpeg", "rgb.jpg", "jpeg", 0, rgb, none, encoded},
    {"jpeg", "big.jpg", "jpeg", 0, rgb, none, encoded},
    {"jpeg", "progressive.jpg", "jpeg", 0, rgb, none, encoded},
    {"jpeg", "grey.jpg", "jpeg", 0, grey, none, encoded},
    {"jpeg", "cmyk.jpg", "jpeg", 0, cmyk, none, encoded},
    {"png", "rgb.png", "png", 0, rgb, none, encoded},
    {"png", "rgba.png", "png", 0, rgb, straight, encoded},
    {"png", "grey.png", "png", 0, grey, none, encoded},
    {"png", "grey_alpha.png", "png", 0, grey, straight, encoded},
    {"png", "rgb16.png", "png", 0, rgb, none, encoded},
    {"png", "grey16.png", "png", 0, grey, none, encoded},
    {"png", "interlaced.png", "png", 0, rgb, straight, encoded},
    {"png", "interlaced16.png", "png", 0, rgb, none, encoded},
    {"png", "grey1.png", "png", 0, grey, none, encoded},
    {"png", "grey2.png", "png", 0, grey, none, encoded},
    {"png", "grey4.png", "png", 0, grey, none, encoded},
    {"png", "palette.png", "png", 0, rgb, straight, encoded},
    {"png", "animated.png", "png", 0, rgb, none, encoded},
    {"png", "late.png", "png", 0, rgb, none, encoded},
    {"oiio", "rgb.tif", "tiff", 0, rgb, none, encoded},
    {"oiio", "deflate.tif", "tiff", 0, rgb, none, encoded},
    {"oiio", "rgba.tif", "tiff", 0, rgb, straight, encoded},
    {"oiio", "grey.tif", "tiff", 0, grey, none, encoded},
    {"oiio", "grey16.tif", "tiff", 0, grey, none, encoded},
    {"oiio", "cmyk.tif", "tiff", 0, cmyk, none, encoded},
    {"oiio", "cmyk_jpeg.tif", "tiff", 0, cmyk, none, encoded},
    {"oiio", "ycbcr.tif", "tiff", 0, rgb, none, encoded},
    {"oiio", "fax.tif", "tiff", 0, grey, none, encoded},
    {"oiio", "palette.tif", "tiff", 1, rgb, none, encoded},  // 16-bit palette: Pillow shifts, OpenImageIO divides
    {"oiio", "float.tif", "tiff", 0, rgb, none, linear},
    {"oiio", "tiled.tif", "tiff", 0, rgb, none, encoded},
    {"oiio", "rgb.webp", "webp", 0, rgb, none, encoded},
    {"oiio", "lossy.webp", "webp", 0, rgb, none, encoded},
    {"oiio", "rgba.webp", "webp", 1, rgb, premultiplied, encoded},  // rounding of the multiplication
    {"oiio", "animated.webp", "webp", 0, rgb, none, encoded},
    {"oiio", "rgb.bmp", "bmp", 0, rgb, none, encoded},
    {"oiio", "palette.bmp", "bmp", 0, rgb, none, encoded},
    {"oiio", "rgb.tga", "tga", 0, rgb, none, encoded},
    {"oiio", "grey.tga", "tga", 0, grey, none, encoded},
    {"oiio", "rgba.tga", "tga", 0, rgb, straight, encoded},
    {"oiio", "rgb.jp2", "jp2", 0, rgb, none, encoded},
    {"oiio", "grey.jp2", "jp2", 0, grey, none, encoded},
    {"oiio", "rgba.jp2", "jp2", 0, rgb, straight, encoded},
    {"oiio", "rgb.j2k", "jp2", 0, rgb, none, encoded},
    {"oiio", "rgb.exr", "exr", 0, rgb, none, linear},
    {"oiio", "rgba.exr", "exr", 0, rgb, premultiplied, linear},
    {"oiio", "window.exr", "exr", 0, rgb, none, linear},
    {"oiio", "layers.exr", "exr", 0, rgb, none, linear},
    {"oiio", "rgb.hdr", "hdr", 1.0 / 64, rgb, none, linear},  // values to 2 with an 8-bit mantissa
    {"oiio", "rgb.dpx", "dpx", 0, rgb, none, encoded},
    {"oiio", "rgb.psd", "psd", 0, rgb, none, encoded},
    {"oiio", "rgb16.psd", "psd", 0, rgb, none, encoded},
    {"oiio", "grey.psd", "psd", 0, grey, none, encoded},
    {"oiio", "rgb.heic", "heic", 0, rgb, none, encoded},
    {"oiio", "rgba.heic", "heic", 0, rgb, straight, encoded},
    {"oiio", "rotated.heic", "heic", 0, rgb, none, encoded},
    {"oiio", "cmyk.psd", "psd", 1, rgb, none, encoded},  // OpenImageIO multiplies the inks; rounding
    {"oiio", "profile.psd", "psd", 0, rgb, none, encoded},
    {"oiio", "profile.jp2", "jp2", 0, rgb, none, encoded},
    {"oiio", "rgb.avif", "avif", 0, rgb, none, encoded},
    {"oiio", "deep.heic", "heic", 65535, rgb, none, encoded},  // lossy; its mean difference is checked below
    {"raw", "unknown.nef", "nef", 0, rgb, none, encoded},
    {"raw", "half.arw", "arw", 0, rgb, none, encoded},
    {"raw", "preview.dng", "dng", 0, rgb, none, encoded},
    {"jxl", "rgb.jxl", "jxl", 0, rgb, none, encoded},
    {"jxl", "rgba.jxl", "jxl", 0, rgb, straight, encoded},
    {"jxl", "grey.jxl", "jxl", 0, grey, none, encoded},
    {"jxl", "rgb16.jxl", "jxl", 0, rgb, none, encoded},
    {"jxl", "lossy.jxl", "jxl", 1, rgb, none, encoded},  // djxl dithers nothing but rounds on its own
    {"jxl", "turned.jxl", "jxl", 1, rgb, none, encoded},
    {"jxl", "animated.jxl", "jxl", 0, rgb, none, encoded},
};

}  // namespace

TEST_CASE("pictures decode to what they were made of or what other programs see") {
  for (const Case &each : cases) {
    INFO(each.plugin << ": " << each.name);
    const Result result = decode(each.plugin, each.name);
    INFO(result.error);
    REQUIRE(result.opened == KALON_OK);
    REQUIRE(result.read == KALON_OK);
    CHECK(result.info.colour == each.colour);
    CHECK(result.info.alpha == each.alpha);
    CHECK(result.info.transfer == each.transfer);
    CHECK(std::string(result.info.format) == each.format);
    CHECK(result.info.width == result.info.decoded_width);
    Difference difference;
    CHECK_NOTHROW(difference = compare(result, reference(each.name)));
    CHECK(difference.largest <= each.tolerance);
  }
}

TEST_CASE("ten bits keep their range in sixteen") {
  const Difference difference = compare(decode("oiio", "deep.heic"), reference("deep.heic"));
  CHECK(difference.mean <
        3 * 257);  // of the noisy original, by quality and 4:2:0; a wrong range would be 50 times that
}

TEST_CASE("two-coloured GIF palettes and transparency") {
  for (const char *name : {"animated.gif", "transparent.gif"}) {
    INFO(name);
    const Result result = decode("oiio", name);
    REQUIRE(result.ok());
    CHECK(result.info.alpha == straight);
    const Reference expected = reference(name);  // Pillow's, whose transparent pixels keep their colour
    REQUIRE(result.pixels.size() == expected.pixels.size());
    size_t wrong = 0, transparent = 0;
    for (size_t i = 0; i < expected.pixels.size(); i += 4) {
      if (result.pixels[i + 3] != expected.pixels[i + 3]) ++wrong;
      if (expected.pixels[i + 3] == 0) ++transparent;
      for (size_t c = 0; c < 3 && expected.pixels[i + 3] != 0; ++c)
        if (result.pixels[i + c] != expected.pixels[i + c]) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK((transparent > 0) == (std::string(name) == "transparent.gif"));
  }
  const Result beyond = decode("oiio", "beyond_table.gif");
  REQUIRE(beyond.ok());
  CHECK(beyond.pixels[0] == 0);  // the widened table is black
}

TEST_CASE("a JPEG decodes at the smallest eighth that reaches what is asked for") {
  for (uint32_t eighths = 1; eighths <= 8; ++eighths) {
    const uint32_t width = (333 * eighths + 7) / 8, height = (217 * eighths + 7) / 8;
    Options exact, next;
    exact.scale_width = width, exact.scale_height = height;
    next.scale_width = 1, next.scale_height = height + 1;  // one row more than this size has
    const Result result = decode("jpeg", "big.jpg", exact);
    REQUIRE(result.ok());
    CHECK(result.info.decoded_width == width);
    CHECK(result.info.decoded_height == height);
    CHECK(result.info.width == 333);
    CHECK(result.info.height == 217);
    const Result larger = decode("jpeg", "big.jpg", next);
    CHECK(larger.info.decoded_height == std::min(217u, (217 * (eighths + 1) + 7) / 8));
    if (eighths == 1 || eighths == 2 || eighths == 4) {  // the sizes that Pillow's draft mode has
      Difference difference;
      CHECK_NOTHROW(difference = compare(result, reference("big.jpg." + std::to_string(8 / eighths))));
      CHECK(difference.largest == 0);
    }
  }
  Options beyond;
  beyond.scale_width = 100000, beyond.scale_height = 1;
  CHECK(decode("jpeg", "big.jpg", beyond).info.decoded_width == 333);
  CHECK(factory("png").scale == nullptr);
  CHECK(factory("oiio").scale == nullptr);
}

TEST_CASE("orientation is told and not applied") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "orientation" + std::to_string(orientation);
    for (const auto &[plugin, extension] :
         {std::pair{"jpeg", ".jpg"}, {"png", ".png"}, {"oiio", ".webp"}, {"oiio", ".tif"}}) {
      INFO(name << extension);
      const Result result = decode(plugin, name + extension);
      REQUIRE(result.ok());
      CHECK(result.info.orientation == orientation);
      CHECK(result.info.width == 70);
      CHECK(result.info.height == 46);
    }
  }
  // libjxl and libheif turn the picture themselves.
  const Result jxl = decode("jxl", "turned.jxl"), heic = decode("oiio", "rotated.heic"),
               exif = decode("oiio", "exif.heic");
  CHECK(jxl.info.orientation == 1);
  CHECK(jxl.info.width == 46);
  CHECK(heic.info.orientation == 1);
  CHECK(heic.info.width == 46);
  CHECK(exif.info.orientation == 1);  // EXIF says 6, but in HEIF only irot and imir count
  CHECK(exif.info.width == 70);
  CHECK(decode("raw", "unknown.nef").info.orientation == 6);
  CHECK(decode("raw", "preview.dng").info.orientation == 8);
  CHECK(decode("raw", "development.dng").info.orientation == 8);
}

TEST_CASE("metadata") {
  SECTION("JPEG") {
    const Result result = decode("jpeg", "rgb.jpg");
    CHECK(result.icc.size() == 150000);  // from three segments; byte by byte below
    CHECK(is_tiff(result.exif));
    CHECK(contains(result.exif, "2020:01:02 03:04:05"));
    CHECK(result.xmp.empty());
    const Bytes file = picture("rgb.jpg");
    CHECK(std::search(file.begin(), file.end(), result.icc.begin(), result.icc.begin() + 60000) != file.end());
    CHECK(std::search(file.begin(), file.end(), result.icc.end() - 10000, result.icc.end()) != file.end());
    const Result packet = decode("jpeg", "xmp.jpg");
    CHECK(text_of(packet.xmp) == "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF/></x:xmpmeta>");
    CHECK(packet.icc.size() == 150000);
  }
  SECTION("PNG") {
    const Result result = decode("png", "text.png");
    CHECK(result.property("text:parameters") == "a cat\\nSteps: 20\\\\");
    CHECK(result.property("text:zipped") == std::string(3000, 'z'));
    CHECK(result.property("text:\u00dcberschrift") == "sch\u00f6n \u20ac");
    CHECK(contains(result.xmp, "<rdf:RDF/>"));
    CHECK_FALSE(contains(result.properties, "XML:com"));
    CHECK(contains(result.icc, "acsp"));
    const Result late = decode("png", "late.png");
    CHECK(late.property("text:late") == "latin \u00e4");
    CHECK(contains(late.xmp, "<rdf:RDF/>"));
    CHECK(late.info.orientation == 6);
    CHECK(is_tiff(late.exif));
    CHECK(decode("png", "animated.png").info.frames == 3);
    CHECK(decode("png", "linear.png").info.transfer == linear);
    CHECK(decode("png", "gamma.png").info.transfer == encoded);
  }
  SECTION("oiio") {
    const Result tiff = decode("oiio", "rgb.tif");
    CHECK(contains(tiff.icc, "acsp"));
    CHECK(is_tiff(tiff.exif));
    CHECK(tiff.exif.size() < 1000);
    CHECK(contains(tiff.exif, "2020:01:02 03:04:05"));
    CHECK(tiff.property("Make") == "Maker");
    CHECK(tiff.property("Model") == "Model 1");
    CHECK(contains(tiff.exif, "A lens"));
    CHECK(contains(decode("oiio", "profile.psd").icc, "acsp"));
    CHECK(contains(decode("oiio", "profile.psd").exif, "2020:01:02 03:04:05"));
    CHECK(decode("oiio", "cmyk.psd").icc.empty());
    CHECK(decode("oiio", "profile.psd").info.orientation == 6);
    CHECK(contains(decode("oiio", "profile.jp2").icc, "acsp"));
    const Result webp = decode("oiio", "rgb.webp");
    CHECK(contains(webp.icc, "acsp"));
    CHECK(contains(webp.exif, "A lens"));
    CHECK(contains(webp.xmp, "<rdf:RDF/>"));
    CHECK(decode("oiio", "animated.webp").info.frames == 3);
    CHECK(decode("oiio", "animated.gif").info.frames == 3);
    const Result heic = decode("oiio", "exif.heic");
    CHECK(is_tiff(heic.exif));
    CHECK(contains(heic.exif, "2020:01:02 03:04:05"));
    CHECK(contains(decode("oiio", "profile.heic").icc, "acsp"));
    CHECK(decode("oiio", "rgb.heic").icc.empty());
  }
  SECTION("raw") {
    const Result unknown = decode("raw", "unknown.nef");
    CHECK(contains(unknown.exif, "Kalon Works"));
    const Result known = decode("raw", "preview.dng");
    CHECK(known.property("Make") == "Kalon Works");
    CHECK(known.property("Model") == "K-2");
    CHECK(known.property("DateTimeOriginal") == "2021:05:06 07:08:09");
  }
  SECTION("JPEG XL") {
    const Result boxes = decode("jxl", "boxes.jxl");
    REQUIRE(boxes.ok());
    CHECK(contains(boxes.exif, "2020:01:02 03:04:05"));
    CHECK(is_tiff(boxes.exif));
    CHECK(contains(boxes.xmp, "<rdf:RDF/>"));
    const Result packed = decode("jxl", "turned.jxl");  // Brotli-compressed
    CHECK(is_tiff(packed.exif));
    CHECK(contains(packed.exif, "A lens"));
    CHECK(decode("jxl", "animated.jxl").info.frames == 3);
  }
}

TEST_CASE("channels beyond alpha are left out") {
  const Result six = decode("oiio", "six.tif"), four = decode("png", "rgba.png");
  REQUIRE(six.ok());
  CHECK(six.info.channels == 4);
  CHECK(six.pixels == four.pixels);
}

TEST_CASE("RAW previews scale, and a file without one is developed") {
  Options small;
  small.scale_width = 50, small.scale_height = 20;
  const Result scaled = decode("raw", "unknown.nef", small);
  REQUIRE(scaled.ok());
  CHECK(scaled.info.width == 240);
  CHECK(scaled.info.decoded_width == 60);
  CHECK(scaled.info.decoded_height == 40);
  const Result developed = decode("raw", "development.dng", small);
  INFO(developed.error);
  REQUIRE(developed.ok());
  CHECK(developed.info.width == 96);  // half of the sensor's
  CHECK(developed.info.height == 64);
  CHECK(developed.info.channels == 3);
  // The mosaic is a grey ramp that rises to the right.
  double left = 0, right = 0;
  for (size_t y = 0; y < 64; ++y) {
    for (size_t i = 0; i < 30; ++i) left += developed.pixels[y * 96 * 3 + i];
    for (size_t i = 258; i < 288; ++i) right += developed.pixels[y * 96 * 3 + i];
  }
  CHECK(right > 2 * left);
}

TEST_CASE("several threads decode at once and see what one sees") {
  for (const char *const plugin : {"jpeg", "png", "oiio", "raw", "jxl"}) {
    std::vector<std::string> names;
    for (const Case &each : cases)
      if (std::string(each.plugin) == plugin) names.push_back(each.name);
    std::vector<Bytes> alone;
    for (const std::string &name : names) alone.push_back(decode(plugin, name).pixels);
    std::vector<size_t> wrong(4, 0);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < wrong.size(); ++t)
      threads.emplace_back([&, t] {
        for (size_t i = 0; i < names.size(); ++i) {
          const size_t k = (i + t * 3) % names.size();
          try {
            if (decode(plugin, names[k]).pixels != alone[k]) ++wrong[t];
          } catch (const std::exception &) {
            ++wrong[t];
          }
        }
      });
    for (auto &thread : threads) thread.join();
    INFO(plugin);
    for (size_t count : wrong) CHECK(count == 0);
  }
}
