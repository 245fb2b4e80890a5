#pragma once
// K clusters of like rows around their means.

#include "arrange/groups.h"

namespace kalon {

struct KMeansOptions {
  int64_t clusters = 8;
  bool spherical = false;    // centres have unit length, as for unit rows compared by cosine
  int restarts = 3;          // starts tried, of which the best is taken further
  int max_iterations = 100;  // over all rows, and of the mini-batches as many as make so many passes
  int64_t batch = 4096;      // rows of a mini-batch; at least four for each cluster are taken
  uint64_t seed = 1;
};

struct KMeans {
  Grouping grouping;           // every row has a cluster
  std::vector<float> centres;  // grouping.count x dimension
  double inertia = 0;          // sum of the squared distances to the centres
  int iterations = 0;          // over all rows, of the start that was taken further
};

// Greedy k-means++ (Arthur and Vassilvitskii 2007) on a sample, mini-batches (Sculley 2010) until they stop helping,
// then passes over all rows (Lloyd) until the inertia stops falling; few rows go without mini-batches. A cluster that
// becomes empty starts again at the row farthest from its centre, so that none is empty in the end. Nearest centres are
// exact, and sums are in a fixed order: the result depends on the seed, not on the number of threads. There are fewer
// clusters than asked for only where fewer rows are distinct. invalid_argument: clusters below 1 or above the number of
// rows, values that are not finite. Beside the rows: a few blocks, and four times the centres. [worker]
KMeans k_means(MatrixView rows, const KMeansOptions &options, Task &task);

}  // namespace kalon
