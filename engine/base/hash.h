#pragma once
// XXH3-128 with seed 0 (https://xxhash.com): the hash behind every id in Kalon.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kalon {

// A 128-bit hash in canonical (big-endian) byte order; also the form of every picture id. All zero means "none".
struct Hash128 {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const Hash128 &) const = default;
  bool none() const { return *this == Hash128{}; }
  std::string hex() const;  // 32 lower-case hex digits
  static std::optional<Hash128> from_hex(std::string_view hex);
};

Hash128 hash_of(ByteView bytes);
inline Hash128 hash_of(std::string_view text) {
  return hash_of(bytes_of(text));
}

// The hash of bytes that come in pieces. Not thread-safe.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher &) = delete;
  Hasher &operator=(const Hasher &) = delete;
  void add(ByteView bytes);
  Hash128 finish() const;

 private:
  void *state_;
};

}  // namespace kalon

template <>
struct std::hash<kalon::Hash128> {
  size_t operator()(const kalon::Hash128 &key) const noexcept {
    size_t value;
    __builtin_memcpy(&value, key.bytes.data(), sizeof value);
    return value;
  }
};
