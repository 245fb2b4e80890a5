#pragma once
// The command line's words.

#include <optional>

#include "invocation.h"

namespace kalon::cli {

// What to run, or the exit code when there is nothing to run (help, version, wrong usage; the text is then printed).
struct Parsed {
  std::optional<Invocation> invocation;
  int exit_code = 0;
};

Parsed parse(int argc, char **argv);

}  // namespace kalon::cli
