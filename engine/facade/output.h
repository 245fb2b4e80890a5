#pragma once
// Files that methods write for people and programs.

#include <string>

namespace kalon {

// Throws invalid_argument when there is something under this path already, unless it may be replaced; for a folder and
// for what is not replaceable() (base/file.h) in any case, and so for a file inside the folder of a library. [any]
void refuse_existing(const std::string &path, bool overwrite);

// Throws invalid_argument when a folder, which need not exist, is one of a library or of its cache. [any]
void refuse_library_folder(const std::string &folder);

}  // namespace kalon
