#pragma once
// What was done to files in place, taken back.

#include <string>
#include <utility>
#include <vector>

#include "facade/methods.h"

namespace kalon {

struct TakenBack {
  uint64_t done = 0;
  std::vector<std::pair<std::string, std::string>> remarks;  // path of what was done, and what there is to say of it
  std::vector<std::pair<std::string, Outcome>> failed;       // path of what was left, and why
  std::vector<PlacedItem> remaining;                         // of those left, what may still be taken back later
};

// Takes such an operation back; paths that came back, or came apart again, are known to the library at once. [worker]
TakenBack take_back_trashed(const MethodCall &call, const Operation &operation);
TakenBack take_back_linked(const MethodCall &call, const Operation &operation);

}  // namespace kalon
