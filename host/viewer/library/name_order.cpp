#include "library/name_order.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "library/natural.h"

namespace kalon::viewer {

void NameOrder::update(const Catalogue &catalogue, bool anew) {
  bool others = anew && naming_ != catalogue.naming();
  if (!others && taken_ == catalogue.items().size()) return;
  const auto &items = catalogue.items();
  auto less = [&](ItemIndex left, ItemIndex right) {
    int order = natural_compare(name_of(items[left]), name_of(items[right]));
    if (order == 0) order = items[left].path.compare(items[right].path);
    return order < 0;
  };
  if (others) {
    order_.clear();
    taken_ = 0;
    naming_ = catalogue.naming();
  }
  auto middle = static_cast<std::ptrdiff_t>(order_.size());
  for (size_t i = taken_; i < items.size(); ++i) order_.push_back(static_cast<ItemIndex>(i));
  taken_ = items.size();
  std::sort(order_.begin() + middle, order_.end(), less);
  std::inplace_merge(order_.begin(), order_.begin() + middle, order_.end(), less);
  ranks_.resize(items.size());
  for (size_t i = 0; i < order_.size(); ++i) ranks_[order_[i]] = static_cast<uint32_t>(i);
}

std::vector<uint32_t> folder_ranks(const Catalogue &catalogue) {
  const auto &items = catalogue.items();
  std::vector<std::string_view> folders;
  std::unordered_map<std::string_view, uint32_t> numbers;
  std::vector<uint32_t> of(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    auto folder = folder_of(items[i]);
    // Neighbours mostly lie in one folder.
    if (i > 0 && folders[of[i - 1]] == folder) {
      of[i] = of[i - 1];
      continue;
    }
    auto [found, added] = numbers.emplace(folder, static_cast<uint32_t>(folders.size()));
    if (added) folders.push_back(folder);
    of[i] = found->second;
  }
  std::vector<uint32_t> order(folders.size()), ranks(folders.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t left, uint32_t right) { return natural_compare(folders[left], folders[right]) < 0; });
  for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<uint32_t>(i);
  for (auto &folder : of) folder = ranks[folder];
  return of;
}

}  // namespace kalon::viewer
