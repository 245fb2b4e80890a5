// Damaged, empty, lying and foreign files: a status and a text each, never a crash, and not a word on the terminal.

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "harness.h"

using namespace decoders;

namespace {

struct Sample {
  const char *plugin, *name;
};

// One of every coding.
const Sample samples[] = {
    {"jpeg", "rgb.jpg"},     {"jpeg", "progressive.jpg"}, {"jpeg", "cmyk.jpg"},      {"png", "rgb.png"},
    {"png", "palette.png"},  {"png", "interlaced16.png"}, {"png", "late.png"},       {"oiio", "rgb.tif"},
    {"oiio", "deflate.tif"}, {"oiio", "cmyk_jpeg.tif"},   {"oiio", "fax.tif"},       {"oiio", "tiled.tif"},
    {"oiio", "rgb.webp"},    {"oiio", "lossy.webp"},      {"oiio", "animated.webp"}, {"oiio", "rgb.bmp"},
    {"oiio", "palette.bmp"}, {"oiio", "rgba.tga"},        {"oiio", "rgb.jp2"},       {"oiio", "rgb.j2k"},
    {"oiio", "rgba.exr"},    {"oiio", "rgb.hdr"},         {"oiio", "rgb.dpx"},       {"oiio", "rgb.psd"},
    {"oiio", "profile.psd"}, {"oiio", "profile.jp2"},     {"oiio", "deep.heic"},     {"oiio", "transparent.gif"},
    {"oiio", "rgba.heic"},   {"oiio", "exif.heic"},       {"oiio", "rgb.avif"},      {"raw", "unknown.nef"},
    {"raw", "preview.dng"},  {"raw", "development.dng"},  {"jxl", "rgba.jxl"},       {"jxl", "lossy.jxl"},
    {"jxl", "turned.jxl"},
};

bool is_expected_failure(kalon_status status) {
  return status == KALON_CORRUPT_DATA || status == KALON_UNSUPPORTED || status == KALON_LIMIT_EXCEEDED;
}

Result decode_damaged(const Sample &sample, const Bytes &bytes) {
  Options options;
  options.max_pixels = 4 << 20;  // flips in a header may make large pictures, which cost time and prove nothing
  options.path = std::string("/nowhere/damaged") + std::strrchr(sample.name, '.');
  return decode(sample.plugin, bytes, options);
}

}  // namespace

TEST_CASE("a file that ends early is corrupt at every length") {
  for (const Sample &sample : samples) {
    const Bytes whole = picture(sample.name);
    std::optional<QuietErrors> quiet;
    if (std::string(sample.plugin) == "jxl") quiet.emplace();  // Debian's libjxl tells every damage to the terminal
    for (size_t step = 0; step <= 60; ++step) {
      // Close steps in the header, even ones up to nine tenths; what stands at the very end may be padding.
      const size_t length = step < 20 ? step * 4 : whole.size() * 9 / 10 * (step - 20) / 40;
      INFO(sample.plugin << ": " << sample.name << " cut to " << length << " of " << whole.size());
      const Result result =
          decode_damaged(sample, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
      // The preview of a RAW file may still be complete.
      const bool preview = std::string(sample.plugin) == "raw" && result.ok() &&
                           (result.info.width == 60 || (result.info.width == 240 && length > whole.size() / 8));
      CHECK((preview || is_expected_failure(result.status())));
      if (!preview) CHECK_FALSE(result.error.empty());
      if (length == 0) CHECK(result.opened == KALON_CORRUPT_DATA);
    }
  }
  for (const Sample &sample : {Sample{"jpeg", "rgb.jpg"}, {"jpeg", "progressive.jpg"}, {"png", "rgb.png"}}) {
    Bytes whole = picture(sample.name);
    for (int cut = 1; cut <= 40; ++cut) {
      whole.pop_back();
      INFO(sample.name << " without its last " << cut << " bytes");
      CHECK(decode_damaged(sample, whole).status() == KALON_CORRUPT_DATA);
    }
  }
}

TEST_CASE("flipped bits harm nobody") {
  for (const Sample &sample : samples) {
    const Bytes whole = picture(sample.name);
    std::optional<QuietErrors> quiet;
    if (std::string(sample.plugin) == "jxl") quiet.emplace();
    std::mt19937 random(20240607);
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
      Bytes bytes = whole;
      const unsigned flips = 1 + random() % 8;
      // Half of the rounds in the first 512 bytes, where headers are.
      const size_t range = round % 2 ? bytes.size() : std::min<size_t>(bytes.size(), 512);
      for (unsigned i = 0; i < flips; ++i) bytes[random() % range] = static_cast<uint8_t>(random());
      INFO(sample.plugin << ": " << sample.name << " round " << round);
      Result result;
      CHECK_NOTHROW(result = decode_damaged(sample, bytes));
      CHECK((result.ok() || is_expected_failure(result.status()) || result.status() == KALON_OUT_OF_MEMORY));
      if (!result.ok()) {
        ++refused;
        CHECK_FALSE(result.error.empty());
      }
    }
    INFO(sample.name);
    if (std::string(sample.plugin) != "raw") CHECK(refused > 0);  // whose search finds what is whole
  }
}

