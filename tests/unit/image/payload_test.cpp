// Ids against their definition (hash_of the bytes that count, put together by hand), and against files that Pillow and
// ExifTool wrote.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "image/codec.h"
#include "image/payload.h"
#include "support.h"

using namespace kalon;

namespace {

Bytes operator+(Bytes left, const Bytes &right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes text(std::string_view characters) {
  return Bytes(characters.begin(), characters.end());
}

Bytes segment(uint8_t code, const Bytes &data) {
  const size_t length = data.size() + 2;
  return Bytes{0xFF, code, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)} + data;
}

Bytes exif(int orientation, bool big_endian = false) {
  const auto value = static_cast<uint8_t>(orientation);
  const Bytes little = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0};
  const Bytes big = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
  return big_endian ? big : little;
}
Bytes exif_segment(int orientation, bool big_endian = false) {
  return segment(0xE1, text(std::string_view("Exif\0\0", 6)) + exif(orientation, big_endian));
}
Bytes icc_segment(uint8_t number, uint8_t count, const Bytes &part) {
  return segment(0xE2, text(std::string_view("ICC_PROFILE\0", 12)) + Bytes{number, count} + part);
}

const Bytes soi = {0xFF, 0xD8}, eoi = {0xFF, 0xD9};
const Bytes tables = segment(0xDB, Bytes(65, 7)) + segment(0xC4, Bytes(20, 1));
const Bytes frame = segment(0xC2, {8, 0, 16, 0, 16, 1, 1, 0x11, 0});
// Stuffed bytes, restart markers, and 0xFF before a restart marker are data.
const Bytes first_scan =
    segment(0xDA, {1, 1, 0, 0, 63, 0}) + Bytes{1, 2, 0xFF, 0x00, 3, 0xFF, 0xD0, 4, 0xFF, 0xFF, 0xD1, 5, 0xFF, 0x00};
const Bytes second_scan = segment(0xC4, Bytes(20, 2)) + segment(0xDA, {1, 1, 0, 0, 63, 0}) + Bytes{9, 8, 7};
const Bytes whole = soi + tables + frame + first_scan + second_scan + eoi;

PictureIdentity identity(const Bytes &file) {
  return identify(file);
}

Bytes chunk(std::string_view type, const Bytes &data) {
  const auto length = static_cast<uint32_t>(data.size());
  return Bytes{static_cast<uint8_t>(length >> 24), static_cast<uint8_t>(length >> 16),
               static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)} +
         text(type) + data + Bytes{1, 2, 3, 4};  // the checksum does not count
}
const Bytes png_signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

}  // namespace

TEST_CASE("a JPEG's id is the hash of its bytes without APPn and COM", "[image]") {
  const Hash128 id = hash_of(whole);
  CHECK(identity(whole).picture == id);
  CHECK(identity(whole).file == id);
  CHECK(identity(whole).render.none());

  const Bytes decorated = soi + segment(0xE0, text("JFIF")) + exif_segment(1) + tables + segment(0xFE, text("hello")) +
                          segment(0xED, Bytes(3000, 0xFF)) + frame + first_scan + segment(0xFE, {}) + second_scan + eoi;
  CHECK(identity(decorated).picture == id);
  CHECK(identity(decorated).render.none());
  CHECK(identity(decorated).file == hash_of(decorated));

  // Fill bytes before markers, and whatever follows EOI: a second picture (MPF), padding.
  const Bytes fill = {0xFF, 0xFF};
  CHECK(identity(soi + fill + tables + frame + first_scan + fill + second_scan + fill + eoi).picture == id);
  CHECK(identity(whole + soi + tables + frame + first_scan + eoi).picture == id);
  CHECK(identity(whole + Bytes(100, 0)).picture == id);

  Bytes other = whole;
  other[other.size() - 3] ^= 1;  // the last byte of the data
  CHECK(identity(other).picture != id);
}

