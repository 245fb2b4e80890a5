#include "ranks.h"

#include <string.h>

#include "json_reading.h"

enum { MOST_SCORES = 6 };

/* Two counts make a rank: of the files with better scores, and of those with any. */
typedef struct {
  KalonRanks *ranks;
  char *name, *value, *shown;
  guint64 better_call, all_call; /* 0: not on their way */
  gint64 better, all;            /* -1: not known */
} Score;

struct _KalonRanks {
  KalonEngineClient *client;
  KalonPanel *panel;
  JsonObject *attributes;
  guint64 columns; /* the call for the columns of scores */
  GPtrArray *scores;
};

static void score_free(gpointer data) {
  Score *score = data;
  kalon_engine_client_drop(score->ranks->client, score->better_call);
  kalon_engine_client_drop(score->ranks->client, score->all_call);
  g_free(score->name);
  g_free(score->value);
  g_free(score->shown);
  g_free(score);
}

/* 12345 -> "12,345" */
static char *grouped(gint64 number) {
  char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
  GString *text = g_string_new(NULL);
  for (gsize i = 0, length = strlen(digits); i < length; ++i) {
    if (i > 0 && (length - i) % 3 == 0) g_string_append_c(text, ',');
    g_string_append_c(text, digits[i]);
  }
  g_free(digits);
  return g_string_free(text, FALSE);
}

static const char *ordinal_ending(gint64 number) {
  if (number % 100 >= 11 && number % 100 <= 13) return "th";
  return number % 10 == 1 ? "st" : number % 10 == 2 ? "nd" : number % 10 == 3 ? "rd" : "th";
}

static void show(Score *score) {
  if (score->better < 0 || score->all < 0) return;
  char *place = grouped(score->better + 1), *all = grouped(score->all);
  char *rank = g_strdup_printf("%s%s of %s", place, ordinal_ending(score->better + 1), all);
  kalon_panel_set_score(score->ranks->panel, score->name, score->shown, rank);
  g_free(rank);
  g_free(all);
  g_free(place);
}

static gint64 count_in(JsonObject *result, const GError *error) {
  JsonObject *summary = kalon_json_object(result, "summary");
  if (error != NULL) g_info("no rank: %s", error->message);
  return summary != NULL ? kalon_json_integer(summary, "count") : -1;
}

static void on_better(JsonObject *result, const GError *error, gpointer data) {
  Score *score = data;
  score->better_call = 0;
  score->better = count_in(result, error);
  show(score);
}

static void on_all(JsonObject *result, const GError *error, gpointer data) {
  Score *score = data;
  score->all_call = 0;
  score->all = count_in(result, error);
  show(score);
}

/* Takes where over. */
static guint64 count(Score *score, char *where, KalonAnswer answer) {
  JsonObject *parameters = json_object_new();
  json_object_set_boolean_member(parameters, "count", TRUE);
  json_object_set_string_member(parameters, "where", where);
  g_free(where);
  return kalon_engine_client_call(score->ranks->client, "list", parameters, answer, NULL, score);
}

static void add(KalonRanks *ranks, JsonObject *column) {
  const char *name = kalon_json_text(column, "name"), *direction = kalon_json_text(column, "direction");
  const char *value = name != NULL ? kalon_json_text(ranks->attributes, name) : NULL;
  if (value == NULL || ranks->scores->len == MOST_SCORES) return;
  Score *score = g_new0(Score, 1);
  score->ranks = ranks;
  score->name = g_strdup(name);
  score->value = g_strdup(value);
  score->shown = g_strdup_printf("%.4g", g_ascii_strtod(value, NULL));
  score->better = score->all = -1;
  g_ptr_array_add(ranks->scores, score);
  kalon_panel_set_score(ranks->panel, score->name, score->shown, NULL);
  /* Names of scores need no quotes. */
  const char *ahead = g_strcmp0(direction, "down") == 0 ? "<" : ">";
  score->better_call =
      count(score, g_strdup_printf("%s %s \"%s\" and vanished = false", name, ahead, value), on_better);
  score->all_call = count(score, g_strdup_printf("%s is known and vanished = false", name), on_all);
}

static void on_columns(JsonObject *result, const GError *error, gpointer data) {
  KalonRanks *ranks = data;
  ranks->columns = 0;
  if (error != NULL) {
    g_info("no scores: %s", error->message);
    return;
  }
  for (guint i = 0; i < kalon_json_rows(result); ++i) add(ranks, kalon_json_row(result, i));
}

KalonRanks *kalon_ranks_ask(KalonEngineClient *client, KalonPanel *panel, JsonObject *attributes) {
  KalonRanks *ranks = g_new0(KalonRanks, 1);
  ranks->client = g_object_ref(client);
  ranks->panel = g_object_ref(panel);
  ranks->attributes = json_object_ref(attributes);
  ranks->scores = g_ptr_array_new_with_free_func(score_free);
  ranks->columns = kalon_engine_client_call(client, "scores", NULL, on_columns, NULL, ranks);
  return ranks;
}

void kalon_ranks_free(KalonRanks *ranks) {
  kalon_engine_client_drop(ranks->client, ranks->columns);
  g_ptr_array_unref(ranks->scores);
  json_object_unref(ranks->attributes);
  g_object_unref(ranks->panel);
  g_object_unref(ranks->client);
  g_free(ranks);
}
