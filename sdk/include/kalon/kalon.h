/* What the author of a host sees: the engine behind `kalon_engine_entry` of libkalon.so. abi.h has the rules.
 *
 * Everything the engine does is a *method* with a name ("index", "list", "sort", ...), parameters as a JSON object and
 * a stream of result rows as JSON lines, run as a task with progress and cancellation. docs/methods.md lists the
 * methods. Paths in parameters are file:// URIs (percent-encoded bytes) or plain UTF-8 paths, absolute; rows carry a
 * `uri` and, for people, a `path`. */
#ifndef KALON_KALON_H
#define KALON_KALON_H

#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KALON_ENGINE_SYMBOL "kalon_engine_entry"
extern KALON_EXPORT const kalon_entry kalon_engine_entry;

/* ---- the engine ------------------------------------------------------------------------------------------------ */

#define KALON_ENGINE "kalon.engine/1"
typedef struct kalon_engine_api {
  const char *(*version)(void);                    /* "0.1.0" [any] */
  const char *(*status_name)(kalon_status status); /* "corrupt_data" [any] */
  /* Options as a JSON object: "threads" (how many the engine may keep busy), "plugin_folders" (array of paths searched
   * before all others), "log_level" ("debug", "info", "warning", "error"). Before the first library is opened; plugin
   * folders are read at the first use of a plugin. invalid_argument. [main] */
  kalon_status (*configure)(const char *options, kalon_text *error);
  /* The names of all methods, each followed by a newline: writes at most capacity bytes, stores the whole length in
   * size; ok even when the buffer was too small. [any] */
  kalon_status (*methods)(char *buffer, uint64_t capacity, uint64_t *size);
} kalon_engine_api;

/* ---- libraries ------------------------------------------------------------------------------------------------- */

typedef struct kalon_library kalon_library;

enum { KALON_ACCESS_READ = 0, KALON_ACCESS_WRITE = 1 /* creates the library when it is missing */ };

#define KALON_LIBRARY "kalon.library/1"
typedef struct kalon_library_api {
  /* folder: a file:// URI or UTF-8 path, absolute; null or empty: the default library. not_found, read_only,
   * unsupported (network file system, newer schema), io. [any] */
  kalon_status (*open)(const char *folder, int32_t access, kalon_library **out, kalon_text *error);
  /* Tasks that were started on it keep it open until they end. [any] */
  void (*close)(kalon_library *library);
} kalon_library_api;

/* ---- tasks ----------------------------------------------------------------------------------------------------- */

typedef struct kalon_task kalon_task;

enum { KALON_TASK_RUNNING = 0, KALON_TASK_ENDED = 1 };

typedef struct kalon_task_progress {
  uint32_t size;
  int32_t state;
  kalon_status status; /* once ended: ok, partial, cancelled, or why it failed */
  uint32_t reserved;
  uint64_t done;  /* items of the current phase */
  uint64_t total; /* 0 while unknown */
  double seconds; /* since the task was started */
  char phase[16]; /* "scan", "index", "order", ... */
} kalon_task_progress;

#define KALON_TASK "kalon.task/1"
typedef struct kalon_task_api {
  /* Starts a method. library may be null for methods that need none. parameters: a JSON object, null for none. Unknown
   * methods and wrong parameters are reported here (invalid_argument) or as the task's end. [any] */
  kalon_status (*start)(kalon_library *library, const char *method, const char *parameters, kalon_task **out,
                        kalon_text *error);
  kalon_status (*progress)(kalon_task *task, kalon_task_progress *out); /* [any] */
  void (*cancel)(kalon_task *task);                                     /* asks; the task ends soon after [any] */
  /* A descriptor that is readable while rows wait or once the task has ended; for poll() in a main loop. Owned by the
   * task. [any] */
  int32_t (*event_fd)(kalon_task *task);
  /* Takes result bytes: JSON objects, one a line, each ended by a newline; the stream may be cut anywhere. Stores how
   * many bytes were written; 0 with ok means none wait now. A task whose rows are not read waits. One reader at a time.
   * [any] */
  kalon_status (*read)(kalon_task *task, char *buffer, uint64_t capacity, uint64_t *size);
  /* Waits until rows wait or the task has ended; timeout when neither came in time. Negative: without limit. [any] */
  kalon_status (*wait)(kalon_task *task, int64_t milliseconds);
  /* The summary of an ended task, one JSON object (busy while it runs); two-call form as in methods(). When the task
   * failed it holds "status", "message" and "context". [any] */
  kalon_status (*result)(kalon_task *task, char *buffer, uint64_t capacity, uint64_t *size);
  /* Cancels what still runs, waits for it, and forgets the task. [any] */
  void (*close)(kalon_task *task);
} kalon_task_api;

/* ---- pixels ---------------------------------------------------------------------------------------------------- */

