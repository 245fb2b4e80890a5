#include "engine_client.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine_program.h"
#include "json_reading.h"

G_DEFINE_QUARK(kalon - engine - error, kalon_engine_error)

enum { NOT_FOUND_CODE = -32010, CANCELLED_CODE = -32005 }; /* -32000 less the number of the status */

typedef struct {
  guint64 number;
  KalonAnswer answer;
  KalonProgress progress;
  gpointer data;
} Call;

/* One process and what goes to and fro; it outlives the client's interest in it until its operations have ended. */
typedef struct {
  grefcount references;
  KalonEngineClient *client; /* null once it is given up */
  GSubprocess *process;
  GSocketConnection *connection;
  GDataInputStream *input;
  GOutputStream *output;
  GQueue unsent; /* GBytes */
  GBytes *sending;
} Engine;

struct _KalonEngineClient {
  GObject parent;
  Engine *engine;    /* null: none runs */
  GHashTable *calls; /* number -> Call, until the answer */
  guint64 last;      /* number given */
};

static const char gone_text[] = "Kalon's engine ended unexpectedly. It starts again when something is asked of it.";

static guint gone_signal;

G_DEFINE_TYPE(KalonEngineClient, kalon_engine_client, G_TYPE_OBJECT)

static void send_next(Engine *engine);

/* ---- the process */

static Engine *engine_ref(Engine *engine) {
  g_ref_count_inc(&engine->references);
  return engine;
}

static void engine_unref(Engine *engine) {
  if (!g_ref_count_dec(&engine->references)) return;
  g_queue_clear_full(&engine->unsent, (GDestroyNotify)g_bytes_unref);
  g_clear_pointer(&engine->sending, g_bytes_unref);
  g_clear_object(&engine->input);
  g_clear_object(&engine->connection);
  g_clear_object(&engine->process);
  g_free(engine);
}

/* The engine sees its client go, ends what it was asked for, and then itself. */
static void engine_close(Engine *engine) {
  engine->client = NULL;
  g_socket_shutdown(g_socket_connection_get_socket(engine->connection), TRUE, TRUE, NULL);
  engine_unref(engine);
}

static void settle(KalonEngineClient *client, guint64 number, JsonObject *result, const GError *error) {
  gpointer found = NULL;
  if (!g_hash_table_steal_extended(client->calls, &number, NULL, &found)) return;
  Call *call = found;
  if (call->answer != NULL) call->answer(result, error, call->data);
  g_free(call);
}

/* One at a time: an answer may drop other calls, or make new ones, which are for another process. */
static void answer_all(KalonEngineClient *client, const GError *error) {
  for (guint64 number = 1, last = client->last; number <= last && g_hash_table_size(client->calls) > 0; ++number)
    settle(client, number, NULL, error);
}

static void engine_ended(Engine *engine, const char *reason) {
  KalonEngineClient *client = engine->client;
  if (client == NULL) return;
  g_object_ref(client);
  g_info("engine gone: %s", reason);
  client->engine = NULL;
  engine_close(engine);
  GError *error = g_error_new_literal(KALON_ENGINE_ERROR, KALON_ENGINE_GONE, gone_text);
  answer_all(client, error);
  g_signal_emit(client, gone_signal, 0, error->message);
  g_error_free(error);
  g_object_unref(client);
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer data) {
  (void)data;
  GSubprocess *process = G_SUBPROCESS(source);
  g_subprocess_wait_finish(process, result, NULL);
  if (g_subprocess_get_if_signaled(process))
    g_info("engine ended by signal %d", g_subprocess_get_term_sig(process));
  else if (g_subprocess_get_if_exited(process))
    g_info("engine ended with %d", g_subprocess_get_exit_status(process));
}

/* ---- what comes in */

static GError *error_of(JsonObject *fault) {
  gint64 code = kalon_json_integer(fault, "code");
  const char *message = kalon_json_text(fault, "message");
  return g_error_new_literal(KALON_ENGINE_ERROR,
                             code == NOT_FOUND_CODE   ? KALON_ENGINE_NOT_FOUND
                             : code == CANCELLED_CODE ? KALON_ENGINE_CANCELLED
                                                      : KALON_ENGINE_FAILED,
                             message != NULL ? message : "Kalon's engine does not say what went wrong.");
}

static void hear_answer(KalonEngineClient *client, JsonObject *message) {
  JsonObject *fault = kalon_json_object(message, "error"), *result = kalon_json_object(message, "result");
  GError *error = NULL;
  if (fault != NULL)
    error = error_of(fault);
  else if (result == NULL)
    error = g_error_new_literal(KALON_ENGINE_ERROR, KALON_ENGINE_FAILED, "the engine's answer cannot be understood");
  guint64 number = (guint64)kalon_json_integer(message, "id");
  settle(client, number, error == NULL ? result : NULL, error);
  g_clear_error(&error);
}

