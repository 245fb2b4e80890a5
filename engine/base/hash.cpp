#include "base/hash.h"

#include <xxhash.h>

#include <new>

namespace kalon {
namespace {
Hash128 canonical(XXH128_hash_t hash) {
  XXH128_canonical_t form;
  XXH128_canonicalFromHash(&form, hash);
  Hash128 result;
  __builtin_memcpy(result.bytes.data(), form.digest, 16);
  return result;
}
}  // namespace

std::string Hash128::hex() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(32, '0');
  for (size_t i = 0; i < 16; ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  return text;
}

std::optional<Hash128> Hash128::from_hex(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  Hash128 hash;
  for (size_t i = 0; i < 32; ++i) {
    char c = hex[i];
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (value < 0) return std::nullopt;
    hash.bytes[i / 2] = static_cast<uint8_t>(hash.bytes[i / 2] << 4 | value);
  }
  return hash;
}

Hash128 hash_of(ByteView bytes) {
  return canonical(XXH3_128bits(bytes.data(), bytes.size()));
}

Hasher::Hasher() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(static_cast<XXH3_state_t *>(state_));
}
Hasher::~Hasher() {
  XXH3_freeState(static_cast<XXH3_state_t *>(state_));
}
void Hasher::add(ByteView bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t *>(state_), bytes.data(), bytes.size());
}
Hash128 Hasher::finish() const {
  return canonical(XXH3_128bits_digest(static_cast<XXH3_state_t *>(state_)));
}

}  // namespace kalon
