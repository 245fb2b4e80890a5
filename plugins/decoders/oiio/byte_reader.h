#pragma once
// Numbers at places in a file. Bytes behind its end count as 0.

#include <kalon/plugin.hpp>

namespace kalon::decoders {

inline uint32_t byte_at(plugin::ByteSpan file, size_t at) {
  return at < file.size ? file.data[at] : 0;
}

inline uint32_t big_u16(plugin::ByteSpan file, size_t at) {
  return byte_at(file, at) << 8 | byte_at(file, at + 1);
}
inline uint32_t big_u32(plugin::ByteSpan file, size_t at) {
  return big_u16(file, at) << 16 | big_u16(file, at + 2);
}
inline uint64_t big_u64(plugin::ByteSpan file, size_t at) {
  return uint64_t{big_u32(file, at)} << 32 | big_u32(file, at + 4);
}

inline uint32_t little_u16(plugin::ByteSpan file, size_t at) {
  return byte_at(file, at + 1) << 8 | byte_at(file, at);
}
inline uint32_t little_u24(plugin::ByteSpan file, size_t at) {
  return byte_at(file, at + 2) << 16 | little_u16(file, at);
}
inline uint32_t little_u32(plugin::ByteSpan file, size_t at) {
  return little_u16(file, at + 2) << 16 | little_u16(file, at);
}

}  // namespace kalon::decoders
