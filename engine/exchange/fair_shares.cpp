#include "exchange/fair_shares.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace kalon {

std::vector<size_t> even_choice(size_t size, size_t count) {
  std::vector<size_t> chosen(std::min(size, count));
  for (size_t i = 0; i < chosen.size(); ++i) chosen[i] = (2 * i + 1) * size / (2 * chosen.size());
  return chosen;
}

std::vector<size_t> fair_shares(const std::vector<size_t> &sizes, size_t most) {
  std::vector<size_t> shares(sizes.size(), 0), parts;
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] > 0) parts.push_back(i);
  if (parts.size() >= most) {
    for (auto i : even_choice(parts.size(), most)) shares[parts[i]] = 1;
    return shares;
  }
  uint64_t all = std::accumulate(sizes.begin(), sizes.end(), uint64_t{0});
  if (all <= most) return sizes;
  // One of each is taken; what is left over is shared among what they have besides it. As there is more of that than
  // is shared, no part is asked for more than it has.
  uint64_t left = most - parts.size(), besides = all - parts.size(), given = 0;
  for (auto i : parts) {
    shares[i] = 1 + (sizes[i] - 1) * left / besides;
    given += shares[i] - 1;
  }
  auto remainder = [&](size_t i) { return (sizes[i] - 1) * left % besides; };
  std::stable_sort(parts.begin(), parts.end(), [&](size_t a, size_t b) { return remainder(a) > remainder(b); });
  for (size_t i = 0; i < left - given; ++i) ++shares[parts[i]];
  return shares;
}

}  // namespace kalon