static void hear_progress(KalonEngineClient *client, JsonObject *message) {
  JsonObject *parameters = kalon_json_object(message, "params");
  if (parameters == NULL) return;
  gint64 id = kalon_json_integer(parameters, "id");
  Call *call = g_hash_table_lookup(client->calls, &id);
  if (call == NULL || call->progress == NULL) return;
  const char *phase = kalon_json_text(parameters, "phase");
  call->progress(phase != NULL ? phase : "", kalon_json_integer(parameters, "done"),
                 kalon_json_integer(parameters, "total"), call->data);
}

static void hear(KalonEngineClient *client, const char *line, gsize length) {
  JsonParser *parser = json_parser_new_immutable();
  GError *error = NULL;
  JsonNode *root = NULL;
  if (json_parser_load_from_data(parser, line, (gssize)length, &error)) root = json_parser_get_root(parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT(root)) {
    JsonObject *message = json_node_get_object(root);
    const char *method = kalon_json_text(message, "method");
    if (method == NULL)
      hear_answer(client, message);
    else if (strcmp(method, "progress") == 0)
      hear_progress(client, message);
  } else {
    g_warning("a line of the engine cannot be understood: %s", error != NULL ? error->message : "it is no object");
  }
  g_clear_error(&error);
  g_object_unref(parser);
}

static void on_line(GObject *source, GAsyncResult *result, gpointer data) {
  (void)source;
  Engine *engine = data;
  GError *error = NULL;
  gsize length = 0;
  char *line = g_data_input_stream_read_line_finish(engine->input, result, &length, &error);
  if (line == NULL) {
    engine_ended(engine, error != NULL ? error->message : "its output ended");
    g_clear_error(&error);
    engine_unref(engine);
    return;
  }
  if (engine->client != NULL) {
    KalonEngineClient *client = g_object_ref(engine->client);
    hear(client, line, length);
    g_object_unref(client);
  }
  g_free(line);
  if (engine->client != NULL)
    g_data_input_stream_read_line_async(engine->input, G_PRIORITY_DEFAULT, NULL, on_line, engine);
  else
    engine_unref(engine);
}

/* ---- what goes out */

static void on_sent(GObject *source, GAsyncResult *result, gpointer data) {
  Engine *engine = data;
  GError *error = NULL;
  gboolean sent = g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, &error);
  g_clear_pointer(&engine->sending, g_bytes_unref);
  if (sent)
    send_next(engine);
  else
    engine_ended(engine, error->message);
  g_clear_error(&error);
  engine_unref(engine);
}

static void send_next(Engine *engine) {
  if (engine->sending != NULL || engine->client == NULL || g_queue_is_empty(&engine->unsent)) return;
  engine->sending = g_queue_pop_head(&engine->unsent);
  gsize size = 0;
  const void *bytes = g_bytes_get_data(engine->sending, &size);
  g_output_stream_write_all_async(engine->output, bytes, size, G_PRIORITY_DEFAULT, NULL, on_sent, engine_ref(engine));
}

/* number 0: a notification. parameters: taken over. */
static void say(Engine *engine, guint64 number, const char *method, JsonObject *parameters) {
  JsonObject *message = json_object_new();
  json_object_set_string_member(message, "jsonrpc", "2.0");
  if (number > 0) json_object_set_int_member(message, "id", (gint64)number);
  json_object_set_string_member(message, "method", method);
  json_object_set_object_member(message, "params", parameters);
  JsonNode *root = json_node_init_object(json_node_alloc(), message);
  char *text = json_to_string(root, FALSE);
  json_node_unref(root);
  json_object_unref(message);
  char *line = g_strconcat(text, "\n", NULL);
  g_free(text);
  g_queue_push_tail(&engine->unsent, g_bytes_new_take(line, strlen(line)));
  send_next(engine);
}

/* ---- starting */

static GSubprocess *start_process(int descriptor, GError **error) {
  char *program = kalon_engine_program();
  if (program == NULL) {
    g_set_error_literal(error, KALON_ENGINE_ERROR, KALON_ENGINE_GONE,
                        "The program kalon was not found; install Kalon, or name the program in KALON_PROGRAM.");
    close(descriptor);
    return NULL;
  }
  const char *library = g_getenv("KALON_LIBRARY");
  GPtrArray *words = g_ptr_array_new();
  g_ptr_array_add(words, program);
  if (library != NULL && *library != '\0') {
    g_ptr_array_add(words, (gpointer) "--library");
    g_ptr_array_add(words, (gpointer)library);
  }
  g_ptr_array_add(words, (gpointer) "serve");
  g_ptr_array_add(words, (gpointer) "--stdio");
  g_ptr_array_add(words, NULL);
  GSubprocessLauncher *launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
  g_subprocess_launcher_take_stdout_fd(launcher, dup(descriptor));
  g_subprocess_launcher_take_stdin_fd(launcher, descriptor);
  GSubprocess *process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words->pdata, error);
  if (process != NULL) {
    g_info("engine started: %s as process %s", program, g_subprocess_get_identifier(process));
    g_subprocess_wait_async(process, NULL, on_ended, NULL);
  } else {
    g_prefix_error(error, "%s cannot be started: ", program);
  }
  g_object_unref(launcher);
  g_ptr_array_unref(words);
  g_free(program);
  return process;
}

