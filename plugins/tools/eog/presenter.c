#include "presenter.h"

#include <string.h>

#include "engine_client.h"
#include "indexing.h"
#include "json_reading.h"
#include "ranks.h"

enum {
  SETTLING_MILLISECONDS = 150, /* that a picture stands before the engine is asked about it */
  NEIGHBOURS = 8,
};

struct _KalonPresenter {
  GObject parent;
  KalonEngineClient *client;
  GActionMap *window; /* null once it is stopped */
  KalonPanel *panel;
  KalonIndexing *indexing;
  gulong gone_handler, map_handler;

  GFile *file;
  gboolean shown_file; /* whether the panel is about this file, or will be when it has settled */
  guint settling;
  gboolean although_unknown; /* neighbours are wanted of a picture that is not indexed, too */
  const char *decided;       /* the flag that was given since the picture's row was asked for */
  guint64 info, similar;     /* calls on their way; 0: none */
  KalonRanks *ranks;
};

G_DEFINE_TYPE(KalonPresenter, kalon_presenter, G_TYPE_OBJECT)

static void refresh(KalonPresenter *presenter);

/* ---- what is common to answers */

static void tell(KalonPresenter *presenter, const GError *error) {
  if (g_error_matches(error, KALON_ENGINE_ERROR, KALON_ENGINE_GONE))
    kalon_panel_set_message(presenter->panel, error->message, "Start it again", "win.kalon-similar");
  else
    kalon_panel_set_message(presenter->panel, error->message, NULL, NULL);
}

static void tell_unknown(KalonPresenter *presenter) {
  kalon_panel_set_message(presenter->panel, "This picture is not indexed yet.", "Index this folder", "win.kalon-index");
}

static void let_go(KalonPresenter *presenter) {
  guint dropped = (presenter->info != 0) + (presenter->similar != 0);
  if (dropped > 0) g_debug("%u calls about the picture before are dropped", dropped);
  kalon_engine_client_drop(presenter->client, presenter->info);
  kalon_engine_client_drop(presenter->client, presenter->similar);
  presenter->info = presenter->similar = 0;
  g_clear_pointer(&presenter->ranks, kalon_ranks_free);
}

static JsonObject *about_file(KalonPresenter *presenter, const char *parameter) {
  char *uri = g_file_get_uri(presenter->file);
  JsonObject *parameters = json_object_new();
  json_object_set_string_member(parameters, parameter, uri);
  g_free(uri);
  return parameters;
}

/* ---- the picture */

/* The rows of `similar` as KalonNeighbour. */
static GPtrArray *neighbours_in(JsonObject *result) {
  GPtrArray *neighbours = g_ptr_array_new_with_free_func((GDestroyNotify)kalon_neighbour_free);
  for (guint i = 0; i < kalon_json_rows(result); ++i) {
    JsonObject *row = kalon_json_row(result, i);
    const char *uri = kalon_json_text(row, "uri"), *path = kalon_json_text(row, "path");
    if (uri == NULL || path == NULL) continue;
    KalonNeighbour *neighbour = g_new0(KalonNeighbour, 1);
    neighbour->uri = g_strdup(uri);
    neighbour->name = g_path_get_basename(path);
    neighbour->flag = g_strdup(kalon_json_text(row, "flag"));
    double value = 0;
    if (kalon_json_number(row, "similarity", &value))
      neighbour->likeness = g_strdup_printf("%.2f", value);
    else if (kalon_json_number(row, "distance", &value))
      neighbour->likeness = g_strdup_printf("distance %.4g", value);
    else
      neighbour->likeness = g_strdup("");
    g_ptr_array_add(neighbours, neighbour);
  }
  return neighbours;
}

static void on_similar(JsonObject *result, const GError *error, gpointer data) {
  KalonPresenter *presenter = data;
  presenter->similar = 0;
  if (error != NULL) {
    tell(presenter, error);
    return;
  }
  GPtrArray *neighbours = neighbours_in(result);
  kalon_panel_set_neighbours(presenter->panel, neighbours);
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < neighbours->len; ++i)
    g_string_append_printf(names, " %s", ((KalonNeighbour *)neighbours->pdata[i])->name);
  char *uri = g_file_get_uri(presenter->file);
  g_info("shown: %s with %u neighbours:%s", uri, neighbours->len, names->str);
  g_free(uri);
  g_string_free(names, TRUE);
  if (neighbours->len == 0)
    kalon_panel_set_message(presenter->panel, "No similar picture is indexed yet.", "Index this folder",
                            "win.kalon-index");
  g_ptr_array_unref(neighbours);
}

static void ask_similar(KalonPresenter *presenter) {
  JsonObject *parameters = about_file(presenter, "path");
  json_object_set_int_member(parameters, "k", NEIGHBOURS);
  presenter->similar = kalon_engine_client_call(presenter->client, "similar", parameters, on_similar, NULL, presenter);
}

