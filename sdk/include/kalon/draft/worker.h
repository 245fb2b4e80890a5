/* The engine's end of a worker process: how kalon-plugin-worker becomes one. A draft: it may change with any revision,
 * and nobody but that program needs it. docs/worker-protocol.md is what goes over the socket. */
#ifndef KALON_DRAFT_WORKER_H
#define KALON_DRAFT_WORKER_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KALON_WORKER "kalon.worker/1"
typedef struct kalon_worker_api {
  /* Serves the one plugin that it is told of over this socket until that is closed; the process's exit code. [main] */
  int32_t (*serve)(int32_t socket);
} kalon_worker_api;

#ifdef __cplusplus
}
#endif
#endif