TEST_CASE("the limit on pixels is kept before any are decoded") {
  for (const Sample &sample : samples) {
    INFO(sample.name);
    const kalon_picture_info info = decode(sample.plugin, sample.name).info;
    Options exact, less;
    exact.max_pixels = uint64_t{info.width} * info.height;
    less.max_pixels = exact.max_pixels - 1;
    if (std::string(sample.name) == "development.dng")
      exact.max_pixels *= 4, less.max_pixels *= 4;  // the sensor counts
    CHECK(decode(sample.plugin, sample.name, exact).ok());
    const Result refused = decode(sample.plugin, sample.name, less);
    const std::string sizes = std::to_string(info.width) + " x " + std::to_string(info.height);
    if (std::string(sample.plugin) == "raw" && refused.ok()) continue;  // a smaller preview was within the limit
    CHECK(refused.opened == KALON_LIMIT_EXCEEDED);
    if (std::string(sample.plugin) != "raw") CHECK(refused.error.find(sizes) != std::string::npos);
  }
}

TEST_CASE("headers that promise 60000 x 60000 pixels are refused") {
  for (const char *name : {"huge.jpg", "huge.png", "huge.bmp", "huge.tga", "huge.gif", "huge.psd", "huge.tif",
                           "huge.j2k", "huge.exr", "huge.heic", "huge.dpx", "huge.hdr", "huge.webp"}) {
    INFO(name);
    const std::string extension = std::strrchr(name, '.');
    const char *plugin = extension == ".jpg" ? "jpeg" : extension == ".png" ? "png" : "oiio";
    Options options;
    if (extension == ".webp") options.max_pixels = 200 << 20;
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    const Result result = decode(plugin, name, options);
    getrusage(RUSAGE_SELF, &after);
    INFO(result.error);
    CHECK((result.opened == KALON_LIMIT_EXCEEDED || result.opened == KALON_CORRUPT_DATA));
    CHECK(after.ru_maxrss - before.ru_maxrss < 100 << 10);  // KiB
    // Where the limit allows it, the bytes are too few.
    options.max_pixels = uint64_t{1} << 40;
    CHECK(is_expected_failure(decode(plugin, name, options).opened));
  }
}

TEST_CASE("text bombs in PNG are left out or refused") {
  const Result bomb = decode("png", "text_bomb.png");  // 3 texts of 100 MB
  CHECK(bomb.ok());
  CHECK(bomb.properties.size() < 64 << 20);
  const Result many = decode("png", "many_bombs.png");  // 12 texts of 15 MB
  CHECK((many.ok() || many.opened == KALON_LIMIT_EXCEEDED));
  CHECK(many.properties.size() < 200 << 20);
}

TEST_CASE("pictures of one pixel") {
  for (const Sample &sample : {Sample{"jpeg", "one.jpg"},
                               {"png", "one.png"},
                               {"oiio", "one.tif"},
                               {"oiio", "one.webp"},
                               {"oiio", "one.gif"},
                               {"oiio", "one.bmp"},
                               {"oiio", "one.tga"},
                               {"oiio", "one.jp2"},
                               {"oiio", "one.exr"},
                               {"oiio", "one.hdr"},
                               {"oiio", "one.psd"},
                               {"jxl", "one.jxl"}}) {
    INFO(sample.name);
    Options options;
    options.scale_width = options.scale_height = 100;
    const Result result = decode(sample.plugin, sample.name, options);
    CHECK(result.ok());
    CHECK(result.info.decoded_width * result.info.decoded_height == 1);
  }
}