TEST_CASE("orientation, profile and APP14 make the render hash, and nothing else", "[image]") {
  const auto with = [](const Bytes &segments) { return identity(soi + segments + tables + frame + first_scan + eoi); };
  const PictureIdentity plain = with({});
  CHECK(plain.render.none());
  CHECK(with(exif_segment(1)).render.none());
  CHECK(with(exif_segment(0)).render.none());
  CHECK(with(exif_segment(9)).render.none());
  std::vector<Hash128> hashes;
  for (int orientation = 2; orientation <= 8; ++orientation) {
    hashes.push_back(with(exif_segment(orientation)).render);
    CHECK(with(exif_segment(orientation, true)).render == hashes.back());  // the byte order does not matter
  }
  const Bytes profile(200, 5), half(100, 5);
  hashes.push_back(with(icc_segment(1, 1, profile)).render);
  hashes.push_back(with(icc_segment(1, 1, Bytes(200, 6))).render);
  hashes.push_back(with(segment(0xEE, text("Adobe") + Bytes{0, 100, 0, 0, 0, 0, 1})).render);
  hashes.push_back(with(segment(0xEE, text("Adobe") + Bytes{0, 100, 0, 0, 0, 0, 2})).render);
  hashes.push_back(with(exif_segment(3) + icc_segment(1, 1, profile)).render);
  for (size_t i = 0; i < hashes.size(); ++i) {
    CHECK_FALSE(hashes[i].none());
    for (size_t k = 0; k < i; ++k) CHECK(hashes[i] != hashes[k]);
  }
  // How a profile is cut into segments, and their order, does not matter; nor do segments of other kinds.
  CHECK(with(icc_segment(1, 2, half) + icc_segment(2, 2, half)).render == with(icc_segment(1, 1, profile)).render);
  CHECK(with(icc_segment(2, 2, Bytes(9, 2)) + icc_segment(1, 2, Bytes(9, 1))).render ==
        with(icc_segment(1, 2, Bytes(9, 1)) + icc_segment(2, 2, Bytes(9, 2))).render);
  CHECK(with(segment(0xE2, text("MPF")) + segment(0xEE, text("Other")) + exif_segment(6)).render == hashes[4]);
  CHECK(with(exif_segment(6) + icc_segment(1, 1, profile)).picture == plain.picture);
}

TEST_CASE("a PNG's id is the hash of type and data of the chunks that make the picture", "[image]") {
  const Bytes header = {0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0}, data(40, 9);
  const Bytes end = chunk("IEND", {});
  const Bytes plain = png_signature + chunk("IHDR", header) + chunk("IDAT", data) + end;
  const Hash128 id = hash_of(text("IHDR") + header + text("IDAT") + data);
  CHECK(identity(plain).picture == id);
  CHECK(identity(png_signature + chunk("IHDR", header) + chunk("tEXt", text("Comment\0x")) +
                 chunk("tIME", Bytes(7, 1)) + chunk("pHYs", Bytes(9, 1)) + chunk("IDAT", data) +
                 chunk("iTXt", text("XML:com.adobe.xmp")) + end + Bytes(50, 3))
            .picture == id);
  for (const char *type : {"PLTE", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "acTL", "fcTL", "fdAT"}) {
    const Bytes more = {1, 2, 3};
    INFO(type);
    CHECK(identity(png_signature + chunk("IHDR", header) + chunk(type, more) + chunk("IDAT", data) + end).picture ==
          hash_of(text("IHDR") + header + text(type) + more + text("IDAT") + data));
  }
  const Bytes turned = png_signature + chunk("IHDR", header) + chunk("eXIf", exif(6)) + chunk("IDAT", data) + end;
  CHECK(identity(turned).picture == id);
  CHECK_FALSE(identity(turned).render.none());
  CHECK(identity(png_signature + chunk("IHDR", header) + chunk("eXIf", exif(1)) + chunk("IDAT", data) + end)
            .render.none());
}

TEST_CASE("damaged files are hashed whole, wherever they are cut", "[image]") {
  const Bytes jpeg = soi + exif_segment(6) + tables + frame + first_scan + second_scan + eoi;
  for (size_t length = 0; length < jpeg.size(); ++length) {
    const PictureIdentity cut = identify(ByteView(jpeg).first(length));
    REQUIRE(cut.picture == hash_of(ByteView(jpeg).first(length)));
    REQUIRE(cut.render.none());
  }
  const Bytes png = png_signature + chunk("IHDR", Bytes(13, 1)) + chunk("eXIf", exif(6)) + chunk("IDAT", Bytes(30, 2)) +
                    chunk("IEND", {});
  for (size_t length = 0; length < png.size(); ++length) {
    const PictureIdentity cut = identify(ByteView(png).first(length));
    REQUIRE(cut.picture == hash_of(ByteView(png).first(length)));
    REQUIRE(cut.render.none());
  }
  // Not a picture at all, though the first and last markers are right: many such files would share an id.
  const Bytes hollow = soi + segment(0xE0, text("JFIF")) + eoi;
  CHECK(identity(hollow).picture == hash_of(hollow));
  const Bytes garbled = soi + Bytes{1} + tables + frame + first_scan + eoi;
  CHECK(identity(garbled).picture == hash_of(garbled));
}

