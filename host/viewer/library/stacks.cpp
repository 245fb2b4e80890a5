#include "library/stacks.h"

#include <algorithm>
#include <utility>

namespace kalon::viewer {

void Stacks::set(std::string kind, std::vector<Stack> stacks) {
  kind_ = std::move(kind);
  stacks_ = std::move(stacks);
  index();
}

void Stacks::index() {
  stack_of_.clear();
  for (size_t i = 0; i < stacks_.size(); ++i)
    for (ItemIndex item : stacks_[i].items) {
      if (stack_of_.size() <= item) stack_of_.resize(item + 1, 0);
      stack_of_[item] = static_cast<uint32_t>(i + 1);
    }
  ++revision_;
}

const Stack *Stacks::of(ItemIndex item) const {
  return item < stack_of_.size() && stack_of_[item] > 0 ? &stacks_[stack_of_[item] - 1] : nullptr;
}

bool Stacks::toggle(ItemIndex item) {
  if (item >= stack_of_.size() || stack_of_[item] == 0) return false;
  auto &stack = stacks_[stack_of_[item] - 1];
  stack.open = !stack.open;
  ++revision_;
  return true;
}

void Stacks::open_all(bool open) {
  for (auto &stack : stacks_) stack.open = open;
  ++revision_;
}

bool Stacks::remove(ItemIndex item) {
  if (item >= stack_of_.size() || stack_of_[item] == 0) return false;
  auto &stack = stacks_[stack_of_[item] - 1];
  std::erase(stack.items, item);
  // One photo alone is no stack.
  if (stack.items.size() == 1) stack.items.clear();
  index();
  return true;
}

}  // namespace kalon::viewer