/* A socket, because nobody is killed for writing to one whose other end is gone. */
static Engine *start_engine(KalonEngineClient *client, GError **error) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    g_set_error(error, KALON_ENGINE_ERROR, KALON_ENGINE_GONE, "no socket for the engine: %s", g_strerror(errno));
    return NULL;
  }
  GSubprocess *process = start_process(ends[1], error);
  GSocket *socket = process != NULL ? g_socket_new_from_fd(ends[0], error) : NULL;
  if (socket == NULL) {
    close(ends[0]);
    g_clear_object(&process);
    return NULL;
  }
  Engine *engine = g_new0(Engine, 1);
  g_ref_count_init(&engine->references);
  engine->client = client;
  engine->process = process;
  engine->connection = g_socket_connection_factory_create_connection(socket);
  g_object_unref(socket);
  engine->input = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(engine->connection)));
  g_data_input_stream_set_newline_type(engine->input, G_DATA_STREAM_NEWLINE_TYPE_LF);
  engine->output = g_io_stream_get_output_stream(G_IO_STREAM(engine->connection));
  g_data_input_stream_read_line_async(engine->input, G_PRIORITY_DEFAULT, NULL, on_line, engine_ref(engine));
  return engine;
}

typedef struct {
  KalonEngineClient *client;
  guint64 call;
  GError *error;
} Refusal;

static gboolean refuse(gpointer data) {
  Refusal *refusal = data;
  g_info("engine not started: %s", refusal->error->message);
  settle(refusal->client, refusal->call, NULL, refusal->error);
  g_error_free(refusal->error);
  g_object_unref(refusal->client);
  g_free(refusal);
  return G_SOURCE_REMOVE;
}

/* ---- the client */

guint64 kalon_engine_client_call(KalonEngineClient *client, const char *method, JsonObject *parameters,
                                 KalonAnswer answer, KalonProgress progress, gpointer data) {
  Call *call = g_new(Call, 1);
  *call = (Call){++client->last, answer, progress, data};
  guint64 number = call->number;
  g_hash_table_insert(client->calls, &call->number, call);
  if (parameters == NULL) parameters = json_object_new();
  if (progress != NULL) json_object_set_boolean_member(parameters, "$progress", TRUE);
  GError *error = NULL;
  if (client->engine == NULL) client->engine = start_engine(client, &error);
  if (client->engine != NULL) {
    say(client->engine, number, method, parameters);
    return number;
  }
  json_object_unref(parameters);
  error->domain = KALON_ENGINE_ERROR;
  error->code = KALON_ENGINE_GONE;
  Refusal *refusal = g_new(Refusal, 1);
  *refusal = (Refusal){g_object_ref(client), number, error};
  g_idle_add(refuse, refusal);
  return number;
}

void kalon_engine_client_cancel(KalonEngineClient *client, guint64 call) {
  if (client->engine == NULL || !g_hash_table_contains(client->calls, &call)) return;
  JsonObject *parameters = json_object_new();
  json_object_set_int_member(parameters, "id", (gint64)call);
  say(client->engine, 0, "cancel", parameters);
}

void kalon_engine_client_drop(KalonEngineClient *client, guint64 call) {
  Call *known = g_hash_table_lookup(client->calls, &call);
  if (known == NULL) return;
  kalon_engine_client_cancel(client, call);
  known->answer = NULL;
  known->progress = NULL;
}

KalonEngineClient *kalon_engine_client_shared(void) {
  static GWeakRef shared;
  KalonEngineClient *client = g_weak_ref_get(&shared);
  if (client == NULL) {
    client = g_object_new(KALON_TYPE_ENGINE_CLIENT, NULL);
    g_weak_ref_set(&shared, client);
  }
  return client;
}

static void kalon_engine_client_init(KalonEngineClient *client) {
  client->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
}

static void kalon_engine_client_finalize(GObject *object) {
  KalonEngineClient *client = KALON_ENGINE_CLIENT(object);
  if (client->engine != NULL) engine_close(client->engine);
  g_hash_table_unref(client->calls);
  G_OBJECT_CLASS(kalon_engine_client_parent_class)->finalize(object);
}

static void kalon_engine_client_class_init(KalonEngineClientClass *class) {
  G_OBJECT_CLASS(class)->finalize = kalon_engine_client_finalize;
  gone_signal = g_signal_new("gone", KALON_TYPE_ENGINE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                             G_TYPE_STRING);
}
