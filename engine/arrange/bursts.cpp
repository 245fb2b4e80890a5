#include "arrange/bursts.h"

#include <algorithm>
#include <numeric>

namespace kalon {
namespace {

constexpr size_t last_shots = 8;

struct Open {
  int64_t first_time, last_time;
  int32_t burst;
  std::vector<int32_t> last_rows;  // the oldest first
};

double seconds_between(int64_t earlier, int64_t later) {
  return (static_cast<double>(later) - static_cast<double>(earlier)) / 1e6;
}

double similarity_to(const Open &open, int32_t row, MatrixView unit_rows) {
  double most = -1;
  for (int32_t other : open.last_rows)
    most = std::max(most, row_similarity(unit_rows.row(row), unit_rows.row(other), unit_rows.dimension));
  return most;
}

}  // namespace

Grouping find_bursts(std::span<const BurstShot> shots, MatrixView unit_rows, const BurstOptions &options, Task &task) {
  if (!(options.gap >= 0)) throw Error(Status::invalid_argument, "the gap between two shots must be 0 or more seconds");
  if (!(options.longest >= 0)) throw Error(Status::invalid_argument, "the length of a burst must be 0 or more seconds");
  if (!(options.level >= 0 && options.level <= 1))
    throw Error(Status::invalid_argument, "the level of similarity must be from 0 to 1");
  task.phase("grouping", shots.size());
  std::vector<int32_t> order(shots.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return shots[a].camera != shots[b].camera ? shots[a].camera < shots[b].camera : shots[a].time < shots[b].time;
  });

  bool by_time_alone = options.level == 0;
  std::vector<int32_t> burst(shots.size(), no_group);
  std::vector<int64_t> size;
  std::vector<Open> open;  // the latest last
  for (size_t i = 0; i < order.size(); ++i) {
    task.throw_if_cancelled();
    task.advance();
    const BurstShot &shot = shots[order[i]];
    if (i > 0 && shots[order[i - 1]].camera != shot.camera) open.clear();
    std::erase_if(open, [&](const Open &one) { return seconds_between(one.last_time, shot.time) > options.gap; });
    auto best = open.end();
    double most = -1;
    for (auto one = open.begin(); one != open.end(); ++one) {
      if (seconds_between(one->first_time, shot.time) > options.longest) continue;
      double similarity = by_time_alone ? 1 : similarity_to(*one, shot.row, unit_rows);
      if (!meets_level(similarity, options.level) || similarity < most) continue;
      most = similarity;
      best = one;
    }
    Open joined{shot.time, shot.time, static_cast<int32_t>(size.size()), {}};
    if (best == open.end()) {
      size.push_back(0);
    } else {
      joined = std::move(*best);
      open.erase(best);
    }
    joined.last_time = shot.time;
    if (joined.last_rows.size() == last_shots) joined.last_rows.erase(joined.last_rows.begin());
    joined.last_rows.push_back(shot.row);
    burst[order[i]] = joined.burst;
    ++size[joined.burst];
    open.push_back(std::move(joined));
  }
  for (int32_t &of : burst)
    if (of != no_group && size[of] < 2) of = no_group;
  return numbered_by_first_row(burst);
}

}  // namespace kalon
