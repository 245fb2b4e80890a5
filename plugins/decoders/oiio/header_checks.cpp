#include "header_checks.h"

#include <optional>
#include <string_view>

#include "byte_reader.h"
#include "tiff_folder.h"
#include "webp_chunks.h"

namespace kalon::decoders {
namespace {

using plugin::Failure;

[[noreturn]] void fail(const char *what) {
  throw Failure(KALON_CORRUPT_DATA, what);
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

// What OpenEXR makes tables from before it looks at the file's size.
struct ExrHeader {
  Extent data_window;
  uint64_t tile_width = 0, tile_height = 0, rows_in_chunk = 1;
};

// Reads one header (name, type, size, value, ...) up to its end; none when the file ends or at is no header.
std::optional<ExrHeader> read_exr_header(ByteSpan file, size_t &at) {
  ExrHeader header;
  auto read_name = [&]() -> std::string_view {
    const ByteSpan rest = file.part(at, 256);
    const auto *end = rest.empty() ? nullptr : static_cast<const uint8_t *>(std::memchr(rest.data, 0, rest.size));
    if (!end) fail("the header of the EXR file is broken");
    const std::string_view name(reinterpret_cast<const char *>(rest.data), static_cast<size_t>(end - rest.data));
    at += name.size() + 1;
    return name;
  };
  for (bool any = false;; any = true) {
    const std::string_view name = read_name();
    if (name.empty()) return any ? std::optional(header) : std::nullopt;
    read_name();  // type
    const size_t size = little_u32(file, at), value = at + 4;
    if (size > file.size || value > file.size - size) fail("the header of the EXR file is broken");
    auto number = [&](size_t offset) { return static_cast<int32_t>(little_u32(file, value + offset)); };
    if (name == "dataWindow" && size == 16) {
      const int64_t width = int64_t{number(8)} - number(0) + 1, height = int64_t{number(12)} - number(4) + 1;
      header.data_window = {static_cast<uint64_t>(std::max<int64_t>(width, 0)),
                            static_cast<uint64_t>(std::max<int64_t>(height, 0))};
    } else if (name == "tiles" && size == 9) {
      header.tile_width = little_u32(file, value);
      header.tile_height = little_u32(file, value + 4);
    } else if (name == "compression" && size == 1) {
      constexpr uint8_t rows[] = {1, 1, 1, 16, 32, 16, 32, 32, 32, 255};
      header.rows_in_chunk = byte_at(file, value) < sizeof rows ? rows[byte_at(file, value)] : 1;
    }
    at = value + size;
  }
}

// Every chunk of an EXR has eight bytes in a table, which OpenEXR makes before it reads.
void check_exr(ByteSpan file) {
  constexpr uint64_t largest_tile = 64 << 20;
  constexpr int most_parts = 1000;
  const bool parts = little_u32(file, 4) & 0x1000;
  size_t at = 8;
  for (int part = 0; part < (parts ? most_parts : 1); ++part) {
    const auto header = read_exr_header(file, at);
    if (!header) return;
    const Extent size = header->data_window;
    const uint64_t across = header->tile_width ? (size.width + header->tile_width - 1) / header->tile_width : 1;
    const uint64_t rows = header->tile_height ? header->tile_height : header->rows_in_chunk;
    const uint64_t chunks = across * ((size.height + rows - 1) / rows);
    if (size.width == 0 || size.height == 0 || chunks > file.size / 8)
      fail("the header of the EXR file promises more than the file holds");
    if (header->tile_width * header->tile_height > largest_tile) fail("the header of the EXR file tells absurd tiles");
  }
}

// Missing pixels of uncompressed strips would come out as whatever the memory held.
void check_tiff(ByteSpan file) {
  constexpr uint32_t strip_offsets = 273, strip_bytes = 279, tile_offsets = 324, tile_bytes = 325;
  const TiffFolder folder(file);
  for (auto [offsets_tag, bytes_tag] : {std::pair{strip_offsets, strip_bytes}, {tile_offsets, tile_bytes}}) {
    const auto offsets = folder.find(offsets_tag), bytes = folder.find(bytes_tag);
    for (uint64_t i = 0; i < std::min(offsets.count, bytes.count); ++i) {
      const uint64_t offset = folder.value(offsets, i), length = folder.value(bytes, i);
      if (length > 0 && (offset > file.size || length > file.size - offset))
        fail("the TIFF file ends before its pixels do");
    }
  }
}

// The user data's size becomes that of an array without being compared with anything.
void check_dpx(ByteSpan file) {
  constexpr size_t header_bytes = 2048;
  const uint32_t user = file.starts_with("SDPX") ? big_u32(file, 32) : little_u32(file, 32);
  if (file.size < header_bytes || (user != 0 && user != UINT32_MAX && user > file.size - header_bytes))
    fail("the header of the DPX file tells more user data than there are bytes");
}

// Sections are read whole, whatever length they tell; and runs of equal bytes shrink to a 64th at most.
void check_psd(ByteSpan file) {
  const uint64_t channels = big_u16(file, 12), height = big_u32(file, 14), width = big_u32(file, 18);
  const uint64_t bytes = std::max(big_u16(file, 22) / 8, 1u);
  const bool large = big_u16(file, 4) == 2;
  size_t at = 26;
  for (int section = 0; section < 3; ++section) {  // colours, resources, layers
    const size_t field = large && section == 2 ? 8 : 4;
    const uint64_t length = field == 8 ? big_u64(file, at) : big_u32(file, at);
    at += field;
    if (at > file.size || length > file.size - at) fail("the PSD file ends inside its header");
    at += static_cast<size_t>(length);
  }
  if (channels * height > file.size * 64 || channels * height * width / 64 * bytes > file.size)
    fail("the header of the PSD file promises more than the file holds");
}

}  // namespace

std::optional<Extent> peek_extent(Kind kind, ByteSpan file) {
  switch (kind) {
    case Kind::webp: {
      const auto size = webp_size(file);
      return Extent{size.first, size.second};
    }
    case Kind::gif:
      return Extent{little_u16(file, 6), little_u16(file, 8)};
    case Kind::jp2:
      return jpeg2000_extent(file);
    case Kind::psd:
      return Extent{big_u32(file, 18), big_u32(file, 14)};
    case Kind::exr: {
      size_t at = 8;
      const auto header = read_exr_header(file, at);
      return header ? std::optional(header->data_window) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

void check_header(Kind kind, ByteSpan file) {
  switch (kind) {
    case Kind::tiff:
      return check_tiff(file);
    case Kind::exr:
      return check_exr(file);
    case Kind::dpx:
      return check_dpx(file);
    case Kind::psd:
      return check_psd(file);
    default:
      return;
  }
}

}  // namespace kalon::decoders
