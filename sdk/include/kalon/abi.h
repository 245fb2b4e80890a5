/* Kalon's binary contract: what plugin.h and kalon.h share.
 *
 * Rules that hold for every declaration in this folder:
 *  - C11, also valid C++17. Fixed-width types, no implicit padding; enums travel as int32_t.
 *  - Data structs begin with their size in bytes, set by whoever provides the memory. Fields are only ever
 *    appended: a reader takes min(its size, the provider's) and treats the rest as zero.
 *  - Tables of functions are versioned by their string id. A pointer in a table may be null: check it.
 *  - Inputs are borrowed until the call returns. The caller allocates outputs. Nothing is freed across the boundary.
 *  - No exception, longjmp or exit crosses the boundary.
 *  - Each function carries a thread tag:
 *      [main]    on the thread that called init of the same library, and on no other. An engine built for development
 *                logs an error and does nothing (invalid_argument) when it is called elsewhere.
 *      [worker]  of a plugin: the engine calls it on any thread of its own, on several at once as far as the manifest
 *                allows, and never on one object at once. Of the host (services.h): only from within such a call.
 *      [any]     on any thread, also on several at once where the function names no limit. Whoever closes an object
 *                sees to it that no other call on it is under way.
 */
#ifndef KALON_ABI_H
#define KALON_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Revision 1 is frozen: later minor ones only add. A plugin and an engine of different major revisions refuse each
 * other, and so does an engine a plugin of a later minor one. */
#define KALON_ABI_MAJOR 1
#define KALON_ABI_MINOR 1

#if defined(__GNUC__)
#define KALON_EXPORT __attribute__((visibility("default")))
#else
#define KALON_EXPORT
#endif

/* What every call returns. The text that explains a failure goes into the caller's kalon_text. */
typedef int32_t kalon_status;
enum {
  KALON_OK = 0,
  KALON_INVALID_ARGUMENT = 1, /* the call is wrong; repeating it cannot help */
  KALON_UNSUPPORTED = 2,      /* the data is of a kind that nothing here handles */
  KALON_MISSING_FEATURE = 3,  /* handled in principle, but a part is not installed */
  KALON_OUT_OF_MEMORY = 4,
  KALON_CANCELLED = 5,
  KALON_IO = 6,           /* the operating system refused: permission, missing file, full disk */
  KALON_CORRUPT_DATA = 7, /* the bytes contradict their own format */
  KALON_TIMEOUT = 8,
  KALON_INTERNAL = 9, /* a fault of the program itself */
  KALON_NOT_FOUND = 10,
  KALON_LIMIT_EXCEEDED = 11, /* refused for its size before any work was done */
  KALON_READ_ONLY = 12,
  KALON_BUSY = 13,
  KALON_PARTIAL = 14 /* a task came to its end, but some items failed and were reported one by one */
};

/* A caller's buffer for text. The callee writes at most capacity bytes including the final NUL. A null pointer to a
 * kalon_text, or a capacity of 0, means that the caller does not want the text. */
typedef struct kalon_text {
  char *data;
  uint64_t capacity;
} kalon_text;

/* Services of whoever loads a library (the engine for plugins, the program for the engine). */
typedef struct kalon_host {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  const char *name;    /* UTF-8, for messages */
  const char *version; /* UTF-8 */
  void *context;       /* the host's own */
  /* Null when the host lacks the extension. Valid until shutdown. [any] */
  const void *(*get_extension)(const struct kalon_host *host, const char *id);
} kalon_host;

enum { KALON_LOG_DEBUG = 0, KALON_LOG_INFO = 1, KALON_LOG_WARNING = 2, KALON_LOG_ERROR = 3 };

#define KALON_HOST_LOG "kalon.host.log/1"
typedef struct kalon_host_log {
  void (*write)(const kalon_host *host, int32_t level, const char *text); /* [any] */
} kalon_host_log;

/* The one symbol that a plugin (`kalon_plugin_entry`) or the engine (`kalon_engine_entry`) exports. */
#define KALON_ENTRY_MAGIC 0x4e4c414bu /* "KALN" in memory order of a little-endian machine */
typedef struct kalon_entry {
  uint32_t magic;
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t reserved;
  /* Called once, before anything else, on the thread that needs the library first. On failure nothing else is called.
   * [any] */
  kalon_status (*init)(const kalon_host *host, kalon_text *error);
  /* Called at most once, after every object was closed; a host that never unloads the library need not call it. [any]
   */
  void (*shutdown)(void);
  /* The table of functions named by id, or null. Valid until shutdown. [any] */
  const void *(*get_factory)(const char *id);
} kalon_entry;

#ifdef __cplusplus
}
#endif
#endif
