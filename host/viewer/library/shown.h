#pragma once
// Which photos are shown, in which order, and which of them are selected.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "library/catalogue.h"
#include "library/name_order.h"
#include "library/stacks.h"

namespace kalon::viewer {

struct Filter {
  int least_stars = 0;              // 0: all
  std::set<std::string> labels;     // one of these; empty: all. An empty text stands for photos without one.
  std::set<Flag> flags;             // one of these; empty: all
  std::set<std::string> formats;    // "jpeg", ...; empty: all
  std::string text;                 // part of the name, the folder or a text column, without case
  std::string score;                // a numeric column of which `low` and `high` speak; empty: none
  std::optional<double> low, high;  // both inclusive
  bool with_raw = false, unvoted = false, unrated = false, with_excluded = false;
  std::map<std::string, std::string> attributes;  // column = text
  bool operator==(const Filter &) const = default;
  bool empty() const { return *this == Filter{}; }
};

// By what: "name", "folder", "captured", "modified", "size", "pixels", "stars", "label", "flag", "format", "order" (as
// set by set_order()), or the name of a column.
struct Sorting {
  std::string by = "name";
  bool descending = false;
  bool operator==(const Sorting &) const = default;
};

// How many photos there would be if one part of the filter were that, the others as they are.
struct Counts {
  std::array<size_t, 6> least_stars{};  // [n]: with n stars or more
  size_t present = 0;                   // all that did not vanish, whatever the filter
  size_t picks = 0, rejects = 0, unflagged = 0, with_raw = 0, unvoted = 0, unrated = 0, excluded = 0;
  std::map<std::string, size_t> labels, formats;
};

class Shown {
 public:
  Shown(const Catalogue &catalogue, Stacks &stacks) : catalogue_(catalogue), stacks_(stacks) {}

  // Another folder is opened: nothing is shown, selected or in a given order any more. Filter and sorting stay. [main]
  void forget();

  // Brings everything up to date with the catalogue, the filter, the sorting and the stacks; cheap when nothing
  // changed. Once a frame, with the time of it: while rows stream in, they are taken in as often as costs little. True
  // when that was put off, and another frame is needed. [main]
  bool update(double now);

  const std::vector<ItemIndex> &items() const { return items_; }
  size_t position(ItemIndex item) const;  // items().size() when it is not shown
  const Counts &counts() const;           // made when asked for
  uint64_t revision() const { return revision_; }

  const Filter &filter() const { return filter_; }
  void set_filter(Filter filter);
  const Sorting &sorting() const { return sorting_; }
  void set_sorting(Sorting sorting);
  // An order of photos from elsewhere (visual order, a rank table), for sorting by "order"; others come behind it.
  void set_order(std::vector<ItemIndex> order);
  const std::vector<ItemIndex> &given_order() const { return order_; }
  // Photos that a filter expression of the engine chose; nothing: all.
  void set_matching(std::optional<std::vector<ItemIndex>> matching, std::string expression);
  const std::string &expression() const { return expression_; }

  // ---- the photo that is looked at, and the selection. Both survive filtering; what a filter hides is not acted upon.
  ItemIndex current() const { return current_; }
  void go_to(ItemIndex item);                   // makes it current and the only selected one
  void step(int positions);                     // from the current one, stopping at the ends
  int direction() const { return direction_; }  // of the last step: -1 or 1
  void toggle(ItemIndex item);
  void select_to(ItemIndex item);  // from the current one to it
  void select_all();
  void select_none();
  void select(std::span<const ItemIndex> items);
  bool selected(ItemIndex item) const { return item < selected_.size() && selected_[item]; }
  size_t selected_count() const;
  uint64_t selection() const { return selection_; }  // grows with every change of it or of the current photo
  // What a command works on: the selected photos that are shown, in their order; else the current one.
  std::vector<ItemIndex> targets() const;

 private:
  struct Judge;
  void sort();
  void choose();
  void keep_current();

  const Catalogue &catalogue_;
  Stacks &stacks_;
  Filter filter_;
  Sorting sorting_;
  std::vector<ItemIndex> order_, sorted_, items_;
  NameOrder names_;
  std::optional<std::vector<bool>> matching_;
  std::string expression_;
  std::vector<size_t> position_;  // by item
  std::vector<bool> selected_;    // by item
  ItemIndex current_ = no_item;
  size_t current_position_ = 0;
  int direction_ = 1;
  mutable Counts counts_;
  mutable uint64_t counted_ = 0;
  uint64_t selection_ = 1;
  mutable uint64_t counted_selection_ = 0, counted_of_ = 0;
  mutable size_t selected_count_ = 0;
  uint64_t revision_ = 1, seen_catalogue_ = 0, seen_structure_ = 0, seen_stacks_ = 0;
  bool sort_again_ = true, choose_again_ = true;
  double updated_ = -1, update_cost_ = 0;  // seconds
};

}  // namespace kalon::viewer
