/* What a host offers to a plugin beside the log. abi.h has the rules.
 *
 * Each service is a table that `host->get_extension(host, ID)` gives, or null: check it, and do without. Every function
 * takes the host that init was given. Nothing here is needed to be a plugin.
 *
 * A service tagged [worker] is for the functions of a plugin that carry this tag themselves (create, run, open, read,
 * ...): from within such a call, on the call's own thread or on one that parallel_for lends. Elsewhere (in init, on a
 * thread that the plugin started) it does nothing and is reported as a fault of the plugin.
 *
 * Two-call form: the whole length is stored in size; the bytes are written when capacity is enough for all of them and
 * not touched otherwise. Both end in ok. buffer may be null when capacity is 0. */
#ifndef KALON_SERVICES_H
#define KALON_SERVICES_H

#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/* Aligned memory that the host counts as the plugin's. */
#define KALON_HOST_MEMORY "kalon.host.memory/1"
typedef struct kalon_host_memory {
  /* alignment: a power of two up to 4096; less than 64 counts as 64. Null when it is refused: no bytes, a wrong
   * alignment, or more than there is. Its content is arbitrary. [any] */
  void *(*allocate)(const kalon_host *host, uint64_t bytes, uint64_t alignment);
  /* What allocate() of the same host gave, once; null does nothing. All of it is released before shutdown ends. [any]
   */
  void (*release)(const kalon_host *host, void *pointer);
} kalon_host_memory;

/* ---- threads --------------------------------------------------------------------------------------------------- */

#define KALON_HOST_THREADS "kalon.host.threads/1"
typedef struct kalon_host_threads {
  /* How many threads the plugin may keep busy now, its caller's included; at least 1. Within a call: the call's share,
   * since the host has other calls under way. [any] */
  uint32_t (*budget)(const kalon_host *host);
  /* Calls function(context, index) once for each index below count, on the calling thread and on others of the host,
   * and returns when all are done. function lets no exception out. cancelled: some indices were left out, as the call
   * was cancelled. invalid_argument: within another parallel_for, or outside of a call; nothing was called. [worker] */
  kalon_status (*parallel_for)(const kalon_host *host, uint64_t count, void (*function)(void *context, uint64_t index),
                               void *context);
} kalon_host_threads;

/* ---- the call under way ---------------------------------------------------------------------------------------- */

#define KALON_HOST_CALL "kalon.host.call/1"
typedef struct kalon_host_call {
  /* 1 once nobody wants the result any more: the call ends soon, with cancelled. [worker] */
  int32_t (*cancelled)(const kalon_host *host);
  /* A sign of life: a call that gives one within its deadline is not taken for hung. total: 0 while unknown. [worker]
   */
  void (*progress)(const kalon_host *host, uint64_t done, uint64_t total);
} kalon_host_call;

/* ---- time and chance ------------------------------------------------------------------------------------------- */

#define KALON_HOST_CLOCK "kalon.host.clock/1"
typedef struct kalon_host_clock {
  int64_t (*now)(const kalon_host *host);        /* microseconds since 1970-01-01 UTC [any] */
  uint64_t (*monotonic)(const kalon_host *host); /* nanoseconds of a clock that never jumps [any] */
} kalon_host_clock;

/* Whatever is random in a plugin follows from the seed, so that a run can be repeated. */
#define KALON_HOST_SEED "kalon.host.seed/1"
typedef struct kalon_host_seed {
  uint64_t (*seed)(const kalon_host *host); /* the same for the whole run [any] */
} kalon_host_seed;

/* ---- folders --------------------------------------------------------------------------------------------------- */

enum {
  KALON_FOLDER_PLUGIN = 1, /* where the plugin's library and manifest lie; not to be written to */
  KALON_FOLDER_DATA = 2,   /* the plugin's own, for what must be kept */
  KALON_FOLDER_CACHE = 3   /* the plugin's own, for what can be made again; people may empty it at any time */
};

#define KALON_HOST_FOLDERS "kalon.host.folders/1"
typedef struct kalon_host_folders {
  /* The absolute path, bytes as the file system has them, and a final NUL, which size counts. Two-call form. The
   * plugin's own folders are made when they are first asked for, closed to other users. not_found when there is none
   * (a user without a home), invalid_argument for an unknown kind, io. [any] */
  kalon_status (*path)(const kalon_host *host, int32_t kind, char *buffer, uint64_t capacity, uint64_t *size);
} kalon_host_folders;

/* ---- cache ----------------------------------------------------------------------------------------------------- */

#define KALON_CACHE_VALUE_BYTES 67108864 /* the largest value */
#define KALON_CACHE_KEY_BYTES 4096       /* the longest key */

/* Values by key, the plugin's own, kept between runs and shared by its processes. Anything may be gone at any time: the
 * oldest make room for the new. A key is text that holds all that its value depends on, the plugin's version included.
 * invalid_argument: a key that is empty or too long. */
#define KALON_HOST_CACHE "kalon.host.cache/1"
typedef struct kalon_host_cache {
  /* Two-call form; what lies in the buffer after a failure is arbitrary. not_found, io. [any] */
  kalon_status (*get)(const kalon_host *host, const char *key, void *buffer, uint64_t capacity, uint64_t *size);
  /* Replaces what is there, whole or not at all. limit_exceeded, not_found (there is no place to keep it), io. [any] */
  kalon_status (*put)(const kalon_host *host, const char *key, const void *data, uint64_t size);
  /* ok also when there was none. [any] */
  kalon_status (*remove)(const kalon_host *host, const char *key);
} kalon_host_cache;

#ifdef __cplusplus
}
#endif
#endif
