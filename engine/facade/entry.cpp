// The engine's one exported symbol, and the tables behind it. Every exception ends here as a status and a text.

#include <kalon/draft/worker.h>
#include <kalon/kalon.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "facade/main_thread.h"
#include "facade/methods.h"
#include "facade/picture_pixels.h"
#include "facade/rpc_session.h"
#include "plugin/worker_serve.h"

struct kalon_library {
  std::shared_ptr<kalon::OpenLibrary> open;
};

struct kalon_task {
  // Declared before the task, so that the library outlives the thread that uses it.
  std::shared_ptr<kalon::OpenLibrary> open;
  std::unique_ptr<kalon::RunningTask> running;
};

struct kalon_picture {
  kalon::PicturePixels pixels;
};

struct kalon_rpc {
  explicit kalon_rpc(std::string folder) : library(std::move(folder)) {}
  kalon::SharedLibrary library;
  kalon::RpcLimits limits;
};

struct kalon_rpc_session {
  kalon::RpcSession session;
};

namespace {

using namespace kalon;

struct EngineState {
  std::mutex mutex;
  std::vector<std::string> plugin_folders;
  std::unique_ptr<Registry> registry;
};

EngineState &state() {
  // Never destroyed: plugins are never unloaded, and tasks of a careless host may still run at exit.
  static auto *made = new EngineState;
  return *made;
}

Registry &registry() {
  auto &engine = state();
  std::lock_guard lock(engine.mutex);
  if (!engine.registry) engine.registry = std::make_unique<Registry>(plugin_folders(engine.plugin_folders));
  return *engine.registry;
}

MainThread main_thread;

void write_text(kalon_text *error, std::string_view text) {
  if (!error || !error->data || error->capacity == 0) return;
  auto fitting = shorten_utf8(text, error->capacity - 1);
  std::memcpy(error->data, fitting.data(), fitting.size());
  error->data[fitting.size()] = 0;
}

template <class Body>
kalon_status guarded(kalon_text *error, Body body) noexcept {
  try {
    body();
    return KALON_OK;
  } catch (...) {
    auto outcome = outcome_of_current_exception();
    write_text(error, outcome.text);
    return static_cast<kalon_status>(outcome.status);
  }
}

void two_call(std::string_view text, char *buffer, uint64_t capacity, uint64_t *size) {
  if (buffer) std::memcpy(buffer, text.data(), std::min<size_t>(capacity, text.size()));
  if (size) *size = text.size();
}

std::string default_library() {
  return (user_data_folder() / "default").native();
}

void require(bool condition, const char *what) {
  if (!condition) throw Error(Status::invalid_argument, what);
}

// Fills as much of the caller's struct as it has; what it has beyond is zero.
template <class Struct>
void give(Struct *out, Struct value) {
  const uint32_t theirs = out->size;
  std::memset(out, 0, theirs);
  std::memcpy(out, &value, std::min<size_t>(theirs, sizeof value));
  out->size = theirs;
}

// ---- engine

const char *engine_version() {
  return KALON_VERSION;
}

const char *engine_status_name(kalon_status status) {
  return status_name(static_cast<Status>(status)).data();
}

kalon_status engine_configure(const char *options, kalon_text *error) {
  return guarded(error, [&] {
    main_thread.require("configure");
    Parameters parameters(options ? options : "");
    auto threads = parameters.integer("threads", 0, 0, 1024);
    auto folders = parameters.paths("plugin_folders");
    bool names_level = !parameters.text("log_level").empty();
    auto level = names_level ? parameters.one_of("log_level", {"warning", "debug", "info", "error"}) : std::string();
    parameters.reject_unknown();
    if (!folders.empty()) {
      auto &engine = state();
      std::lock_guard lock(engine.mutex);
      if (engine.registry)
        throw Error(Status::invalid_argument, "plugin folders must be named before the first use of a plugin");
      engine.plugin_folders = std::move(folders);
    }
    // What an option does not name stays as it is.
    if (threads > 0) set_thread_budget(static_cast<int>(threads));
    if (names_level)
      set_log_level(level == "debug"   ? LogLevel::debug
                    : level == "info"  ? LogLevel::info
                    : level == "error" ? LogLevel::error
                                       : LogLevel::warning);
  });
}

kalon_status engine_methods(char *buffer, uint64_t capacity, uint64_t *size) {
  return guarded(nullptr, [&] {
    std::string names;
    for (const auto &method : all_methods()) names += std::string(method.name) + '\n';
    two_call(names, buffer, capacity, size);
  });
}

const kalon_engine_api engine_api = {engine_version, engine_status_name, engine_configure, engine_methods};

// ---- libraries

kalon_status library_open(const char *folder, int32_t access, kalon_library **out, kalon_text *error) {
  return guarded(error, [&] {
    require(out, "no place for the library was given");
    *out = nullptr;
    auto path = folder && *folder ? normal_path(folder) : default_library();
    OpenOptions options;
    options.access = access == KALON_ACCESS_WRITE ? Access::write : Access::read;
    *out = new kalon_library{open_library(path, options)};
  });
}

void library_close(kalon_library *library) {
  delete library;
}

const kalon_library_api library_api = {library_open, library_close};

// ---- tasks

kalon_status task_start(kalon_library *library, const char *method_name, const char *parameters_text, kalon_task **out,
                        kalon_text *error) {
  return guarded(error, [&] {
    require(out && method_name, "a method and a place for the task are needed");
    *out = nullptr;
    const Method &method = method_named(method_name);
    if ((method.use == LibraryUse::needed || method.use == LibraryUse::made) && !library)
      throw Error(Status::invalid_argument, "needs an open library", std::string(method.name));
    auto parameters = std::make_shared<Parameters>(parameters_text ? parameters_text : "");
    auto task = std::make_unique<kalon_task>();
    if (library) task->open = library->open;
    task->running = std::make_unique<RunningTask>([&method, parameters, open = task->open](Task &work, RowSink &rows) {
      return method.run({*parameters, work, rows, registry(), open.get()});
    });
    *out = task.release();
  });
}

kalon_status task_progress(kalon_task *task, kalon_task_progress *out) {
  return guarded(nullptr, [&] {
    require(task && out && out->size >= sizeof(uint32_t), "no task or no place for its progress was given");
    const auto &running = *task->running;
    kalon_task_progress progress{};
    progress.state = running.ended() ? KALON_TASK_ENDED : KALON_TASK_RUNNING;
    progress.status = progress.state == KALON_TASK_ENDED ? static_cast<kalon_status>(running.status()) : KALON_OK;
    progress.done = running.task().done();
    progress.total = running.task().total();
    progress.seconds = running.seconds();
    std::strncpy(progress.phase, running.task().phase(), sizeof progress.phase - 1);
    give(out, progress);
  });
}

void task_cancel(kalon_task *task) {
  if (task) task->running->cancel();
}

int32_t task_event_fd(kalon_task *task) {
  return task ? task->running->event_descriptor() : -1;
}

kalon_status task_read(kalon_task *task, char *buffer, uint64_t capacity, uint64_t *size) {
  return guarded(nullptr, [&] {
    require(task && buffer && size, "no task or no buffer was given");
    *size = task->running->read(buffer, capacity);
  });
}

kalon_status task_wait(kalon_task *task, int64_t milliseconds) {
  if (!task) return KALON_INVALID_ARGUMENT;
  return task->running->wait(milliseconds) ? KALON_OK : KALON_TIMEOUT;
}

kalon_status task_result(kalon_task *task, char *buffer, uint64_t capacity, uint64_t *size) {
  return guarded(nullptr, [&] {
    require(task && size, "no task or no place for the size was given");
    if (!task->running->ended()) throw Error(Status::busy, "the task still runs");
    two_call(task->running->summary(), buffer, capacity, size);
  });
}

void task_close(kalon_task *task) {
  delete task;
}

const kalon_task_api task_api = {task_start, task_progress, task_cancel, task_event_fd,
                                 task_read,  task_wait,     task_result, task_close};

// ---- pixels

PixelRequest pixel_request(const kalon_picture_request *given) {
  kalon_picture_request known{};
  if (given) {
    require(given->size >= sizeof(uint32_t), "the request does not state its size");
    std::memcpy(&known, given, std::min<size_t>(given->size, sizeof known));
  }
  PixelRequest request;
  request.longest_side = known.longest_side;
  if (known.flags == KALON_PICTURE_CACHED_ONLY) {
    request.source = PixelSource::cache_only;
  } else if (known.flags == KALON_PICTURE_NO_CACHE) {
    request.source = PixelSource::file_only;
  } else {
    require(known.flags == 0, "the request has flags that are unknown, or contradict each other");
  }
  return request;
}

kalon_status picture_decode(kalon_library *library, const char *file, const kalon_picture_request *request,
                            kalon_picture **out, kalon_text *error) {
  return guarded(error, [&] {
    require(out && file, "a file and a place for the picture are needed");
    *out = nullptr;
    auto pixels =
        picture_pixels(registry(), library ? library->open.get() : nullptr, normal_path(file), pixel_request(request));
    *out = new kalon_picture{std::move(pixels)};
  });
}

kalon_status picture_measure(const kalon_picture *picture, kalon_picture_size *out) {
  return guarded(nullptr, [&] {
    require(picture && out && out->size >= sizeof(uint32_t), "no picture or no place for its size was given");
    const auto &pixels = picture->pixels;
    kalon_picture_size size{};
    size.width = static_cast<uint32_t>(pixels.image.width);
    size.height = static_cast<uint32_t>(pixels.image.height);
    size.full_width = pixels.full_width;
    size.full_height = pixels.full_height;
    size.source = pixels.from_cache ? KALON_PICTURE_FROM_CACHE : KALON_PICTURE_FROM_FILE;
    give(out, size);
  });
}

kalon_status picture_copy(const kalon_picture *picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                          uint32_t channels, void *buffer, uint64_t stride, uint64_t capacity) {
  if (!picture) return KALON_INVALID_ARGUMENT;
  const PixelTarget target{static_cast<uint8_t *>(buffer), channels, stride, capacity};
  return copy_pixels(picture->pixels.image, {x, y, width, height}, target) ? KALON_OK : KALON_INVALID_ARGUMENT;
}

void picture_close(kalon_picture *picture) {
  delete picture;
}

const kalon_pictures_api pictures_api = {picture_decode, picture_measure, picture_copy, picture_close};

// ---- JSON-RPC

kalon_status rpc_open(const char *options, kalon_rpc **out, kalon_text *error) {
  return guarded(error, [&] {
    require(out, "no place for the service was given");
    *out = nullptr;
    Parameters parameters(options ? options : "");
    auto library = parameters.path("library");
    auto bytes = parameters.integer("message_bytes", int64_t{16} << 20, 1024, int64_t{1} << 30);
    parameters.reject_unknown();
    auto service = std::make_unique<kalon_rpc>(library.empty() ? default_library() : library);
    service->limits.message_bytes = static_cast<size_t>(bytes);
    *out = service.release();
  });
}

void rpc_close(kalon_rpc *service) {
  delete service;
}

kalon_status rpc_connect(kalon_rpc *service, kalon_rpc_session **out, kalon_text *error) {
  return guarded(error, [&] {
    require(service && out, "no service or no place for the session was given");
    *out = nullptr;
    *out = new kalon_rpc_session{{service->library, registry, service->limits}};
  });
}

void rpc_disconnect(kalon_rpc_session *session) {
  delete session;
}

kalon_status rpc_feed(kalon_rpc_session *session, const char *data, uint64_t size) {
  return guarded(nullptr, [&] {
    require(session && (data || size == 0), "no session or no bytes were given");
    session->session.feed({data, static_cast<size_t>(size)});
  });
}

kalon_status rpc_end_input(kalon_rpc_session *session) {
  return guarded(nullptr, [&] {
    require(session, "no session was given");
    session->session.end_input();
  });
}

kalon_status rpc_read(kalon_rpc_session *session, char *buffer, uint64_t capacity, uint64_t *size) {
  return guarded(nullptr, [&] {
    require(session && buffer && size, "no session or no buffer was given");
    *size = session->session.read(buffer, capacity);
  });
}

int32_t rpc_event_fd(kalon_rpc_session *session) {
  return session ? session->session.event_descriptor() : -1;
}

int32_t rpc_finished(kalon_rpc_session *session) {
  return !session || session->session.finished() ? 1 : 0;
}

const kalon_rpc_api rpc_api = {rpc_open,      rpc_close, rpc_connect,  rpc_disconnect, rpc_feed,
                               rpc_end_input, rpc_read,  rpc_event_fd, rpc_finished};

// ---- worker processes

int32_t worker_serve(int32_t socket) {
  auto status = guarded(nullptr, [] { main_thread.require("serve"); });
  return status == KALON_OK ? serve_plugin(socket) : 1;
}

const kalon_worker_api worker_api = {worker_serve};

// ---- entry

const kalon_host *loader = nullptr;

kalon_status init(const kalon_host *host, kalon_text *error) {
  return guarded(error, [&] {
    require(host && host->size >= sizeof(kalon_host), "no host was given");
    if (host->abi_major != KALON_ABI_MAJOR)
      throw Error(Status::unsupported, "the program was built for another revision of the contract");
    loader = host;
    main_thread.claim();
    const auto *sink =
        host->get_extension ? static_cast<const kalon_host_log *>(host->get_extension(host, KALON_HOST_LOG)) : nullptr;
    if (sink && sink->write)
      set_log_sink([sink](LogLevel level, std::string_view text) {
        sink->write(loader, static_cast<int32_t>(level), std::string(text).c_str());
      });
  });
}

void shutdown() {
  set_log_sink({});
}

const void *get_factory(const char *id) {
  if (!id) return nullptr;
  std::string_view name = id;
  if (name == KALON_ENGINE) return &engine_api;
  if (name == KALON_LIBRARY) return &library_api;
  if (name == KALON_TASK) return &task_api;
  if (name == KALON_PICTURES) return &pictures_api;
  if (name == KALON_RPC) return &rpc_api;
  if (name == KALON_WORKER) return &worker_api;
  return nullptr;
}

}  // namespace

extern "C" KALON_EXPORT const kalon_entry kalon_engine_entry = {
    KALON_ENTRY_MAGIC, sizeof(kalon_entry), KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, init, shutdown, get_factory};
