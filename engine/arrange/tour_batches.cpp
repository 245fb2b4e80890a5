#include "arrange/tour_batches.h"

#include <algorithm>
#include <atomic>

#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr int64_t most_bytes = int64_t{512} << 20, bytes_of_node = 110;
constexpr int64_t smallest_batch = 4, largest_batch = 256;
// Steps go around the tour, several regions at a time, so that those of one batch seldom meet, and those that follow
// each other find near memory in the caches.
constexpr int64_t region_count = 16, nodes_of_step = 8;

// Where a step begins.
int32_t node_of(int64_t step, uint64_t random, int64_t nodes) {
  int64_t begin = step % region_count * nodes / region_count + step / region_count * nodes_of_step;
  return static_cast<int32_t>((begin + static_cast<int64_t>(random % nodes_of_step)) % nodes);
}

}  // namespace

int64_t search_in_batches(TourSearch &search, uint64_t seed, const BatchLimits &limits) {
  int64_t nodes = search.nodes();
  int64_t copies = std::clamp<int64_t>(most_bytes / (nodes * bytes_of_node), 1, thread_budget());
  std::vector<TourSearch> others(static_cast<size_t>(copies - 1), search);
  auto own = [&](int64_t copy) -> TourSearch & { return copy == 0 ? search : others[static_cast<size_t>(copy - 1)]; };
  std::vector<TourChange> changes;
  int64_t batch = smallest_batch, done = 0, last_gain = 0;
  std::atomic<bool> late{false};
  while (!late && done < limits.most_steps && done - last_gain < limits.patience) {
    if (limits.between) limits.between();
    changes.assign(static_cast<size_t>(std::min(batch, limits.most_steps - done)), {});
    std::atomic<size_t> taken{0};
    parallel_for(copies, [&](int64_t copy) {
      for (size_t i = taken++; i < changes.size(); i = taken++) {
        if (late || monotonic_seconds() >= limits.end) {
          late = true;
          break;
        }
        int64_t step = done + static_cast<int64_t>(i);
        uint64_t random = Random(seed + static_cast<uint64_t>(step) * Random::step).next();
        changes[i] = own(copy).attempt(node_of(step, random, nodes), random);
      }
    });
    int64_t made = 0, failed = 0;
    parallel_for(copies, [&](int64_t copy) {
      for (const TourChange &change : changes) {
        if (change.removed.empty()) continue;
        bool possible = own(copy).make(change);
        if (copy == 0) ++(possible ? made : failed);
      }
    });
    done += static_cast<int64_t>(changes.size());
    if (made > 0) last_gain = done;
    // Many changes in one batch spoil each other: most turn large parts of the tour.
    if (4 * failed > made)
      batch = std::max(smallest_batch, batch / 2);
    else if (failed == 0)
      batch = std::min(largest_batch, batch + (batch + 3) / 4);
  }
  return done;
}

}  // namespace kalon
