#include "facade/unknown_file.h"

#include <filesystem>

namespace kalon {

std::string unknown_file(const std::string &path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return "is a folder, and files are wanted; a pattern of the shell names many: FOLDER/*.jpg";
  return "is not in the library; `kalon index` takes it in";
}

}  // namespace kalon
