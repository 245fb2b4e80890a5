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
static const kalon_pictures_api *pixels;
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

/* One picture of 96 x 64 pixels, with structs of this revision, of one that knew less, and of one that knows more. */
static void check_pixels(kalon_library *library, const char *file) {
  struct {
    kalon_picture_request known;
    uint32_t later;
  } request = {{sizeof request, 48, 0, 0}, 0xa5a5a5a5u};
  struct {
    kalon_picture_size known;
    uint32_t later;
  } size = {{sizeof size, 1, 1, 1, 1, 1}, 0xa5a5a5a5u};
  kalon_picture *picture = NULL, *none = (kalon_picture *)&request;
  unsigned char pixel[4] = {1, 1, 1, 1};
  CHECK(pixels->decode(library, file, &request.known, &picture, &error) == KALON_OK && picture != NULL);
  CHECK(pixels->measure(picture, &size.known) == KALON_OK);
  CHECK(size.known.size == sizeof size && size.known.width == 48 && size.known.height == 32 && size.later == 0);
  CHECK(size.known.full_width == 96 && size.known.full_height == 64);
  CHECK(size.known.source == (library ? KALON_PICTURE_FROM_CACHE : KALON_PICTURE_FROM_FILE));
  CHECK(pixels->copy(picture, 47, 31, 1, 1, 4, pixel, 4, sizeof pixel) == KALON_OK && pixel[3] == 255);
  CHECK(pixels->copy(picture, 48, 31, 1, 1, 4, pixel, 4, sizeof pixel) == KALON_INVALID_ARGUMENT);
  pixels->close(picture);

  request.known.size = 8; /* knows no flags */
  request.known.flags = 0xffffffffu;
  size.known.size = 12; /* wants no more than width and height */
  size.known.full_width = 77;
  CHECK(pixels->decode(library, file, &request.known, &picture, NULL) == KALON_OK);
  CHECK(pixels->measure(picture, &size.known) == KALON_OK);
  CHECK(size.known.size == 12 && size.known.width == 48 && size.known.height == 32 && size.known.full_width == 77);
  size.known.size = 3;
  CHECK(pixels->measure(picture, &size.known) == KALON_INVALID_ARGUMENT);
  CHECK(pixels->measure(picture, NULL) == KALON_INVALID_ARGUMENT);
  CHECK(pixels->measure(NULL, &size.known) == KALON_INVALID_ARGUMENT);
  pixels->close(picture);

  size.known.size = sizeof size.known;
  CHECK(pixels->decode(library, file, NULL, &picture, &error) == KALON_OK); /* full size */
  CHECK(pixels->measure(picture, &size.known) == KALON_OK && size.known.width == 96 && size.known.height == 64);
  pixels->close(picture);
  pixels->close(NULL);

  request.known.size = sizeof request;
  CHECK(pixels->decode(library, file, &request.known, &none, &error) == KALON_INVALID_ARGUMENT && none == NULL);
  request.known.flags = 0;
  request.known.size = 0;
  CHECK(pixels->decode(library, file, &request.known, &none, &error) == KALON_INVALID_ARGUMENT && none == NULL);
  CHECK(pixels->decode(library, NULL, NULL, &none, &error) == KALON_INVALID_ARGUMENT);
  CHECK(pixels->decode(library, file, NULL, NULL, &error) == KALON_INVALID_ARGUMENT);
  CHECK(pixels->decode(library, "/no such file.png", NULL, &none, &error) == KALON_NOT_FOUND && none == NULL);
  CHECK(strstr(message, "/no such file.png") != NULL);
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
  pixels = (const kalon_pictures_api *)entry->get_factory(KALON_PICTURES);
  CHECK(engine != NULL && libraries != NULL && tasks != NULL && pixels != NULL);
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

  snprintf(parameters, sizeof parameters, "%s/0000-of-its-own.png", arguments[2]);
  check_pixels(library, parameters);
  check_pixels(NULL, parameters);

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
