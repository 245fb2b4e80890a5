#pragma once
/* The engine as a process of its own: JSON-RPC 2.0 over a socket to `kalon serve --stdio` (sdk/docs/json-rpc.md).
 *
 * The process is started by the first call, and again by the first one after it ended. Nothing here waits: answers come
 * from the main loop. All of it belongs to the main thread. */

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define KALON_ENGINE_ERROR (kalon_engine_error_quark())
GQuark kalon_engine_error_quark(void);

typedef enum {
  KALON_ENGINE_FAILED,    /* the engine says why */
  KALON_ENGINE_NOT_FOUND, /* what the call is about is not in the library, or there is no library */
  KALON_ENGINE_CANCELLED,
  KALON_ENGINE_GONE, /* the process could not be started, or ended before it answered */
} KalonEngineError;

#define KALON_TYPE_ENGINE_CLIENT (kalon_engine_client_get_type())
G_DECLARE_FINAL_TYPE(KalonEngineClient, kalon_engine_client, KALON, ENGINE_CLIENT, GObject)

/* Signal "gone" (const char *): the process ended by itself, and why; calls that waited were answered before. */

/* Called once, unless the call was dropped. result: the summary and rows as the protocol has them; null with an error.
 */
typedef void (*KalonAnswer)(JsonObject *result, const GError *error, gpointer data);
/* total: 0 while it is not known. */
typedef void (*KalonProgress)(const char *phase, gint64 done, gint64 total, gpointer data);

/* The client that all windows share; a new reference. */
KalonEngineClient *kalon_engine_client_shared(void);

/* parameters: taken over; null: none. progress may be null. Returns the call's number, never 0. answer never runs
 * inside. */
guint64 kalon_engine_client_call(KalonEngineClient *client, const char *method, JsonObject *parameters,
                                 KalonAnswer answer, KalonProgress progress, gpointer data);
/* Asks the engine to stop; the answer comes all the same. Any number may be given. */
void kalon_engine_client_cancel(KalonEngineClient *client, guint64 call);
/* The same, and neither answer nor progress is called any more. */
void kalon_engine_client_drop(KalonEngineClient *client, guint64 call);

G_END_DECLS
