#pragma once
// Collects lines, but not without bound.

#include <cstdint>
#include <string>
#include <vector>

#include "store/pages.h"

namespace kalon {

class Faults {
 public:
  explicit Faults(std::vector<std::string> &lines) : lines_(lines) {}
  void operator()(std::string line) {
    if (found_++ < most_faults) lines_.push_back(std::move(line));
  }
  void count(const char *table, uint64_t found, uint64_t expected) {
    if (found != expected)
      (*this)(std::string(table) + ": " + std::to_string(found) + " entries instead of " + std::to_string(expected));
  }

 private:
  std::vector<std::string> &lines_;
  size_t found_ = 0;
};

}  // namespace kalon
