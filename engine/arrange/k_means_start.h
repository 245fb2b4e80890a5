#pragma once
// Where k-means begins.

#include <span>
#include <vector>

#include "base/random.h"
#include "index/neighbours.h"

namespace kalon {

// Rows drawn as k-means++ draws them (Arthur and Vassilvitskii 2007): each with a chance in proportion to its squared
// distance to the nearest one drawn before; of several candidates, the one that leaves the least inertia. Rows among
// `sample`, which are distinct in value; fewer than k where these are fewer. [worker]
std::vector<int32_t> k_means_start(MatrixView rows, std::span<const int32_t> sample, int64_t k, Random &random,
                                   const Task &task);

}  // namespace kalon
