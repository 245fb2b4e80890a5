#include "kinds.h"

#include <algorithm>
#include <string_view>

#include "byte_reader.h"
#include "heif_boxes.h"
#include "tiff_extents.h"
#include "webp_chunks.h"

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

// The size marker stands right behind the beginning of a codestream; a JP2 file holds one in a box.
std::optional<Extent> jpeg2000_extent(ByteSpan file) {
  constexpr std::string_view begin("\xff\x4f\xff\x51");
  const std::string_view bytes(reinterpret_cast<const char *>(file.data), file.size);
  const size_t at = bytes.find(begin);
  if (at == bytes.npos || at + 24 > file.size) return std::nullopt;
  const uint64_t right = big_u32(file, at + 8), bottom = big_u32(file, at + 12);
  const uint64_t left = big_u32(file, at + 16), top = big_u32(file, at + 20);
  return Extent{right > left ? right - left : 0, bottom > top ? bottom - top : 0};
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
  static constexpr const char *names[] = {"tiff",    "webp", "heif", "heif",     "gif", "bmp",
                                          "openexr", "hdr",  "psd",  "jpeg2000", "dpx", "targa"};
  return names[static_cast<size_t>(kind)];
}

void check_header(Kind kind, ByteSpan file) {
  // Missing pixels of uncompressed strips would come out as whatever the memory held.
  if (kind == Kind::tiff && !tiff_data_present(file))
    throw plugin::Failure(KALON_CORRUPT_DATA, "the TIFF file ends before its pixels do");
  if (kind != Kind::dpx) return;
  // The user data's size, which becomes that of an array without being compared with anything.
  constexpr size_t header_bytes = 2048;
  const uint32_t user = file.starts_with("SDPX") ? big_u32(file, 32) : little_u32(file, 32);
  if (file.size < header_bytes || (user != 0 && user != UINT32_MAX && user > file.size - header_bytes))
    throw plugin::Failure(KALON_CORRUPT_DATA, "the header of the DPX file tells more user data than there are bytes");
}

std::optional<Extent> peek_extent(Kind kind, ByteSpan file) {
  switch (kind) {
    case Kind::webp:
      return webp_extent(file);
    case Kind::heic:
    case Kind::avif:
      return heif_extent(file);
    case Kind::gif:
      return Extent{little_u16(file, 6), little_u16(file, 8)};
    case Kind::jp2:
      return jpeg2000_extent(file);
    case Kind::psd:
      return Extent{big_u32(file, 18), big_u32(file, 14)};
    default:
      return std::nullopt;
  }
}

}  // namespace kalon::decoders
