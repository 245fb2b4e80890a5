#pragma once
// A few of many that stand in parts, so that no part is lost from sight.

#include <cstddef>
#include <vector>

namespace kalon {

// The positions of `count` of `size` things, ascending and evenly spread: the middle ones of equal stretches. All when
// count >= size. [any]
std::vector<size_t> even_choice(size_t size, size_t count);

// How many of each part are taken when `most` are taken in all: one of each, the rest in proportion (largest
// remainders, the earlier part first). With more parts than `most`, one each of an even choice of them. Parts of size
// 0 get none; the sum is min(most, all). [any]
std::vector<size_t> fair_shares(const std::vector<size_t> &sizes, size_t most);

}  // namespace kalon