static void show_row(KalonPresenter *presenter, JsonObject *row) {
  const char *flag = presenter->decided != NULL ? presenter->decided : kalon_json_text(row, "flag");
  kalon_panel_set_flag(presenter->panel, flag != NULL ? flag : "none");
  g_info("flag: %s", flag != NULL ? flag : "none");
  JsonObject *attributes = kalon_json_object(row, "attributes");
  if (attributes != NULL) {
    const char *rating = kalon_json_text(attributes, "rating");
    if (rating != NULL) kalon_panel_set_score(presenter->panel, "rating", rating, NULL);
    presenter->ranks = kalon_ranks_ask(presenter->client, presenter->panel, attributes);
  }
}

static void on_info(JsonObject *result, const GError *error, gpointer data) {
  KalonPresenter *presenter = data;
  presenter->info = 0;
  gboolean unknown = g_error_matches(error, KALON_ENGINE_ERROR, KALON_ENGINE_NOT_FOUND);
  if (unknown) {
    g_info("not indexed: %s", g_file_peek_path(presenter->file));
    tell_unknown(presenter);
  } else if (error != NULL) {
    tell(presenter, error);
  }
  if (error == NULL) {
    JsonObject *row = kalon_json_row(result, 0);
    if (row == NULL) return;
    show_row(presenter, row);
    if (g_strcmp0(kalon_json_text(row, "status"), "ok") != 0) {
      char *text = g_strdup_printf("This picture could not be indexed: %s", kalon_json_text(row, "message"));
      kalon_panel_set_message(presenter->panel, text, NULL, NULL);
      g_free(text);
      return;
    }
  }
  if (error == NULL || (unknown && presenter->although_unknown)) ask_similar(presenter);
}

static void enable(KalonPresenter *presenter, const char *action, gboolean enabled) {
  g_simple_action_set_enabled(G_SIMPLE_ACTION(g_action_map_lookup_action(presenter->window, action)), enabled);
}

static void enable_actions(KalonPresenter *presenter) {
  gboolean local = presenter->file != NULL && g_file_peek_path(presenter->file) != NULL;
  for (const char *const *name =
           (const char *const[]){"kalon-similar", "kalon-pick", "kalon-reject", "kalon-unflag", NULL};
       *name != NULL; ++name)
    enable(presenter, *name, local);
  gboolean indexing = kalon_indexing_runs(presenter->indexing);
  enable(presenter, "kalon-index", local && !indexing);
  enable(presenter, "kalon-cancel-index", indexing);
}

static void clear_panel(KalonPresenter *presenter) {
  char *name = presenter->file != NULL ? g_file_get_basename(presenter->file) : NULL;
  char *shown = name != NULL ? g_filename_display_name(name) : NULL;
  kalon_panel_set_picture(presenter->panel, shown);
  g_free(shown);
  g_free(name);
}

static void refresh(KalonPresenter *presenter) {
  g_clear_handle_id(&presenter->settling, g_source_remove);
  presenter->shown_file = TRUE;
  let_go(presenter);
  clear_panel(presenter);
  enable_actions(presenter);
  if (presenter->file == NULL) return;
  char *uri = g_file_get_uri(presenter->file);
  g_info("picture: %s", uri);
  g_free(uri);
  if (g_file_peek_path(presenter->file) == NULL) {
    kalon_panel_set_message(presenter->panel, "Kalon knows pictures on this computer only.", NULL, NULL);
    return;
  }
  presenter->decided = NULL;
  presenter->info =
      kalon_engine_client_call(presenter->client, "info", about_file(presenter, "paths"), on_info, NULL, presenter);
}

static gboolean on_settled(gpointer data) {
  KalonPresenter *presenter = data;
  presenter->settling = 0;
  presenter->although_unknown = FALSE;
  refresh(presenter);
  return G_SOURCE_REMOVE;
}

static void settle(KalonPresenter *presenter) {
  g_clear_handle_id(&presenter->settling, g_source_remove);
  presenter->shown_file = TRUE;
  presenter->settling = g_timeout_add(SETTLING_MILLISECONDS, on_settled, presenter);
}

void kalon_presenter_set_file(KalonPresenter *presenter, GFile *file) {
  gboolean same =
      file != NULL && presenter->file != NULL ? g_file_equal(file, presenter->file) : file == presenter->file;
  if (same || presenter->window == NULL) return;
  let_go(presenter);
  g_set_object(&presenter->file, file);
  g_debug("chosen: %s", file != NULL ? g_file_peek_path(file) : "none");
  clear_panel(presenter);
  enable_actions(presenter);
  presenter->shown_file = FALSE;
  if (gtk_widget_get_mapped(GTK_WIDGET(presenter->panel))) settle(presenter);
}

/* A panel that nobody sees asks nothing, and starts no engine. */
static void on_map(GtkWidget *panel, gpointer data) {
  (void)panel;
  KalonPresenter *presenter = data;
  if (!presenter->shown_file) settle(presenter);
}

/* ---- flags */

typedef struct {
  KalonPresenter *presenter;
  GFile *file;
  const char *flag;
} Decision;

