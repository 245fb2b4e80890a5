#pragma once
// What became of one file that an action was about.

#include <string_view>

namespace kalon {

enum class ActionFate { done, planned /* a dry run */, left /* by rule */, failed };

constexpr std::string_view fate_name(ActionFate fate) {
  constexpr std::string_view names[] = {"done", "planned", "left", "failed"};
  return names[static_cast<size_t>(fate)];
}

}  // namespace kalon
