/* A program in plain C on top of the engine, by kalon.h and dlopen alone. Arguments as of host_api.cpp. */
#include <kalon/kalon.h>

#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
  ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)))

static const kalon_engine_api *engine;
static const kalon_library_api *libraries;
static const kalon_task_api *tasks;
static char message[512];
static kalon_text error = {message, sizeof message};
static int errors_logged;

static void write_log(const kalon_host *host, int32_t level, const char *text) {
  (void)host;
  if (level == KALON_LOG_ERROR) {
    fprintf(stderr, "%s\n", text);
    ++errors_logged;
  }
}
static const kalon_host_log log_service = {write_log};
static const void *get_extension(const kalon_host *host, const char *id) {
  (void)host;
  return strcmp(id, KALON_HOST_LOG) == 0 ? &log_service : NULL;
}
static const kalon_host host = {sizeof host, KALON_ABI_MAJOR, KALON_ABI_MINOR, "host_api_c", "1.0",
                                NULL,        get_extension};

static kalon_task_progress progress_of(kalon_task *task) {
  kalon_task_progress progress;
  memset(&progress, 0, sizeof progress);
  progress.size = sizeof progress;
  CHECK(tasks->progress(task, &progress) == KALON_OK);
  return progress;
}

static kalon_task *started(kalon_library *library, const char *method, const char *parameters) {
  kalon_task *task = NULL;
  CHECK(tasks->start(library, method, parameters, &task, &error) == KALON_OK);
  CHECK(task != NULL);
  return task;
}

/* Reads what waits; counts the rows. */
static uint64_t rows_waiting(kalon_task *task) {
  char buffer[1000];
  uint64_t rows = 0, size = 0;
  do {
    CHECK(tasks->read(task, buffer, sizeof buffer, &size) == KALON_OK && size <= sizeof buffer);
    for (uint64_t i = 0; i < size; ++i) rows += buffer[i] == '\n';
  } while (size > 0);
  return rows;
}

/* Waits in poll() as a main loop does; how many rows came. */
static uint64_t rows_by_poll(kalon_task *task) {
  uint64_t rows = 0;
  for (;;) {
    struct pollfd waiting = {tasks->event_fd(task), POLLIN, 0};
    CHECK(poll(&waiting, 1, 60000) == 1);
    int ended = progress_of(task).state == KALON_TASK_ENDED;
    rows += rows_waiting(task);
    if (ended) return rows;
  }
}

int main(int count, char **arguments) {
  char parameters[5000], summary[5000];
  uint64_t size = 0;
  CHECK(count == 5);
  uint64_t pictures = strtoull(arguments[3], NULL, 10);
  void *library_file = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  CHECK(library_file != NULL);
  const kalon_entry *entry = (const kalon_entry *)dlsym(library_file, KALON_ENGINE_SYMBOL);
  CHECK(entry != NULL && entry->magic == KALON_ENTRY_MAGIC && entry->abi_major == KALON_ABI_MAJOR);
  CHECK(entry->init(&host, &error) == KALON_OK);
  CHECK(entry->get_factory("kalon.nothing/1") == NULL);
  engine = (const kalon_engine_api *)entry->get_factory(KALON_ENGINE);
  libraries = (const kalon_library_api *)entry->get_factory(KALON_LIBRARY);
  tasks = (const kalon_task_api *)entry->get_factory(KALON_TASK);
  CHECK(engine != NULL && libraries != NULL && tasks != NULL);
  CHECK(engine->configure("{\"threads\":2}", &error) == KALON_OK);

  kalon_library *library = NULL;
  CHECK(libraries->open(arguments[4], KALON_ACCESS_WRITE, &library, &error) == KALON_OK);
  snprintf(parameters, sizeof parameters, "{\"paths\":[\"%s\"]}", arguments[2]);
  kalon_task *index = started(library, "index", parameters);
  CHECK(rows_by_poll(index) == 0);
  CHECK(progress_of(index).status == KALON_OK);
  CHECK(tasks->result(index, summary, sizeof summary - 1, &size) == KALON_OK && size < sizeof summary);
  summary[size] = 0;
  snprintf(parameters, sizeof parameters, "\"found\":%llu", (unsigned long long)pictures);
  CHECK(strstr(summary, parameters) != NULL);
  tasks->close(index);

  /* A method that is none, and two that are wrong. */
  kalon_task *none = (kalon_task *)&size;
  CHECK(tasks->start(library, "no_such_method", NULL, &none, &error) == KALON_INVALID_ARGUMENT && none == NULL);
  CHECK(strstr(message, "no_such_method") != NULL);
  CHECK(tasks->start(library, "list", "[", &none, &error) == KALON_INVALID_ARGUMENT && none == NULL);
  CHECK(tasks->start(NULL, "list", NULL, &none, NULL) == KALON_INVALID_ARGUMENT && none == NULL);

  /* Two at once, read in turn; a third is cancelled while it waits for its reader, a fourth is never read. */
  kalon_task *first = started(library, "list", NULL), *second = started(library, "list", NULL);
  kalon_task *third = started(library, "list", NULL), *fourth = started(library, "list", NULL);
  libraries->close(library);
  CHECK(tasks->result(third, NULL, 0, &size) == KALON_BUSY);
  tasks->cancel(third);
  CHECK(rows_by_poll(third) < pictures);
  CHECK(progress_of(third).status == KALON_CANCELLED);
  CHECK(tasks->result(third, NULL, 0, &size) == KALON_OK && size > 2);
  uint64_t rows_of_first = 0, rows_of_second = 0;
  int ended = 0;
  while (!ended) {
    CHECK(tasks->wait(first, 60000) == KALON_OK && tasks->wait(second, 60000) == KALON_OK);
    ended = progress_of(first).state == KALON_TASK_ENDED && progress_of(second).state == KALON_TASK_ENDED;
    rows_of_first += rows_waiting(first);
    rows_of_second += rows_waiting(second);
  }
  CHECK(rows_of_first == pictures && rows_of_second == pictures);
  tasks->close(first);
  tasks->close(second);
  tasks->close(third);
  tasks->close(fourth);
  CHECK(errors_logged == 0);
  entry->shutdown();
  return 0;
}