static void on_flagged(JsonObject *result, const GError *error, gpointer data) {
  (void)result;
  Decision *decision = data;
  KalonPresenter *presenter = decision->presenter;
  if (error == NULL) g_info("flagged: %s as %s", g_file_peek_path(decision->file), decision->flag);
  gboolean shown =
      presenter->window != NULL && presenter->file != NULL && g_file_equal(decision->file, presenter->file);
  if (shown && error == NULL) {
    presenter->decided = decision->flag;
    kalon_panel_set_flag(presenter->panel, decision->flag);
  } else if (presenter->window != NULL && g_error_matches(error, KALON_ENGINE_ERROR, KALON_ENGINE_NOT_FOUND)) {
    if (shown) tell_unknown(presenter);
  } else if (presenter->window != NULL && error != NULL) {
    tell(presenter, error);
  }
  g_object_unref(decision->presenter);
  g_object_unref(decision->file);
  g_free(decision);
}

/* Nothing that comes after takes a decision back: it is not dropped with the picture. */
static void decide(KalonPresenter *presenter, const char *flag) {
  Decision *decision = g_new(Decision, 1);
  *decision = (Decision){g_object_ref(presenter), g_object_ref(presenter->file), flag};
  JsonObject *parameters = about_file(presenter, "paths");
  json_object_set_string_member(parameters, "flag", flag);
  kalon_engine_client_call(presenter->client, "flag", parameters, on_flagged, NULL, decision);
}

/* ---- actions */

static void on_pick(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  decide(data, "pick");
}

static void on_reject(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  decide(data, "reject");
}

static void on_unflag(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  decide(data, "none");
}

static void on_similar_asked(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  KalonPresenter *presenter = data;
  presenter->although_unknown = TRUE;
  refresh(presenter);
}

static void on_indexed(gpointer data) {
  KalonPresenter *presenter = data;
  if (presenter->window != NULL) refresh(presenter);
}

static void on_index(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  KalonPresenter *presenter = data;
  GFile *folder = g_file_get_parent(presenter->file);
  kalon_indexing_start(presenter->indexing, folder);
  g_object_unref(folder);
  enable_actions(presenter);
}

static void on_cancel_index(GSimpleAction *action, GVariant *parameter, gpointer data) {
  (void)action, (void)parameter;
  kalon_indexing_cancel(((KalonPresenter *)data)->indexing);
}

static const GActionEntry actions[] = {
    {.name = "kalon-similar", .activate = on_similar_asked},
    {.name = "kalon-pick", .activate = on_pick},
    {.name = "kalon-reject", .activate = on_reject},
    {.name = "kalon-unflag", .activate = on_unflag},
    {.name = "kalon-index", .activate = on_index},
    {.name = "kalon-cancel-index", .activate = on_cancel_index},
};

/* ---- its life */

/* Also when nothing was asked for: the next thing that is will start it again. */
static void on_gone(KalonEngineClient *client, const char *reason, gpointer data) {
  (void)client;
  KalonPresenter *presenter = data;
  kalon_panel_set_message(presenter->panel, reason, "Start it again", "win.kalon-similar");
}

KalonPresenter *kalon_presenter_new(GActionMap *window, KalonPanel *panel) {
  KalonPresenter *presenter = g_object_new(KALON_TYPE_PRESENTER, NULL);
  presenter->window = window;
  presenter->panel = g_object_ref(panel);
  presenter->indexing = kalon_indexing_new(presenter->client, panel, on_indexed, presenter);
  g_action_map_add_action_entries(window, actions, G_N_ELEMENTS(actions), presenter);
  presenter->gone_handler = g_signal_connect(presenter->client, "gone", G_CALLBACK(on_gone), presenter);
  presenter->map_handler = g_signal_connect(panel, "map", G_CALLBACK(on_map), presenter);
  enable_actions(presenter);
  return presenter;
}

void kalon_presenter_stop(KalonPresenter *presenter) {
  if (presenter->window == NULL) return;
  let_go(presenter);
  g_clear_handle_id(&presenter->settling, g_source_remove);
  for (gsize i = 0; i < G_N_ELEMENTS(actions); ++i) g_action_map_remove_action(presenter->window, actions[i].name);
  presenter->window = NULL;
  g_clear_signal_handler(&presenter->gone_handler, presenter->client);
  g_clear_signal_handler(&presenter->map_handler, presenter->panel);
  g_clear_pointer(&presenter->indexing, kalon_indexing_free);
}

static void kalon_presenter_init(KalonPresenter *presenter) {
  presenter->client = kalon_engine_client_shared();
}

static void kalon_presenter_finalize(GObject *object) {
  KalonPresenter *presenter = KALON_PRESENTER(object);
  g_clear_object(&presenter->file);
  g_object_unref(presenter->panel);
  g_object_unref(presenter->client);
  G_OBJECT_CLASS(kalon_presenter_parent_class)->finalize(object);
}

static void kalon_presenter_class_init(KalonPresenterClass *class) {
  G_OBJECT_CLASS(class)->finalize = kalon_presenter_finalize;
}
