#pragma once
// New pictures that the library had already.

#include <string>
#include <vector>

#include "facade/duplicate_groups.h"

namespace kalon {

struct DuplicateArrival {
  std::string path, duplicate_of;  // paths
  Relation relation = Relation::similar;
  double similarity = 1;
  bool larger = false;  // it has more pixels than what it is a duplicate of, and was taken in all the same
};

// Of the files whose rows are newer than `last_known` (the id of the newest row before): those that are copies of a
// file known before, or of an earlier one of theirs; and those whose picture nobody knew, but that looks like one known
// before, or like an earlier one of theirs, which stays. The latter are excluded, with the reason "duplicate of PATH",
// as one action, unless they have more pixels: a small picture that came first must not cost the large one. In order of
// paths. [worker]
std::vector<DuplicateArrival> exclude_duplicate_arrivals(const MethodCall &call, const SpaceChoice &space,
                                                         uint64_t last_known);

}  // namespace kalon
