#pragma once
// The most probable utilities (and rate of ties) given votes and a normal prior of mean 0.

#include <vector>

#include "base/task.h"
#include "rank/likelihood.h"

namespace kalon {

struct Mode {
  std::vector<double> utilities;
  double tie_rate = 0;
  Curvature curvature;        // at the utilities
  std::vector<double> mixed;  // tie_slope() there; empty without ties
  double spread = 0;
};

// Mode of no votes: utilities 0, and the most likely rate of ties for these.
Mode start_of(const VoteGraph &graph);
// From where the mode stands to the maximum of log_likelihood - |utilities|² / (2 variance), by Newton's method; until
// no step is greater than `tolerance` standard deviations of an item given all others. [worker]
void find_mode(const VoteGraph &graph, double variance, double tolerance, Mode &mode, Task &task);
// What a small step in log(variance) moves: utilities by `moves`, log(tie_rate) by the value returned.
double mode_by_log_variance(const VoteGraph &graph, double variance, const Mode &mode, std::span<double> moves,
                            const Task &task);

}  // namespace kalon
