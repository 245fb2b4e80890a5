// kalon.h for C++17: the engine loaded from its file, with RAII, exceptions and ranges. Header-only, standard library
// and dlopen. docs/host-authors.md is the way in.
#pragma once

#include <dlfcn.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "json_text.hpp"
#include "kalon.h"

namespace kalon::host {

// What went wrong: the status of kalon.h and a text for people, "what it was about: what was wrong and what to do".
class Failure : public std::runtime_error {
 public:
  Failure(kalon_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
  kalon_status status() const { return status_; }

 private:
  kalon_status status_;
};

namespace detail {

class Text {
 public:
  kalon_text *get() { return &text_; }
  std::string str() const { return buffer_.data(); }

 private:
  std::array<char, 2048> buffer_{};
  kalon_text text_{buffer_.data(), buffer_.size()};
};

// The two-call form.
template <class Call>
std::string whole(Call call) {
  uint64_t size = 0;
  auto status = call(nullptr, 0, &size);
  std::string text(status == KALON_OK ? size : 0, '\0');
  if (!text.empty()) status = call(text.data(), text.size(), &size);
  if (status == KALON_BUSY) throw Failure(status, "the task still runs");
  if (status != KALON_OK) throw Failure(status, "the engine refused a call");
  return text;
}

}  // namespace detail

// The engine, loaded once and never unloaded. Copies share it.
class Engine {
 public:
  // path: of libkalon.so, absolute. name and version tell the engine who loads it.
  static Engine load(const std::string &path, const char *name, const char *version) {
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw Failure(KALON_MISSING_FEATURE, std::string("the engine cannot be loaded: ") + dlerror());
    const auto *entry = static_cast<const kalon_entry *>(dlsym(library, KALON_ENGINE_SYMBOL));
    if (!entry || entry->magic != KALON_ENTRY_MAGIC || entry->abi_major != KALON_ABI_MAJOR)
      throw Failure(KALON_UNSUPPORTED, path + " is no Kalon engine of this revision");
    return with_entry(*entry, name, version);
  }

  // For hosts that load libraries in a way of their own: entry is its `kalon_engine_entry`.
  static Engine with_entry(const kalon_entry &entry, const char *name, const char *version) {
    if (entry.magic != KALON_ENTRY_MAGIC || entry.abi_major != KALON_ABI_MAJOR)
      throw Failure(KALON_UNSUPPORTED, "this is no Kalon engine of this revision");
    static kalon_host host{};
    host.size = sizeof host;
    host.abi_major = KALON_ABI_MAJOR;
    host.abi_minor = KALON_ABI_MINOR;
    host.name = name;
    host.version = version;
    host.get_extension = [](const kalon_host *, const char *) -> const void * { return nullptr; };
    detail::Text error;
    if (auto status = entry.init(&host, error.get()); status != KALON_OK) throw Failure(status, error.str());
    Engine engine;
    engine.entry_ = &entry;
    engine.engine = table<kalon_engine_api>(&entry, KALON_ENGINE);
    engine.library = table<kalon_library_api>(&entry, KALON_LIBRARY);
    engine.task = table<kalon_task_api>(&entry, KALON_TASK);
    engine.rpc = table<kalon_rpc_api>(&entry, KALON_RPC);
    engine.pictures = static_cast<const kalon_pictures_api *>(entry.get_factory(KALON_PICTURES));
    return engine;
  }

  // Options as in kalon.h. On the thread that called load().
  void configure(const std::string &options) const {
    detail::Text error;
    if (auto status = engine->configure(options.c_str(), error.get()); status != KALON_OK)
      throw Failure(status, error.str());
  }

  std::string version() const { return engine->version(); }
  std::string status_name(kalon_status status) const { return engine->status_name(status); }

  // The names of all methods; docs/methods.md says what they do.
  std::vector<std::string> methods() const {
    auto lines = detail::whole(
        [&](char *buffer, uint64_t capacity, uint64_t *size) { return engine->methods(buffer, capacity, size); });
    std::vector<std::string> names;
    for (size_t start = 0, end; (end = lines.find('\n', start)) != std::string::npos; start = end + 1)
      names.push_back(lines.substr(start, end - start));
    return names;
  }

  // A table of functions by its id, for what this header does not wrap. Throws when the engine lacks it.
  template <class Table>
  const Table *extension(const char *id) const {
    return table<Table>(entry_, id);
  }

