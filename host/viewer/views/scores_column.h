#pragma once
// The column that the view of scores is about, sorted and counted, as far as what changed asks for it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"
#include "library/shown.h"
#include "views/scores_figures.h"

namespace kalon::viewer {

class ScoresColumn {
 public:
  // Made of what is known of files, under these names, when one is chosen.
  static constexpr std::string_view megapixels = "megapixels", megabytes = "megabytes", stars = "stars given";

  // Makes `name` a column of the catalogue when it is one of those above, and brings all below up to date; cheap when
  // nothing changed. True when the values are others than before.
  bool update(Catalogue &catalogue, const Shown &shown, const std::string &name);

  bool there() const { return !values_.empty(); }
  const std::vector<double> &values() const { return values_; }   // ascending
  const std::vector<ItemIndex> &items() const { return items_; }  // by values()
  const Bins &bins() const { return bins_; }
  const std::vector<uint32_t> &shown_counts() const { return shown_counts_; }  // of those that the filter shows
  size_t shown() const { return shown_; }                                      // of them, with a value
  // So many items about a place in values(), the lowest first; fewer at the ends.
  std::vector<ItemIndex> about(size_t place, size_t count) const;

 private:
  void make(Catalogue &catalogue, const std::string &name);

  std::string name_;
  std::vector<double> by_item_, values_, shown_values_;
  std::vector<ItemIndex> items_;
  Bins bins_;
  std::vector<uint32_t> shown_counts_;
  size_t shown_ = 0;
  uint64_t revision_ = 0, made_structure_ = 0, shown_revision_ = 0;
};

}  // namespace kalon::viewer
