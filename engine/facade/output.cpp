#include "facade/output.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace kalon {

void refuse_existing(const std::string &path, bool overwrite) {
  if (!overwrite && std::filesystem::exists(path))
    throw Error(Status::invalid_argument, "exists already; name another file, or replace it with --overwrite",
                display_text(path));
}

}  // namespace kalon
