#include "base/threads.h"
#include "index/distance.h"
#include "index/search.h"

namespace kalon {

Neighbours scan_search(Subset base, Subset queries, int64_t k, Task &task) {
  Neighbours found{k, std::vector<int32_t>(static_cast<size_t>(queries.size() * k)),
                   std::vector<float>(static_cast<size_t>(queries.size() * k))};
  int64_t dimension = base.matrix.dimension;
  constexpr int64_t rows_between_checks = 4096;
  parallel_for(queries.size(), [&](int64_t query) {
    NearestList list(k);
    const float *values = queries.at(query);
    for (int64_t place = 0; place < base.size(); ++place) {
      if (place % rows_between_checks == 0) task.throw_if_cancelled();
      list.offer(rounded_distance(squared_distance(values, base.at(place), dimension)), static_cast<int32_t>(place));
    }
    list.finish(&found.rows[query * k], &found.distances[query * k]);
    task.advance();
  });
  return found;
}

}  // namespace kalon
