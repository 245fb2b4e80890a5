#pragma once
// Groups in which every two rows are alike.

#include "arrange/groups.h"

namespace kalon {

struct SimilarGroupsOptions {
  double level = 0.9;              // cosine, 0 to 1
  int64_t most_links = 8'000'000;  // pairs of neighbours remembered at a time; 40 bytes each
};

// Complete linkage (Defays 1977) cut at the level: the two most alike groups are joined, being as alike as their least
// similar pair, until no two are at least `level` alike. So similarity does not chain: every two rows of a group meet
// the level. Rows that are like no other have no group. The pairs that meet the level come from the exact neighbour
// graph; where they are more than most_links, rows keep their nearest ones, other pairs are compared when a join needs
// them, and the joins may come in another order: the promise holds all the same. Unit rows, finite (invalid_argument);
// the same input gives the same groups. [worker]
Grouping similar_groups(MatrixView unit_rows, const SimilarGroupsOptions &options, Task &task);

}  // namespace kalon
