#include "webp_chunks.h"

#include "../shared/exif.h"
#include "byte_reader.h"

namespace kalon::decoders {
namespace {

constexpr size_t first_chunk = 12;

template <class Visit>
void visit_chunks(ByteSpan file, Visit visit) {
  for (size_t at = first_chunk; at + 8 <= file.size;) {
    const size_t size = little_u32(file, at + 4);
    visit(file.part(at, 4), file.part(at + 8, size));
    if (size > file.size - at - 8) return;
    at += 8 + size + size % 2;
  }
}

}  // namespace

WebpChunks webp_chunks(ByteSpan file) {
  WebpChunks chunks;
  uint32_t frames = 0;
  visit_chunks(file, [&](ByteSpan name, ByteSpan data) {
    if (name.starts_with("ICCP")) chunks.icc = data;
    if (name.starts_with("EXIF")) chunks.exif = exif_without_prefix(data);
    if (name.starts_with("XMP ")) chunks.xmp = data;
    if (name.starts_with("ANMF")) ++frames;
  });
  if (frames > 0) chunks.frames = frames;
  return chunks;
}

std::pair<uint32_t, uint32_t> webp_size(ByteSpan file) {
  const ByteSpan name = file.part(first_chunk, 4), data = file.part(first_chunk + 8);
  if (name.starts_with("VP8X")) return {little_u24(data, 4) + 1, little_u24(data, 7) + 1};
  if (name.starts_with("VP8L")) {
    const uint32_t bits = little_u32(data, 1);
    return {(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1};
  }
  return {little_u16(data, 6) & 0x3fff, little_u16(data, 8) & 0x3fff};
}

}  // namespace kalon::decoders