TEST_CASE("files of another kind are refused") {
  const std::string words =
      "This is not a picture. It never was, and no decoder will make it one. Nor with more words.";
  for (const char *plugin : {"jpeg", "png", "oiio", "raw", "jxl"}) {
    INFO(plugin);
    Options options;
    options.path = "/nowhere/x.tga";
    CHECK(is_expected_failure(decode(plugin, Bytes(words.begin(), words.end()), options).opened));
    CHECK(decode(plugin, Bytes(), options).opened == KALON_CORRUPT_DATA);
    CHECK(is_expected_failure(decode(plugin, Bytes(100000, 0), options).status()));
    CHECK(is_expected_failure(decode(plugin, Bytes(100000, 0xff), options).status()));
    for (const Sample &sample :
         {Sample{"jpeg", "rgb.jpg"}, {"png", "rgb.png"}, {"oiio", "rgb.webp"}, {"jxl", "rgba.jxl"}}) {
      if (std::string(sample.plugin) == plugin ||
          (std::string(plugin) == "raw" && std::string(sample.plugin) == "jpeg"))
        continue;
      INFO(sample.name);
      CHECK(is_expected_failure(decode(plugin, sample.name, options).status()));
    }
  }
  // A JPEG that calls itself RAW is shown all the same.
  Options options;
  options.path = "x.nef";
  CHECK(decode("raw", "rgb.jpg", options).ok());
}

TEST_CASE("many beginnings of JPEGs do not keep the search busy") {
  Bytes bytes;
  const uint8_t begin[] = {0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 16, 0, 16, 1, 1,
                           0x11, 0,    0xff, 0xda, 0, 8,  1, 1, 0,  0, 63, 0};
  while (bytes.size() < 4 << 20) bytes.insert(bytes.end(), std::begin(begin), std::end(begin));
  timespec before{}, after{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  CHECK(decode("raw", bytes).opened == KALON_CORRUPT_DATA);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  CHECK(after.tv_sec - before.tv_sec < 20);  // unbounded it would take hours
}

TEST_CASE("calls that break the contract are refused") {
  const kalon_decoder_factory &decoder = factory("png");
  const Bytes file = picture("rgb.png");
  const kalon_source source{sizeof(kalon_source), 0, file.data(), file.size(), nullptr};
  const kalon_decode_limits limits{sizeof(kalon_decode_limits), 0, 0};  // none
  char text[24];
  std::memset(text, 'x', sizeof text);
  kalon_text error{text, 8};
  kalon_decode *decode = nullptr;
  CHECK(decoder.open(nullptr, &limits, &decode, &error) == KALON_INVALID_ARGUMENT);
  CHECK(std::strlen(text) == 7);  // cut to the buffer
  CHECK(text[8] == 'x');
  REQUIRE(decoder.open(&source, &limits, &decode, nullptr) == KALON_OK);
  // A caller of an older revision knows less of the description.
  struct Older {
    uint32_t size, width, height;
    uint32_t guard;
  } older{12, 0, 0, 77};
  CHECK(decoder.info(decode, reinterpret_cast<kalon_picture_info *>(&older)) == KALON_OK);
  CHECK(older.width == 70);
  CHECK(older.guard == 77);
  kalon_picture_info info{};
  info.size = sizeof info;
  CHECK(decoder.info(decode, &info) == KALON_OK);
  Bytes rows(70 * 46 * 3);
  kalon_pixels pixels{sizeof(kalon_pixels), 70, 46, 3, KALON_SAMPLE_U8, 0, 70 * 3, rows.data()};
  for (int wrong = 0; wrong < 5; ++wrong) {
    kalon_pixels other = pixels;
    if (wrong == 0) other.width = 69;
    if (wrong == 1) other.channels = 4;
    if (wrong == 2) other.sample = KALON_SAMPLE_U16;
    if (wrong == 3) other.stride = 209;
    if (wrong == 4) other.data = nullptr;
    CHECK(decoder.read(decode, &other, nullptr) == KALON_INVALID_ARGUMENT);
  }
  CHECK(decoder.read(decode, &pixels, nullptr) == KALON_OK);
  CHECK(decoder.read(decode, &pixels, nullptr) == KALON_INVALID_ARGUMENT);
  decoder.close(decode);
  decoder.close(nullptr);
}

TEST_CASE("nothing is written to the terminal") {
  // Except by libraries that cannot be told not to: libjxl as Debian builds it, libraw's own reader of lossy DNG, and
  // dav1d below libheif.
  const std::string output = output_of([] {
    for (const Sample &sample : samples) {
      const std::string name = sample.name;
      if (std::string(sample.plugin) == "jxl" || name == "development.dng" || name == "rgb.avif") continue;
      const Bytes whole = picture(name);
      std::mt19937 random(7);
      for (int round = 0; round < 30; ++round) {
        Bytes bytes = whole;
        for (int i = 0; i < 6; ++i) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
        decode_damaged(sample, bytes);
      }
      decode_damaged(sample, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
    }
    // Good files of these are silent too.
    for (const char *name : {"rgba.jxl", "turned.jxl"}) decode("jxl", name);
    decode("raw", "development.dng");
    decode("oiio", "rgb.avif");
  });
  CHECK(output == "");
}