  const kalon_engine_api *engine = nullptr;
  const kalon_library_api *library = nullptr;
  const kalon_task_api *task = nullptr;
  const kalon_rpc_api *rpc = nullptr;
  const kalon_pictures_api *pictures = nullptr;  // null of an engine that is older than revision 1.1

 private:
  template <class Table>
  static const Table *table(const kalon_entry *entry, const char *id) {
    const auto *found = static_cast<const Table *>(entry->get_factory(id));
    if (!found) throw Failure(KALON_UNSUPPORTED, std::string("this engine lacks ") + id);
    return found;
  }

  const kalon_entry *entry_ = nullptr;
};

// An open library, closed with this object; tasks that were started on it may still run then.
class Library {
 public:
  // folder: absolute, or a file:// URI; empty: the default library. write creates it where it is missing.
  Library(const Engine &engine, const std::string &folder, bool write) : library_(nullptr, engine.library->close) {
    detail::Text error;
    kalon_library *opened = nullptr;
    auto status =
        engine.library->open(folder.c_str(), write ? KALON_ACCESS_WRITE : KALON_ACCESS_READ, &opened, error.get());
    if (status != KALON_OK) throw Failure(status, error.str());
    library_.reset(opened);
  }
  kalon_library *get() const { return library_.get(); }

 private:
  std::unique_ptr<kalon_library, void (*)(kalon_library *)> library_;
};

class Task;

// The rows of a task as an input range: each is a JSON object without its newline, valid until the next step. A step
// waits for the next row. At the end of a task that failed or was cancelled the step throws Failure: a loop that ends
// by itself saw all rows. One pass, one range at a time; the task must outlive it and stay where it is.
class Rows {
 public:
  // Sees the task at work, about as often as it asked for, while rows come and while none do.
  using Watch = std::function<void(const kalon_task_progress &)>;

  struct End {};
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view *;
    using reference = std::string_view;

    Iterator() = default;
    explicit Iterator(Rows *rows) : rows_(rows) {}
    reference operator*() const { return *rows_->row_; }
    pointer operator->() const { return &*rows_->row_; }
    Iterator &operator++() {
      rows_->step();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator &at, End) { return at.ended(); }
    friend bool operator==(End, const Iterator &at) { return at.ended(); }
    friend bool operator!=(const Iterator &at, End) { return !at.ended(); }
    friend bool operator!=(End, const Iterator &at) { return !at.ended(); }

   private:
    bool ended() const { return !rows_->row_; }

    Rows *rows_ = nullptr;
  };

  Iterator begin() {
    step();
    return Iterator(this);
  }
  End end() const { return {}; }

 private:
  friend class Task;
  Rows(Task &task, std::chrono::milliseconds every, Watch watch)
      : task_(&task), every_(every.count() > 0 ? every : std::chrono::milliseconds(1)), watch_(std::move(watch)) {}
  void step();

  Task *task_;
  std::chrono::milliseconds every_;
  Watch watch_;
  std::chrono::steady_clock::time_point seen_ = std::chrono::steady_clock::now();
  std::optional<std::string_view> row_;
};

// A method at work. Its end of life cancels what still runs and waits for it. Any thread may look at progress() and
// cancel(); one at a time reads rows.
class Task {
 public:
  Task(const Engine &engine, const Library &library, const std::string &method, const std::string &parameters = {})
      : Task(engine, library.get(), method, parameters) {}
  // library: null for methods that need none.
  Task(const Engine &engine, kalon_library *library, const std::string &method, const std::string &parameters = {})
      : api_(engine.task), task_(nullptr, engine.task->close) {
    detail::Text error;
    kalon_task *started = nullptr;
    auto status = api_->start(library, method.c_str(), parameters.c_str(), &started, error.get());
    if (status != KALON_OK) throw Failure(status, error.str());
    task_.reset(started);
  }

  // for (std::string_view row : task.rows()) ...
  Rows rows() & { return rows({}, nullptr); }
  Rows rows(std::chrono::milliseconds every, Rows::Watch watch) & { return Rows(*this, every, std::move(watch)); }
  // A temporary would be gone before the first row.
  Rows rows() && = delete;
  Rows rows(std::chrono::milliseconds every, Rows::Watch watch) && = delete;

