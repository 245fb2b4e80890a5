#pragma once
// `kalon serve`: JSON-RPC over standard input and output, or over a Unix socket.

#include <kalon/kalon.hpp>

#include "invocation.h"

namespace kalon::cli {

// Serves until the client is done (standard input and output) or a signal comes (socket). The exit code. Throws
// host::Failure when it cannot begin. [main]
int serve(const host::Engine &engine, const Invocation &invocation);

}  // namespace kalon::cli