TEST_CASE("any bytes get an id", "[image]") {
  std::mt19937 random(11);
  const RgbImage picture = test_picture(40, 30, 1);
  const Bytes seeds[] = {encode_jpeg(picture, 80), encode_png(picture), whole,
                         soi + exif_segment(6) + icc_segment(1, 1, Bytes(50, 1)) + tables + frame + first_scan + eoi};
  for (int i = 0; i < 20000; ++i) {
    Bytes file = seeds[i % 4];
    // Most of the changes hit the headers.
    for (int k = 0; k < 1 + i % 6; ++k)
      file[random() % std::min<size_t>(file.size(), i % 3 == 0 ? file.size() : 120)] =
          i % 5 == 0 ? 0xFF : static_cast<uint8_t>(random());
    if (i % 4 == 3) file.resize(random() % file.size());
    const Hash128 before = hash_of(file);
    REQUIRE(identify(file).file == before);
    REQUIRE_FALSE(identify(file).picture.none());
  }
}

TEST_CASE("ids of files written by Pillow and ExifTool", "[image]") {
  const TemporaryFolder folder;
  const RgbImage picture = test_picture(90, 60, 12, 60);
  put_file(folder / "pixels.bin", picture.data);
  run_python(folder, R"(
import io, os, shutil, subprocess
from PIL import Image, ImageCms, PngImagePlugin
image = Image.frombytes('RGB', (90, 60), open('pixels.bin', 'rb').read())
changed = image.copy()
changed.putpixel((44, 31), tuple(255 - v for v in image.getpixel((44, 31))))
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    e[0x010E] = 'a caption'
    e[0x013B] = 'somebody'
    return e.tobytes()
for kind in ('jpg', 'progressive.jpg', 'png', 'webp'):
    options = dict(quality=90) if kind != 'png' else {}
    if kind == 'progressive.jpg': options['progressive'] = True
    if kind == 'webp': options['lossless'] = True
    image.save('plain.' + kind, **options)
    image.save('caption.' + kind, exif=exif(1), **options)
    image.save('turned.' + kind, exif=exif(6), **options)
    image.save('profile.' + kind, icc_profile=profile, **options)
    changed.save('changed.' + kind, **options)
image.save('comment.jpg', quality=90, comment='words')
image.save('comment.progressive.jpg', quality=90, comment='words', progressive=True)
info = PngImagePlugin.PngInfo()
info.add_text('parameters', 'a prompt')
info.add_itxt('XML:com.adobe.xmp', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
image.save('comment.png', pnginfo=info)
if shutil.which('exiftool'):
    for kind in ('jpg', 'progressive.jpg', 'png'):
        for source in ('plain', 'caption'):
            name = 'exiftool_%s.%s' % (source, kind)
            shutil.copy(source + '.' + kind, name)
            subprocess.check_call(['exiftool', '-q', '-overwrite_original', '-XMP:Rating=4', '-XMP:Description=later',
                                   '-EXIF:Artist=another', '-Comment=note', '-IPTC:Keywords=one', name])
)");
  const auto of = [&](const std::string &name) { return identify(get_file(folder / name)); };
  const bool exiftool = std::system("command -v exiftool > /dev/null 2>&1") == 0;
  for (const std::string kind : {"jpg", "progressive.jpg", "png"}) {
    INFO(kind);
    const PictureIdentity plain = of("plain." + kind);
    CHECK(plain.picture != plain.file);
    std::vector<std::string> same = {"caption.", "comment."};
    if (exiftool) same.insert(same.end(), {"exiftool_plain.", "exiftool_caption."});
    for (const std::string &name : same) {
      INFO(name);
      const PictureIdentity edited = of(name + kind);
      CHECK(edited.file != plain.file);
      CHECK(edited.picture == plain.picture);
      CHECK(edited.render == plain.render);
    }
    CHECK(of("turned." + kind).picture == plain.picture);
    CHECK(of("turned." + kind).render != plain.render);
    CHECK(of("changed." + kind).picture != plain.picture);
    // A PNG's profile is part of its payload, a JPEG's is not.
    CHECK((of("profile." + kind).picture == plain.picture) == (kind != "png"));
    CHECK((of("profile." + kind).render == plain.render) == (kind == "png"));
  }
  for (const std::string name : {"plain.webp", "caption.webp", "turned.webp"}) {
    CHECK(of(name).picture == of(name).file);
    CHECK(of(name).render.none());
  }
  CHECK(of("plain.webp").picture != of("caption.webp").picture);
}
