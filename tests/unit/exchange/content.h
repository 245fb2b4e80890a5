#pragma once
// Files of these tests, and what is in them.

#include <fstream>
#include <iterator>
#include <string>

#include "temporary_folder.h"

namespace kalon::testing {

using ::TemporaryFolder;

inline std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace kalon::testing
