#pragma once
/* Reading what the engine answers. Objects may be null; members and rows that are missing or of another kind are as if
 * they were not there. */

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

const char *kalon_json_text(JsonObject *object, const char *name); /* null: none */
gint64 kalon_json_integer(JsonObject *object, const char *name);   /* 0: none */
/* false, and value as it was: none. */
gboolean kalon_json_number(JsonObject *object, const char *name, double *value);
JsonObject *kalon_json_object(JsonObject *object, const char *name); /* null: none */

/* The rows of a method's answer. */
guint kalon_json_rows(JsonObject *result);
JsonObject *kalon_json_row(JsonObject *result, guint index); /* null: none */

G_END_DECLS
