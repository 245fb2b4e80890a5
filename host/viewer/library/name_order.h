#pragma once
// All items in the order of their names, kept while items come: whatever else photos are sorted by, ties are settled by
// a number instead of by comparing names.

#include <cstdint>
#include <vector>

#include "library/catalogue.h"

namespace kalon::viewer {

class NameOrder {
 public:
  // Merges in what came since. anew: names that items got meanwhile count as well. Cheap when nothing came.
  void update(const Catalogue &catalogue, bool anew);
  // Of each item its place among all by name (natural order, then the path); of those that are gone too, which keep
  // their names.
  const std::vector<uint32_t> &ranks() const { return ranks_; }

 private:
  std::vector<ItemIndex> order_;
  std::vector<uint32_t> ranks_;  // by item
  size_t taken_ = 0;             // items of the catalogue that order_ was made of
  uint64_t naming_ = 0;
};

// Of each item the place of its folder among all folders, in natural order; equal for equal folders alone.
std::vector<uint32_t> folder_ranks(const Catalogue &catalogue);

}  // namespace kalon::viewer
