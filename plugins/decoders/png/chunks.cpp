#include "chunks.h"

#include <algorithm>
#include <string_view>

namespace kalon::decoders {
namespace {

constexpr size_t signature_bytes = 8, most_moved = 1000;

uint32_t u32(const uint8_t *at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 |
         at[3];
}

}  // namespace

PngChunks arrange_chunks(plugin::ByteSpan file) {
  PngChunks chunks;
  std::vector<plugin::ByteSpan> late, rest;
  size_t first_data = 0, kept_from = 0;  // first IDAT; begin of what was not yet put into a part
  for (size_t at = signature_bytes; file.size >= 12 && at <= file.size - 12;) {
    const size_t length = u32(file.data + at);
    if (length > file.size - 12 - at) break;
    const std::string_view type(reinterpret_cast<const char *>(file.data) + at + 4, 4);
    if (type == "IDAT" && first_data == 0) first_data = kept_from = at;
    if (type == "acTL" && first_data == 0 && length == 8) chunks.frames = std::max(1u, u32(file.data + at + 8));
    const bool metadata = type == "tEXt" || type == "zTXt" || type == "iTXt" || type == "eXIf";
    if (metadata && first_data != 0 && late.size() < most_moved) {
      if (at > kept_from) rest.push_back(file.part(kept_from, at - kept_from));
      late.push_back(file.part(at, length + 12));
      kept_from = at + length + 12;
    }
    at += length + 12;
  }
  if (first_data != 0) chunks.parts.push_back(file.part(0, first_data));
  chunks.parts.insert(chunks.parts.end(), late.begin(), late.end());
  chunks.parts.insert(chunks.parts.end(), rest.begin(), rest.end());
  if (kept_from < file.size) chunks.parts.push_back(file.part(kept_from));
  return chunks;
}

}  // namespace kalon::decoders
