#pragma once
// The dynamic symbols of a shared library, read from its file.

#include <string>
#include <vector>

namespace kalon::check {

// Those that it defines for others. Throws std::runtime_error for what is no shared library of this machine.
std::vector<std::string> exported_symbols(const std::string &path);

}  // namespace kalon::check
