#include "facade/output.h"

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace kalon {
namespace {

namespace fs = std::filesystem;

bool is_library(const fs::path &folder) {
  std::error_code error;
  return fs::exists(folder / "library.lock", error) && fs::exists(folder / "data.mdb", error);
}

// Whether a folder, absolute and without links, is one of a library or of its cache. What else somebody keeps below it
// is theirs.
bool belongs_to_library(const fs::path &folder) {
  if (is_library(folder)) return true;
  for (auto inner = folder; inner.has_relative_path(); inner = inner.parent_path())
    if (inner.filename() == "cache" && is_library(inner.parent_path())) return true;
  return false;
}

}  // namespace

void refuse_existing(const std::string &path, bool overwrite) {
  std::error_code error;
  if (!overwrite && fs::exists(fs::symlink_status(path, error)))
    throw Error(Status::invalid_argument, "exists already; name another file, or replace it with --overwrite",
                display_text(path));
  auto target = replaceable(path);
  if (fs::is_directory(target, error))
    throw Error(Status::invalid_argument, "is a folder; name a file", display_text(path));
  auto folder = fs::weakly_canonical(fs::absolute(target, error), error).parent_path();
  if (belongs_to_library(folder))
    throw Error(Status::invalid_argument,
                "lies in the folder of a library, which holds its own files alone; "
                "name a file elsewhere",
                display_text(path));
}

void refuse_library_folder(const std::string &folder) {
  std::error_code error;
  if (belongs_to_library(fs::weakly_canonical(folder, error)))
    throw Error(Status::invalid_argument,
                "is the folder of a library, which holds its own files alone; name another folder",
                display_text(folder));
}

}  // namespace kalon
