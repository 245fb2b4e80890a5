#include "arrange/duplicate_hashes.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/cpu.h"
#include "base/error.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define KALON_VECTOR_POPCOUNT 1
#include <immintrin.h>
#endif

namespace kalon {
namespace {

// After so many words nearly every pair of pictures that have nothing in common is past the limit.
constexpr int first_look(int words) {
  return words == 9 ? 3 : words == 4 ? 2 : words;
}

template <int words>
[[gnu::always_inline]] inline void portable_masks(const uint64_t *lanes, const uint64_t *const *rows, size_t count,
                                                  int limit, uint8_t *masks) {
  constexpr int head = first_look(words);
  const uint64_t *mirrored_lanes = lanes + words * hash_lanes;
  auto add = [&](const uint64_t *row, int from, int to, int *both, int *lane_mirrored, int *row_mirrored) {
    for (int w = from; w < to; ++w) {
      for (size_t lane = 0; lane < hash_lanes; ++lane) {
        uint64_t plain = lanes[w * hash_lanes + lane], mirrored = mirrored_lanes[w * hash_lanes + lane];
        both[lane] += std::popcount(row[w] ^ plain);
        lane_mirrored[lane] += std::popcount(row[w] ^ mirrored);
        row_mirrored[lane] += std::popcount(row[words + w] ^ plain);
      }
    }
  };
  auto near = [&](const int *both, const int *lane_mirrored, const int *row_mirrored) {
    uint8_t mask = 0;
    for (size_t lane = 0; lane < hash_lanes; ++lane)
      if (std::min({both[lane], lane_mirrored[lane], row_mirrored[lane]}) <= limit)
        mask = static_cast<uint8_t>(mask | 1u << lane);
    return mask;
  };
  for (size_t i = 0; i < count; ++i) {
    int both[hash_lanes] = {}, lane_mirrored[hash_lanes] = {}, row_mirrored[hash_lanes] = {};
    add(rows[i], 0, head, both, lane_mirrored, row_mirrored);
    masks[i] = near(both, lane_mirrored, row_mirrored);
    if (head == words || masks[i] == 0) continue;
    add(rows[i], head, words, both, lane_mirrored, row_mirrored);
    masks[i] = near(both, lane_mirrored, row_mirrored);
  }
}

KALON_MULTIVERSION void portable_near_lanes(const uint64_t *lanes, const uint64_t *const *rows, size_t count, int words,
                                            int limit, uint8_t *masks) {
  if (words == 9) return portable_masks<9>(lanes, rows, count, limit, masks);
  if (words == 4) return portable_masks<4>(lanes, rows, count, limit, masks);
  portable_masks<1>(lanes, rows, count, limit, masks);
}

#ifdef KALON_VECTOR_POPCOUNT
#define KALON_POPCOUNT_TARGET __attribute__((target("avx512f,avx512vpopcntdq")))

template <int words>
KALON_POPCOUNT_TARGET void vector_masks(const uint64_t *lanes, const uint64_t *const *rows, size_t count, int limit,
                                        uint8_t *masks) {
  constexpr int head = first_look(words);
  __m512i plain[words], mirrored[words];
  for (int w = 0; w < words; ++w) {
    plain[w] = _mm512_loadu_si512(lanes + static_cast<size_t>(w) * hash_lanes);
    mirrored[w] = _mm512_loadu_si512(lanes + static_cast<size_t>(words + w) * hash_lanes);
  }
  const __m512i most = _mm512_set1_epi64(limit);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t *row = rows[i];
    __m512i both = _mm512_setzero_si512(), lane_mirrored = both, row_mirrored = both;
    __mmask8 near = 0;
    for (int from = 0, to = head; from < words; from = to, to = words) {
      for (int w = from; w < to; ++w) {
        __m512i own = _mm512_set1_epi64(static_cast<long long>(row[w]));
        __m512i own_mirrored = _mm512_set1_epi64(static_cast<long long>(row[words + w]));
        both = _mm512_add_epi64(both, _mm512_popcnt_epi64(_mm512_xor_si512(own, plain[w])));
        lane_mirrored = _mm512_add_epi64(lane_mirrored, _mm512_popcnt_epi64(_mm512_xor_si512(own, mirrored[w])));
        row_mirrored = _mm512_add_epi64(row_mirrored, _mm512_popcnt_epi64(_mm512_xor_si512(own_mirrored, plain[w])));
      }
      near = static_cast<__mmask8>(_mm512_cmple_epi64_mask(both, most) | _mm512_cmple_epi64_mask(lane_mirrored, most) |
                                   _mm512_cmple_epi64_mask(row_mirrored, most));
      if (near == 0) break;
    }
    masks[i] = near;
  }
}

KALON_POPCOUNT_TARGET void vector_near_lanes(const uint64_t *lanes, const uint64_t *const *rows, size_t count,
                                             int words, int limit, uint8_t *masks) {
  if (words == 9) return vector_masks<9>(lanes, rows, count, limit, masks);
  if (words == 4) return vector_masks<4>(lanes, rows, count, limit, masks);
  vector_masks<1>(lanes, rows, count, limit, masks);
}

bool has_vector_popcount() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

}  // namespace

HashRows::HashRows(int bits) : words_(bits / 64) {
  if (bits != 64 && bits != 256 && bits != 576)
    throw Error(Status::invalid_argument, "a perceptual hash has 64, 256 or 576 bits");
}

void HashRows::add(std::span<const uint8_t> plain, std::span<const uint8_t> mirrored) {
  auto bytes = static_cast<size_t>(words_) * 8;
  if (plain.size() != bytes || mirrored.size() != bytes)
    throw Error(Status::invalid_argument, "a perceptual hash has another length");
  size_t at = values_.size();
  values_.resize(at + stride());
  std::memcpy(values_.data() + at, plain.data(), bytes);
  std::memcpy(values_.data() + at + static_cast<size_t>(words_), mirrored.data(), bytes);
}

HashDistance HashRows::distance(size_t a, size_t b) const {
  const uint64_t *left = row(a), *right = row(b);
  int both = 0, one = 0, other = 0;
  for (int w = 0; w < words_; ++w) {
    both += std::popcount(left[w] ^ right[w]);
    one += std::popcount(left[w] ^ right[words_ + w]);
    other += std::popcount(left[words_ + w] ^ right[w]);
  }
  int mirrored = std::min(one, other);
  return {std::min(both, mirrored), mirrored < both};
}

void interleave(const HashRows &hashes, std::span<const uint32_t> rows, uint64_t *lanes) {
  std::fill_n(lanes, hashes.stride() * hash_lanes, 0);
  for (size_t lane = 0; lane < rows.size(); ++lane) {
    const uint64_t *row = hashes.row(rows[lane]);
    for (size_t w = 0; w < hashes.stride(); ++w) lanes[w * hash_lanes + lane] = row[w];
  }
}

void near_lanes(const uint64_t *lanes, const uint64_t *const *rows, size_t count, int words, int limit,
                uint8_t *masks) {
  static const NearLanes fastest = all_near_lanes().back();
  fastest(lanes, rows, count, words, limit, masks);
}

std::vector<NearLanes> all_near_lanes() {
  std::vector<NearLanes> ways{portable_near_lanes};
#ifdef KALON_VECTOR_POPCOUNT
  if (has_vector_popcount()) ways.push_back(vector_near_lanes);
#endif
  return ways;
}

}  // namespace kalon