  kalon_task_progress progress() const {
    kalon_task_progress progress{};
    progress.size = sizeof progress;
    api_->progress(task_.get(), &progress);
    return progress;
  }
  bool ended() const { return progress().state == KALON_TASK_ENDED; }
  void cancel() const { api_->cancel(task_.get()); }
  int event_fd() const { return api_->event_fd(task_.get()); }

  // For main loops: waits at most so long (0: not at all, negative: without limit), hands every whole row (without its
  // newline) that came to visit, and tells whether the task has ended and all of its rows were seen. Throws nothing of
  // its own; finish() does.
  bool pump(int64_t milliseconds, const std::function<void(std::string_view)> &visit) {
    api_->wait(task_.get(), milliseconds);
    // Read before the rows: those that were there when the task ended are then certainly taken.
    bool at_end = ended();
    do {
      while (auto row = whole_row()) visit(*row);
    } while (read());
    return at_end;
  }

  // The summary of an ended task, one JSON object; of one that failed "status", "message" and "context". Throws Failure
  // (busy) while it runs.
  std::string result() const {
    return detail::whole([&](char *buffer, uint64_t capacity, uint64_t *size) {
      return api_->result(task_.get(), buffer, capacity, size);
    });
  }

  // The status and the summary of an ended task, ok or partial (some items failed; their rows say which). Throws
  // Failure when it failed or was cancelled, and (busy) while it runs.
  std::pair<kalon_status, std::string> finish() const {
    auto summary = result();
    auto status = progress().status;
    if (status == KALON_OK || status == KALON_PARTIAL) return {status, std::move(summary)};
    auto context = detail::text_member(summary, "context"), message = detail::text_member(summary, "message");
    throw Failure(status, context.empty() ? message : context + ": " + message);
  }

 private:
  friend class Rows;

  // The next row that was read whole.
  std::optional<std::string_view> whole_row() {
    auto end = pending_.find('\n', searched_);
    if (end == std::string::npos) {
      pending_.erase(0, begin_);
      begin_ = 0;
      searched_ = pending_.size();
      return std::nullopt;
    }
    auto row = std::string_view(pending_).substr(begin_, end - begin_);
    begin_ = searched_ = end + 1;
    return row;
  }

  // Takes what waits; false when nothing does.
  bool read() {
    std::array<char, 65536> buffer;
    uint64_t size = 0;
    if (api_->read(task_.get(), buffer.data(), buffer.size(), &size) != KALON_OK || size == 0) return false;
    pending_.append(buffer.data(), static_cast<size_t>(size));
    return true;
  }

  const kalon_task_api *api_;
  std::unique_ptr<kalon_task, void (*)(kalon_task *)> task_;
  std::string pending_;  // bytes of rows that were read
  size_t begin_ = 0;     // of the first row that was not given yet
  size_t searched_ = 0;  // no newline lies between begin_ and here
};

inline void Rows::step() {
  row_.reset();
  for (;;) {
    if (watch_ && std::chrono::steady_clock::now() - seen_ >= every_) {
      watch_(task_->progress());
      seen_ = std::chrono::steady_clock::now();
    }
    if ((row_ = task_->whole_row())) return;
    bool at_end = task_->ended();
    if (task_->read()) continue;
    if (at_end) break;
    task_->api_->wait(task_->task_.get(), watch_ ? every_.count() : -1);
  }
  task_->finish();
}

// What a method gave that ran to its end.
struct Outcome {
  kalon_status status;            // ok, or partial: some items failed, and their rows say so
  std::vector<std::string> rows;  // JSON objects
  std::string summary;            // a JSON object
};

// Runs a method to its end. Throws Failure when it fails. All rows are kept: for long answers walk through
// Task::rows().
inline Outcome run(const Engine &engine, kalon_library *library, const std::string &method,
                   const std::string &parameters = {}) {
  Task task(engine, library, method, parameters);
  Outcome outcome;
  for (std::string_view row : task.rows()) outcome.rows.emplace_back(row);
  std::tie(outcome.status, outcome.summary) = task.finish();
  return outcome;
}

inline Outcome run(const Engine &engine, const Library &library, const std::string &method,
                   const std::string &parameters = {}) {
  return run(engine, library.get(), method, parameters);
}

// A decoded picture, upright 8-bit sRGB. It needs neither the library nor the file once it is made, never changes, and
// may be used by several threads at once. A moved-from one may only be assigned to and destroyed.
class Picture {
 public:
  // uri: a file:// URI, or an absolute path. library: whose cached thumbnails serve; null for none. longest_side: the
  // picture is fitted into a square of this side, never enlarged; 0: full size. flags: KALON_PICTURE_*. Waits until it
  // is decoded; throws Failure as kalon.h says.
  Picture(const Engine &engine, const Library *library, const std::string &uri, uint32_t longest_side,
          uint32_t flags = 0)
      : api_(api_of(engine)), picture_(nullptr, api_->close) {
    kalon_picture_request request{};
    request.size = sizeof request;
    request.longest_side = longest_side;
    request.flags = flags;
    detail::Text error;
    kalon_picture *decoded = nullptr;
    auto status = api_->decode(library ? library->get() : nullptr, uri.c_str(), &request, &decoded, error.get());
    if (status != KALON_OK) throw Failure(status, error.str());
    picture_.reset(decoded);
    size_.size = sizeof size_;
    api_->measure(decoded, &size_);
  }

