#pragma once
// The worker's end of the worker protocol: what kalon-plugin-worker runs.

namespace kalon {

// Serves one plugin over the socket until the other side closes it, which ends the process also in the middle of work.
// Returns the process's exit code. [main]
int serve_plugin(int socket);

}  // namespace kalon
