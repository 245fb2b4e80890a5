// The hash behind every id. Values: sanity vectors of xxHash (github.com/Cyan4973/xxHash, tests/sanity_test_vectors.h,
// XSUM_XXH128_testdata with seed 0), the high half first as the canonical form has it; `xxhsum -H2` 0.8.1 prints the
// same.
#include <catch2/catch.hpp>

#include <unordered_set>

#include "base/hash.h"

using namespace kalon;

namespace {

// The bytes that the vectors are about (xxHash, XSUM_fillTestBuffer).
Bytes test_bytes(size_t size) {
  Bytes bytes(size);
  uint64_t generator = 2654435761U;
  for (auto &byte : bytes) {
    byte = static_cast<uint8_t>(generator >> 56);
    generator *= 11400714785074694797U;
  }
  return bytes;
}

struct Vector {
  size_t size;
  const char *hex;
};
// One for each branch of the algorithm: 0, 1-3, 4-8, 9-16, 17-128, 129-240, and longer ones that end in and on a
// stripe.
constexpr Vector vectors[] = {{0, "99aa06d3014798d86001c324468d497f"},    {1, "a6cd5e9392000f6ac44bdff4074eecdb"},
                              {3, "20efc49ff02422ea54247382a8d6b94d"},    {6, "082afe0b8162d12a3e7039bdda43cfc6"},
                              {12, "6e3efd8fc7802b18061a192713f69ad9"},   {16, "c68c368ecf8a9c05562980258a998629"},
                              {24, "0ce966e4678d37611e7044d28b1b901d"},   {48, "a002ac4e5478227ef942219aed80f67b"},
                              {81, "4952f58181ab00425e8bafb9f95fb803"},   {129, "03815fc91f1b30b686c9e3bc8f0a3b5c"},
                              {222, "337e09641b948717f1aebd597cec6b3a"},  {241, "99a80ecf0ecfc647c5a639ecd2030e5e"},
                              {403, "1b6de21e332dd73dcdeb804d65c6dea4"},  {512, "18d2d110dcc9bca1617e49599013cb6b"},
                              {2048, "f736557fd47073a5dd59e2c3a5f038e0"}, {4160, "67140711c1e3e3354f323b15321e94e1"}};

}  // namespace

TEST_CASE("hashes equal the published vectors", "[base]") {
  for (const auto &vector : vectors) {
    CAPTURE(vector.size);
    CHECK(hash_of(test_bytes(vector.size)).hex() == vector.hex);
  }
}

TEST_CASE("bytes in pieces hash as they do at once", "[base]") {
  for (const auto &vector : vectors)
    for (size_t piece : {1, 7, 64, 1000}) {
      CAPTURE(vector.size, piece);
      auto bytes = test_bytes(vector.size);
      Hasher hasher;
      for (size_t at = 0; at < bytes.size(); at += piece)
        hasher.add(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
      CHECK(hasher.finish().hex() == vector.hex);
      CHECK(hasher.finish().hex() == vector.hex);  // asking does not change it
    }
}

TEST_CASE("hex digits go there and back, and nothing else is read", "[base]") {
  for (const auto &vector : vectors) {
    auto hash = Hash128::from_hex(vector.hex);
    REQUIRE(hash);
    CHECK(hash->hex() == vector.hex);
    CHECK(*hash == hash_of(test_bytes(vector.size)));
  }
  CHECK(Hash128::from_hex("99AA06D3014798D86001C324468D497F") == Hash128::from_hex(vectors[0].hex));
  for (const char *wrong :
       {"", "99aa06d3014798d86001c324468d497", "99aa06d3014798d86001c324468d497f0", "99aa06d3014798d86001c324468d497g",
        " 9aa06d3014798d86001c324468d497f", "0x99aa06d3014798d86001c324468d49"})
    CHECK_FALSE(Hash128::from_hex(wrong));
  CHECK_FALSE(Hash128::from_hex(std::string_view("99aa06d3014798d86001c324468d49\0f", 32)));
}

TEST_CASE("all zero means none, and hashes order as their digits do", "[base]") {
  CHECK(Hash128{}.none());
  CHECK(Hash128{}.hex() == std::string(32, '0'));
  CHECK_FALSE(hash_of("").none());
  for (const auto &a : vectors)
    for (const auto &b : vectors)
      CHECK((*Hash128::from_hex(a.hex) < *Hash128::from_hex(b.hex)) == (std::string_view(a.hex) < b.hex));
  std::unordered_set<Hash128> set;
  for (const auto &vector : vectors) set.insert(*Hash128::from_hex(vector.hex));
  CHECK(set.size() == std::size(vectors));
}
