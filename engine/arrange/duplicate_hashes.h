#pragma once
// Perceptual hashes of many pictures, plain and of their mirror images, and which of them are near one another.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kalon {

struct HashDistance {
  int bits = 0;           // that differ
  bool mirrored = false;  // counted against the mirror image, which is nearer
};

class HashRows {
 public:
  explicit HashRows(int bits);  // 64, 256 or 576

  // plain and mirrored: bits / 8 bytes each.
  void add(std::span<const uint8_t> plain, std::span<const uint8_t> mirrored);
  size_t size() const { return values_.size() / stride(); }
  int bits() const { return words_ * 64; }

  // The least of: both plain, one mirrored, the other mirrored. Symmetric. [any]
  HashDistance distance(size_t a, size_t b) const;

  int words() const { return words_; }
  size_t stride() const { return static_cast<size_t>(words_) * 2; }
  const uint64_t *row(size_t i) const { return values_.data() + i * stride(); }  // plain words, then mirrored ones

 private:
  int words_;
  std::vector<uint64_t> values_;
};

// ---- the search's inner loop: eight rows side by side against many others

constexpr size_t hash_lanes = 8;

// The words of up to eight rows, word by word: words() x 2 x 8. Lanes without a row are zero.
void interleave(const HashRows &hashes, std::span<const uint32_t> rows, uint64_t *lanes);

// For each of `count` rows (pointers as row() gives them) the lanes that are within `limit` bits of it, as a mask. The
// fastest way that this processor has. [any]
using NearLanes = void (*)(const uint64_t *lanes, const uint64_t *const *rows, size_t count, int words, int limit,
                           uint8_t *masks);
void near_lanes(const uint64_t *lanes, const uint64_t *const *rows, size_t count, int words, int limit, uint8_t *masks);

// Every way that this processor has, for tests.
std::vector<NearLanes> all_near_lanes();

}  // namespace kalon
