#pragma once
// Photos that lie on each other in the grid: bursts, duplicates, look-alikes.

#include <cstdint>
#include <string>
#include <vector>

#include "library/catalogue.h"

namespace kalon::viewer {

struct Stack {
  std::vector<ItemIndex> items;  // the one to keep first
  std::string why;               // "sharpest", "most pixels", ...: of the first
  double similarity = 0;         // the least of all pairs; 0 unknown
  bool open = false;
};

class Stacks {
 public:
  // Replaces all of them. kind: "burst", "duplicates", "similar", for people.
  void set(std::string kind, std::vector<Stack> stacks);
  void clear() { set({}, {}); }

  const std::string &kind() const { return kind_; }
  const std::vector<Stack> &all() const { return stacks_; }
  const Stack *of(ItemIndex item) const;  // null when it lies in none
  bool toggle(ItemIndex item);            // opens or closes its stack; false when it has none
  void open_all(bool open);
  bool remove(ItemIndex item);  // takes it out of its stack
  uint64_t revision() const { return revision_; }

 private:
  void index();

  std::string kind_;
  std::vector<Stack> stacks_;
  std::vector<uint32_t> stack_of_;  // by item, from 1; 0: none
  uint64_t revision_ = 1;
};

}  // namespace kalon::viewer