  uint32_t width() const { return size_.width; }
  uint32_t height() const { return size_.height; }
  // Of the whole picture, upright; 0 where it is not known.
  uint32_t full_width() const { return size_.full_width; }
  uint32_t full_height() const { return size_.full_height; }
  bool from_cache() const { return size_.source == KALON_PICTURE_FROM_CACHE; }

  // A rectangle in these pixels, top row first, as interleaved RGB (channels 3) or RGBA with an alpha of 255 (4), rows
  // `stride` bytes apart. Throws Failure (invalid_argument) when it is empty, leaves the picture, or does not fit into
  // capacity bytes.
  void copy(uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t channels, void *buffer, uint64_t stride,
            uint64_t capacity) const {
    if (api_->copy(picture_.get(), x, y, width, height, channels, buffer, stride, capacity) != KALON_OK)
      throw Failure(KALON_INVALID_ARGUMENT,
                    "the rectangle is empty, leaves the picture, or does not fit in the buffer");
  }

  // All of it: height() rows of width() x 4 bytes.
  std::vector<uint8_t> rgba() const {
    std::vector<uint8_t> pixels(size_t{4} * width() * height());
    copy(0, 0, width(), height(), 4, pixels.data(), uint64_t{4} * width(), pixels.size());
    return pixels;
  }

 private:
  static const kalon_pictures_api *api_of(const Engine &engine) {
    if (!engine.pictures) throw Failure(KALON_UNSUPPORTED, "this engine lacks " KALON_PICTURES);
    return engine.pictures;
  }

  const kalon_pictures_api *api_;
  std::unique_ptr<kalon_picture, void (*)(kalon_picture *)> picture_;
  kalon_picture_size size_{};
};

// A JSON-RPC service; it must outlive its sessions.
class RpcService {
 public:
  RpcService(const Engine &engine, const std::string &options)
      : api_(engine.rpc), service_(nullptr, engine.rpc->close) {
    detail::Text error;
    kalon_rpc *opened = nullptr;
    if (auto status = api_->open(options.c_str(), &opened, error.get()); status != KALON_OK)
      throw Failure(status, error.str());
    service_.reset(opened);
  }

 private:
  friend class RpcSession;
  const kalon_rpc_api *api_;
  std::unique_ptr<kalon_rpc, void (*)(kalon_rpc *)> service_;
};

class RpcSession {
 public:
  explicit RpcSession(const RpcService &service) : api_(service.api_), session_(nullptr, service.api_->disconnect) {
    detail::Text error;
    kalon_rpc_session *made = nullptr;
    if (auto status = api_->connect(service.service_.get(), &made, error.get()); status != KALON_OK)
      throw Failure(status, error.str());
    session_.reset(made);
  }

  void feed(std::string_view bytes) const { api_->feed(session_.get(), bytes.data(), bytes.size()); }
  void end_input() const { api_->end_input(session_.get()); }
  // How many bytes were written into the buffer.
  size_t read(char *buffer, size_t capacity) const {
    uint64_t size = 0;
    return api_->read(session_.get(), buffer, capacity, &size) == KALON_OK ? static_cast<size_t>(size) : 0;
  }
  int event_fd() const { return api_->event_fd(session_.get()); }
  bool finished() const { return api_->finished(session_.get()) != 0; }

 private:
  const kalon_rpc_api *api_;
  std::unique_ptr<kalon_rpc_session, void (*)(kalon_rpc_session *)> session_;
};

}  // namespace kalon::host
