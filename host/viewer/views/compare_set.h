#pragma once
// Which photos lie beside each other, and how others take their places.

#include <vector>

#include "library/catalogue.h"

namespace kalon::viewer {

// Two: the champion, which stays, and the challenger, which steps through the others. More: a page of them.
class ComparedSet {
 public:
  // Lays `first` and those that follow it in the candidates beside each other, so many of them; those before it where
  // too few follow.
  void begin(std::vector<ItemIndex> candidates, size_t panes, ItemIndex first);
  // The candidates are these now. What is none any more gives its place to the one that came behind it; for a champion
  // that left the challenger steps in.
  void update(std::vector<ItemIndex> candidates);

  const std::vector<ItemIndex> &panes() const { return panes_; }  // as many as there are, at most those asked for
  size_t wanted() const { return wanted_; }
  bool two() const { return wanted_ == 2; }
  size_t active() const { return active_; }
  ItemIndex active_item() const { return active_ < panes_.size() ? panes_[active_] : no_item; }
  void activate(size_t pane);
  const std::vector<ItemIndex> &candidates() const { return candidates_; }
  size_t position(ItemIndex item) const;  // among the candidates; their number when it is none

  // Makes its pane the active one; a candidate without a pane becomes the challenger, or takes the active pane of more
  // than two. False when it is no candidate.
  bool bring(ItemIndex item);
  // The next or previous challenger or page. False at the end; then nothing changes.
  bool step(int direction);
  // The challenger becomes champion and the next one challenges it; where there is none the old champion does, and it
  // is false. Of more than two the active one becomes champion of two.
  bool promote();
  // The first pane and the active one (or the second) change places.
  void swap();
  // What the next steps would bring: challengers, two in the direction of the last step and one behind, or a page.
  std::vector<ItemIndex> coming() const;

 private:
  ItemIndex challenger_from(size_t position, int direction) const;
  void fill_page(size_t begin);

  std::vector<ItemIndex> candidates_, panes_;
  size_t wanted_ = 2, active_ = 0;
  int direction_ = 1;
};

}  // namespace kalon::viewer