/* Pictures to be shown: upright, 8-bit sRGB (by the profile of the file), what is transparent laid upon light grey. Of
 * a RAW file it is the preview inside. An engine of revision 1.0 lacks this table. */
typedef struct kalon_picture kalon_picture; /* a decoded picture; it never changes */

enum {
  /* Only a cached thumbnail, the best that there is, perhaps smaller than asked for; the picture's file is not opened.
   */
  KALON_PICTURE_CACHED_ONLY = 1,
  KALON_PICTURE_NO_CACHE = 2 /* always from the file */
};

typedef struct kalon_picture_request {
  uint32_t size;
  uint32_t longest_side; /* fitted into a square of this side, never enlarged; 0: full size */
  uint32_t flags;        /* KALON_PICTURE_CACHED_ONLY or KALON_PICTURE_NO_CACHE, or 0 */
  uint32_t reserved;     /* 0 */
} kalon_picture_request;

enum { KALON_PICTURE_FROM_CACHE = 1, KALON_PICTURE_FROM_FILE = 2 };

typedef struct kalon_picture_size {
  uint32_t size;
  uint32_t width; /* of these pixels */
  uint32_t height;
  uint32_t full_width; /* of the whole picture, upright; 0 where it is not known */
  uint32_t full_height;
  uint32_t source; /* KALON_PICTURE_FROM_* */
} kalon_picture_size;

#define KALON_PICTURES "kalon.pictures/1"
typedef struct kalon_pictures_api {
  /* file: a file:// URI or UTF-8 path, absolute; in a library or not. library: whose cached thumbnails (of up to 512
   * pixels) serve where they are large enough and the file has not changed since; null: none. request: null for full
   * size. Pixels of 512 or less may have been a JPEG in between; others come from the file itself. Waits until it is
   * done. not_found (no such file; nothing in the cache, of what may only come from there), io, unsupported,
   * missing_feature, corrupt_data, limit_exceeded, invalid_argument. [any] */
  kalon_status (*decode)(kalon_library *library, const char *file, const kalon_picture_request *request,
                         kalon_picture **out, kalon_text *error);
  kalon_status (*measure)(const kalon_picture *picture, kalon_picture_size *out); /* [any] */
  /* Copies a rectangle, in these pixels, top row first: interleaved RGB (channels 3) or RGBA with an alpha of 255 (4),
   * rows `stride` bytes apart. What lies between rows stays as it is. invalid_argument when it is empty, leaves the
   * picture, or does not fit into capacity bytes; nothing is written then. [any] */
  kalon_status (*copy)(const kalon_picture *picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                       uint32_t channels, void *buffer, uint64_t stride, uint64_t capacity);
  /* It needs neither the library nor the file it came from. [any] */
  void (*close)(kalon_picture *picture);
} kalon_pictures_api;

/* ---- JSON-RPC -------------------------------------------------------------------------------------------------- */

/* The same methods as JSON-RPC 2.0, one message a line, for programs in other languages; docs/json-rpc.md is the
 * protocol. Whoever has a socket or a pipe moves the bytes. */
typedef struct kalon_rpc kalon_rpc;                 /* a service: one library and its clients */
typedef struct kalon_rpc_session kalon_rpc_session; /* one client */

#define KALON_RPC "kalon.rpc/1"
typedef struct kalon_rpc_api {
  /* options: a JSON object, null for none: "library" (as in kalon_library_api; opened when a method first needs it),
   * "message_bytes" (the largest message, 16 MiB). invalid_argument. [any] */
  kalon_status (*open)(const char *options, kalon_rpc **out, kalon_text *error);
  void (*close)(kalon_rpc *service); /* after its sessions [any] */
  kalon_status (*connect)(kalon_rpc *service, kalon_rpc_session **out, kalon_text *error); /* [any] */
  /* Cancels what it asked for and waits for it. [any] */
  void (*disconnect)(kalon_rpc_session *session);
  /* Bytes from the client, cut anywhere. What is wrong with them is answered to the client. One caller at a time; never
   * waits for a method. [any] */
  kalon_status (*feed)(kalon_rpc_session *session, const char *data, uint64_t size);
  kalon_status (*end_input)(kalon_rpc_session *session); /* the client sends no more [any] */
  /* Bytes for the client; 0 with ok means none wait now. Methods whose rows are not read wait. One reader at a time.
   * [any] */
  kalon_status (*read)(kalon_rpc_session *session, char *buffer, uint64_t capacity, uint64_t *size);
  /* Readable while bytes wait for the client or the session is finished; for poll(). Owned by the session. [any] */
  int32_t (*event_fd)(kalon_rpc_session *session);
  /* 1 once the client sends no more, all that it asked for is answered, and the answers were read. [any] */
  int32_t (*finished)(kalon_rpc_session *session);
} kalon_rpc_api;

#ifdef __cplusplus
}
#endif
#endif
