#include "views/scores_column.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace kalon::viewer {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

bool same(const std::vector<double> &left, const std::vector<double> &right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

}  // namespace

void ScoresColumn::make(Catalogue &catalogue, const std::string &name) {
  if (name != megapixels && name != megabytes && name != stars) return;
  catalogue.put_column(name);
  for (size_t i = 0; i < catalogue.items().size(); ++i) {
    const auto &item = catalogue.items()[i];
    double value = none;
    if (name == megapixels && item.width > 0) value = static_cast<double>(item.width) * item.height / 1e6;
    if (name == megabytes && item.size > 0) value = static_cast<double>(item.size) / 1e6;
    if (name == stars && item.rated_by != RatedBy::nobody) value = item.stars;
    catalogue.set_number(name, static_cast<ItemIndex>(i), value);
  }
}

bool ScoresColumn::update(Catalogue &catalogue, const Shown &shown, const std::string &name) {
  bool other = name != name_;
  bool changed = other || catalogue.revision() != revision_;
  if (changed) {
    // What a person rates changes no structure, but these stars.
    if (other || catalogue.structure() != made_structure_ || name == stars) {
      make(catalogue, name);
      made_structure_ = catalogue.structure();
    }
    name_ = name;
    revision_ = catalogue.revision();
    const auto *column = catalogue.column(name);
    std::vector<double> by_item(catalogue.items().size(), none);
    for (size_t i = 0; column && i < by_item.size(); ++i) {
      const auto &item = catalogue.items()[i];
      if (!item.gone && !item.excluded) by_item[i] = column->number(static_cast<ItemIndex>(i));
      if (!std::isfinite(by_item[i])) by_item[i] = none;
    }
    changed = other || !same(by_item, by_item_);
    if (changed) {
      by_item_ = std::move(by_item);
      items_.clear();
      for (size_t i = 0; i < by_item_.size(); ++i)
        if (!std::isnan(by_item_[i])) items_.push_back(static_cast<ItemIndex>(i));
      std::stable_sort(items_.begin(), items_.end(), [&](auto a, auto b) { return by_item_[a] < by_item_[b]; });
      values_.resize(items_.size());
      std::transform(items_.begin(), items_.end(), values_.begin(), [&](auto item) { return by_item_[item]; });
      bins_ = bins_of(values_, suggested_bins(values_));
    }
  }
  if (changed || shown.revision() != shown_revision_) {
    shown_revision_ = shown.revision();
    shown_values_.clear();
    for (auto item : shown.items())
      if (item < by_item_.size() && !std::isnan(by_item_[item])) shown_values_.push_back(by_item_[item]);
    shown_ = shown_values_.size();
    shown_counts_ = counts_in(shown_values_, bins_);
  }
  return changed;
}

std::vector<ItemIndex> ScoresColumn::about(size_t place, size_t count) const {
  count = std::min(count, items_.size());
  size_t from = place > count / 2 ? place - count / 2 : 0;
  from = std::min(from, items_.size() - count);
  return {items_.begin() + static_cast<std::ptrdiff_t>(from),
          items_.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

}  // namespace kalon::viewer
