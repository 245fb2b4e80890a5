#pragma once
// Files that methods write for people and programs.

#include <string>

namespace kalon {

// Throws invalid_argument when there is something under this path already, unless it may be replaced. [any]
void refuse_existing(const std::string &path, bool overwrite);

}  // namespace kalon
