#pragma once
// Runs one invocation on the engine; the exit code.

#include "invocation.h"

namespace kalon::cli {

int run(const Invocation &invocation);

}  // namespace kalon::cli
