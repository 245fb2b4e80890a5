#pragma once
// The program with the window.

#include "invocation.h"

namespace kalon::cli {

// Becomes kalon-viewer, which lies beside this program. Returns only when that is not possible; the exit code.
int become_viewer(const Invocation &invocation);

}  // namespace kalon::cli
