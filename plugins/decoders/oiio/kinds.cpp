#include "kinds.h"

#include <algorithm>
#include <string_view>

#include "byte_reader.h"
#include "picture.h"

namespace kalon::decoders {
namespace {

using namespace std::string_view_literals;

bool has_extension(const char *path, std::initializer_list<std::string_view> wanted) {
  const std::string_view name = path ? path : "";
  const size_t dot = name.rfind('.');
  if (dot == name.npos) return false;
  std::string extension(name.substr(dot + 1));
  for (char &c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(wanted.begin(), wanted.end(), extension) != wanted.end();
}

std::optional<Kind> heif_kind(ByteSpan file) {
  // The major brand may be general ("mif1"); the list of compatible ones behind it tells.
  const size_t end = std::min<size_t>(std::min<size_t>(file.size, big_u32(file, 0)), 256);
  bool heif = false;
  for (size_t at = 8; at + 4 <= end; at += 4) {
    if (at == 12) continue;  // the brand's version
    const ByteSpan brand = file.part(at, 4);
    for (auto avif : {"avif"sv, "avis"sv})
      if (brand.starts_with(avif)) return Kind::avif;
    for (auto other : {"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "mif1"sv, "msf1"sv})
      heif = heif || brand.starts_with(other);
  }
  return heif ? std::optional(Kind::heic) : std::nullopt;
}

}  // namespace

std::optional<Kind> find_kind(ByteSpan file, const char *path) {
  struct Magic {
    size_t offset;
    std::string_view bytes;
    Kind kind;
  };
  static constexpr Magic magics[] = {{0, "II*\0"sv, Kind::tiff},
                                     {0, "MM\0*"sv, Kind::tiff},
                                     {0, "II+\0"sv, Kind::tiff},
                                     {0, "MM\0+"sv, Kind::tiff},
                                     {8, "WEBPVP8"sv, Kind::webp},
                                     {0, "GIF87a"sv, Kind::gif},
                                     {0, "GIF89a"sv, Kind::gif},
                                     {0, "\x76\x2f\x31\x01"sv, Kind::exr},
                                     {0, "#?RADIANCE"sv, Kind::hdr},
                                     {0, "#?RGBE"sv, Kind::hdr},
                                     {0, "8BPS"sv, Kind::psd},
                                     {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, Kind::jp2},
                                     {0, "\xff\x4f\xff\x51"sv, Kind::jp2},
                                     {0, "SDPX"sv, Kind::dpx},
                                     {0, "XPDS"sv, Kind::dpx},
                                     {0, "BM"sv, Kind::bmp}};
  for (const Magic &magic : magics)
    if (file.part(magic.offset).starts_with(magic.bytes)) return magic.kind;
  if (file.part(4).starts_with("ftyp")) return heif_kind(file);
  const bool footer = file.size >= 26 && file.part(file.size - 18).starts_with("TRUEVISION-XFILE");
  if (footer || has_extension(path, {"tga", "tpic"})) return Kind::tga;
  return std::nullopt;
}

const char *format_of(Kind kind) {
  static constexpr const char *names[] = {"tiff", "webp", "heic", "avif", "gif", "bmp",
                                          "exr",  "hdr",  "psd",  "jp2",  "dpx", "tga"};
  return names[static_cast<size_t>(kind)];
}

const char *oiio_format_of(Kind kind) {
  static constexpr const char *names[] = {"tiff",    "webp", nullptr, nullptr,    "gif", "bmp",
                                          "openexr", "hdr",  "psd",   "jpeg2000", "dpx", "targa"};
  return names[static_cast<size_t>(kind)];
}

void check_extent(uint64_t width, uint64_t height, ByteSpan file, const kalon_decode_limits &limits) {
  // From this size on a picture must have a byte for so many pixels: no real one compresses better.
  constexpr uint64_t large_picture = uint64_t{64} << 20, most_pixels_per_byte = 10000;
  if (width == 0 || height == 0) throw plugin::Failure(KALON_CORRUPT_DATA, "the header tells an empty picture");
  plugin::check_limits(width, height, limits);
  if (width * height > large_picture && width * height / most_pixels_per_byte > file.size)
    throw plugin::Failure(KALON_CORRUPT_DATA, "the header promises " + std::to_string(width) + " x " +
                                                  std::to_string(height) + " pixels, but there are only " +
                                                  std::to_string(file.size) + " bytes");
}

}  // namespace kalon::decoders
