#include "base/random.h"

#include <algorithm>
#include <numeric>

namespace kalon {

std::vector<int32_t> random_sample(int64_t size, int64_t count, Random &random) {
  std::vector<int32_t> all(static_cast<size_t>(size));
  std::iota(all.begin(), all.end(), 0);
  count = std::min(count, size);
  for (int64_t i = 0; i < count; ++i)
    std::swap(all[static_cast<size_t>(i)], all[static_cast<size_t>(i) + random.below(static_cast<uint64_t>(size - i))]);
  all.resize(static_cast<size_t>(count));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace kalon
