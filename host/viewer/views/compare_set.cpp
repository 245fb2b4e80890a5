#include "views/compare_set.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace kalon::viewer {

void ComparedSet::begin(std::vector<ItemIndex> candidates, size_t panes, ItemIndex first) {
  candidates_ = std::move(candidates);
  wanted_ = panes;
  direction_ = 1;
  auto at = position(first);
  if (at == candidates_.size()) at = 0;
  if (two()) {
    panes_.clear();
    if (!candidates_.empty()) panes_.push_back(candidates_[at]);
    if (candidates_.size() > 1) panes_.push_back(candidates_[at + 1 < candidates_.size() ? at + 1 : at - 1]);
    active_ = panes_.size() > 1 ? 1 : 0;
  } else {
    fill_page(at);
    activate(0);
    if (auto found = std::ranges::find(panes_, first); found != panes_.end())
      active_ = static_cast<size_t>(found - panes_.begin());
  }
}

// The last page is a full one too, where there are enough.
void ComparedSet::fill_page(size_t begin) {
  auto count = std::min(wanted_, candidates_.size());
  begin = std::min(begin, candidates_.size() - count);
  panes_.assign(candidates_.begin() + static_cast<ptrdiff_t>(begin),
                candidates_.begin() + static_cast<ptrdiff_t>(begin + count));
  active_ = std::min(active_, panes_.empty() ? 0 : panes_.size() - 1);
}

void ComparedSet::update(std::vector<ItemIndex> candidates) {
  auto before = std::exchange(candidates_, std::move(candidates));
  std::unordered_set<ItemIndex> there(candidates_.begin(), candidates_.end());
  auto left = [&](ItemIndex item) { return !there.contains(item); };
  if (two() && panes_.size() == 2 && left(panes_[0])) std::swap(panes_[0], panes_[1]);
  for (auto &pane : panes_) {
    if (!left(pane)) continue;
    auto fits = [&](ItemIndex item) { return !left(item) && std::ranges::find(panes_, item) == panes_.end(); };
    auto at = std::ranges::find(before, pane);
    auto next = std::find_if(at, before.end(), fits);
    if (next != before.end()) {
      pane = *next;
      continue;
    }
    auto previous = std::find_if(std::make_reverse_iterator(at), before.rend(), fits);
    pane = previous == before.rend() ? no_item : *previous;
  }
  std::erase(panes_, no_item);
  // Others may have come where there were too few.
  for (auto item : candidates_) {
    if (panes_.size() >= std::min(wanted_, candidates_.size())) break;
    if (std::ranges::find(panes_, item) == panes_.end()) panes_.push_back(item);
  }
  active_ = std::min(active_, panes_.empty() ? 0 : panes_.size() - 1);
}

void ComparedSet::activate(size_t pane) {
  if (pane < panes_.size()) active_ = pane;
}

bool ComparedSet::bring(ItemIndex item) {
  if (position(item) == candidates_.size() || panes_.empty()) return false;
  auto found = std::ranges::find(panes_, item);
  if (found == panes_.end()) {
    found = panes_.begin() + static_cast<ptrdiff_t>(two() && panes_.size() > 1 ? 1 : active_);
    *found = item;
  }
  active_ = static_cast<size_t>(found - panes_.begin());
  return true;
}

size_t ComparedSet::position(ItemIndex item) const {
  return static_cast<size_t>(std::ranges::find(candidates_, item) - candidates_.begin());
}

// The first from there on that is not the champion.
ItemIndex ComparedSet::challenger_from(size_t position, int direction) const {
  for (; position < candidates_.size(); position += static_cast<size_t>(direction))
    if (candidates_[position] != panes_[0]) return candidates_[position];
  return no_item;
}

bool ComparedSet::step(int direction) {
  direction_ = direction;
  if (two()) {
    if (panes_.size() < 2) return false;
    auto next = challenger_from(position(panes_[1]) + static_cast<size_t>(direction), direction);
    if (next == no_item) return false;
    panes_[1] = next;
    active_ = 1;
    return true;
  }
  if (panes_.empty()) return false;
  auto before = panes_;
  auto at = position(panes_[0]);
  fill_page(direction > 0 ? at + wanted_ : at - std::min(at, wanted_));
  return panes_ != before;
}

bool ComparedSet::promote() {
  if (!two()) {
    if (panes_.empty()) return false;
    auto champion = panes_[active_];
    auto all = candidates_;
    begin(std::move(all), 2, champion);
    return true;
  }
  if (panes_.size() < 2) return false;
  auto at = position(panes_[1]);
  auto old = std::exchange(panes_[0], panes_[1]);
  auto next = old;
  // The old champion was beaten and is not asked about again.
  for (auto place = at + 1; place < candidates_.size() && next == old; ++place)
    if (candidates_[place] != old) next = candidates_[place];
  panes_[1] = next;
  active_ = 1;
  direction_ = 1;
  return next != old;
}

void ComparedSet::swap() {
  if (panes_.size() < 2) return;
  std::swap(panes_[0], panes_[active_ > 0 ? active_ : 1]);
}

std::vector<ItemIndex> ComparedSet::coming() const {
  std::vector<ItemIndex> items;
  auto add = [&](ItemIndex item) {
    if (item != no_item && std::ranges::find(panes_, item) == panes_.end()) items.push_back(item);
  };
  if (panes_.size() < 2) return items;
  if (two()) {
    auto at = position(panes_[1]);
    auto next = challenger_from(at + static_cast<size_t>(direction_), direction_);
    add(next);
    if (next != no_item) add(challenger_from(position(next) + static_cast<size_t>(direction_), direction_));
    add(challenger_from(at - static_cast<size_t>(direction_), -direction_));
    return items;
  }
  auto at = position(panes_[0]);
  auto begin = direction_ > 0 ? at + wanted_ : at - std::min(at, wanted_);
  for (auto place = begin; place < std::min(begin + wanted_, candidates_.size()); ++place) add(candidates_[place]);
  return items;
}

}  // namespace kalon::viewer
