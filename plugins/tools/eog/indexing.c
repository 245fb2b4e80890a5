#include "indexing.h"

#include "json_reading.h"

struct _KalonIndexing {
  KalonEngineClient *client;
  KalonPanel *panel;
  void (*ended)(gpointer data);
  gpointer data;
  guint64 call; /* 0: none runs */
};

KalonIndexing *kalon_indexing_new(KalonEngineClient *client, KalonPanel *panel, void (*ended)(gpointer data),
                                  gpointer data) {
  KalonIndexing *indexing = g_new(KalonIndexing, 1);
  *indexing = (KalonIndexing){g_object_ref(client), g_object_ref(panel), ended, data, 0};
  return indexing;
}

void kalon_indexing_free(KalonIndexing *indexing) {
  kalon_engine_client_drop(indexing->client, indexing->call);
  g_object_unref(indexing->client);
  g_object_unref(indexing->panel);
  g_free(indexing);
}

gboolean kalon_indexing_runs(const KalonIndexing *indexing) {
  return indexing->call != 0;
}

static void on_progress(const char *phase, gint64 done, gint64 total, gpointer data) {
  KalonIndexing *indexing = data;
  char *text =
      total > 0 ? g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, done, total) : g_strdup("Looking\u2026");
  g_debug("indexing: %s %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, phase, done, total);
  kalon_panel_set_progress(indexing->panel, total > 0 ? (double)done / (double)total : -1, text);
  g_free(text);
}

static char *outcome_of(JsonObject *result) {
  JsonObject *summary = kalon_json_object(result, "summary");
  gint64 found = kalon_json_integer(summary, "found"), failed = kalon_json_integer(summary, "failed");
  char *text = g_strdup_printf("%" G_GINT64_FORMAT " %s indexed.", found - failed,
                               found - failed == 1 ? "picture is" : "pictures are");
  if (failed == 0) return text;
  char *more = g_strdup_printf("%s %" G_GINT64_FORMAT " could not be read.", text, failed);
  g_free(text);
  return more;
}

static void on_ended(JsonObject *result, const GError *error, gpointer data) {
  KalonIndexing *indexing = data;
  indexing->call = 0;
  kalon_panel_set_progress(indexing->panel, 0, NULL);
  char *text = error == NULL ? outcome_of(result)
               : g_error_matches(error, KALON_ENGINE_ERROR, KALON_ENGINE_CANCELLED)
                   ? g_strdup("Indexing was cancelled; what is done is kept.")
                   : g_strdup_printf("Indexing stopped: %s", error->message);
  kalon_panel_set_outcome(indexing->panel, text);
  g_free(text);
  indexing->ended(indexing->data);
}

void kalon_indexing_start(KalonIndexing *indexing, GFile *folder) {
  if (indexing->call != 0) return;
  char *uri = g_file_get_uri(folder);
  g_info("indexing: %s", uri);
  JsonObject *parameters = json_object_new();
  json_object_set_string_member(parameters, "paths", uri);
  g_free(uri);
  /* Of those that failed the number is enough: they come as notifications, which are passed over. */
  json_object_set_string_member(parameters, "$rows", "stream");
  kalon_panel_set_progress(indexing->panel, -1, "Looking\u2026");
  indexing->call = kalon_engine_client_call(indexing->client, "index", parameters, on_ended, on_progress, indexing);
}

void kalon_indexing_cancel(KalonIndexing *indexing) {
  kalon_engine_client_cancel(indexing->client, indexing->call);
}
