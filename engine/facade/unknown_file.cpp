#include "facade/unknown_file.h"

#include <filesystem>

#include "base/error.h"
#include "facade/json_object.h"

namespace kalon {

std::string unknown_file(const std::string &path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return "is a folder, and files are wanted; a pattern of the shell names many: FOLDER/*.jpg";
  return "is not in the library; `kalon index` takes it in";
}

std::string unknown_file_row(const std::string &path) {
  return JsonObject()
      .add("uri", file_uri(path))
      .add("path", path)
      .add("status", status_name(Status::not_found))
      .add("message", unknown_file(path))
      .str();
}

}  // namespace kalon
