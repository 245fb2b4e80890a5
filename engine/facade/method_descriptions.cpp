#include "facade/method_descriptions.h"

namespace kalon {

std::span<const ParameterDescription> method_descriptions() {
  static const auto all = [] {
    std::vector<ParameterDescription> table;
    for (auto part : {arranging_descriptions(), ranking_descriptions(), common_descriptions()})
      table.insert(table.end(), part.begin(), part.end());
    return table;
  }();
  return all;
}

}  // namespace kalon
