#pragma once
// Series of shots taken in one go.

#include <limits>

#include "arrange/groups.h"

namespace kalon {

struct BurstShot {
  int64_t time = 0;     // microseconds
  int32_t camera = -1;  // any numbering; shots of different cameras, or of known and unknown ones, are never one burst
  int32_t row = 0;      // its vector
};

struct BurstOptions {
  double gap = 2;      // seconds from one shot of a burst to the next, at most
  double level = 0.8;  // similarity to one of the last shots of the burst, at least; 0: time alone counts
  double longest = std::numeric_limits<double>::infinity();  // seconds from the first to the last shot
};

// The burst of each shot, or no_group when it stands alone. In order of time (equal times in the order given) a shot
// joins the burst of its camera whose last shot lies at most `gap` before it and that holds the shot most similar to it
// among its last eight, if that similarity meets the level. So one shot spoilt by a hand or a flash does not cut a
// burst in two. Bursts are numbered by their first shot in the order given. [worker]
Grouping find_bursts(std::span<const BurstShot> shots, MatrixView unit_rows, const BurstOptions &options, Task &task);

}  // namespace kalon
