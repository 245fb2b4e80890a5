// kalon.h for C++17: the engine loaded from its file, with RAII and exceptions. Header-only, standard library and
// dlopen.
#pragma once

#include <dlfcn.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "kalon.h"

namespace kalon::host {

class Failure : public std::runtime_error {
 public:
  Failure(kalon_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
  kalon_status status() const { return status_; }

 private:
  kalon_status status_;
};

// The file:// URI of an absolute path: every byte a name can hold survives the way through JSON.
inline std::string file_uri(std::string_view path) {
  static constexpr char digits[] = "0123456789ABCDEF";
  static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~";
  std::string uri = "file://";
  for (char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    uri += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return uri;
}

namespace detail {

class Text {
 public:
  kalon_text *get() { return &text_; }
  std::string str() const { return buffer_.data(); }

 private:
  std::array<char, 2048> buffer_{};
  kalon_text text_{buffer_.data(), buffer_.size()};
};

template <class Call>
std::string whole(Call call) {
  uint64_t size = 0;
  call(nullptr, 0, &size);
  std::string text(size, '\0');
  if (size > 0) call(text.data(), text.size(), &size);
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
    static kalon_host host{};
    host.size = sizeof host;
    host.abi_major = KALON_ABI_MAJOR;
    host.abi_minor = KALON_ABI_MINOR;
    host.name = name;
    host.version = version;
    host.get_extension = [](const kalon_host *, const char *) -> const void * { return nullptr; };
    detail::Text error;
    if (auto status = entry->init(&host, error.get()); status != KALON_OK) throw Failure(status, error.str());
    Engine engine;
    engine.entry_ = entry;
    engine.engine = table<kalon_engine_api>(entry, KALON_ENGINE);
    engine.library = table<kalon_library_api>(entry, KALON_LIBRARY);
    engine.task = table<kalon_task_api>(entry, KALON_TASK);
    engine.rpc = table<kalon_rpc_api>(entry, KALON_RPC);
    return engine;
  }

  void configure(const std::string &options) const {
    detail::Text error;
    if (auto status = engine->configure(options.c_str(), error.get()); status != KALON_OK)
      throw Failure(status, error.str());
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

 private:
  template <class Table>
  static const Table *table(const kalon_entry *entry, const char *id) {
    const auto *found = static_cast<const Table *>(entry->get_factory(id));
    if (!found) throw Failure(KALON_UNSUPPORTED, std::string("this engine lacks ") + id);
    return found;
  }

  const kalon_entry *entry_ = nullptr;
};

class Library {
 public:
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

class Task {
 public:
  // library: null for methods that need none.
  Task(const Engine &engine, kalon_library *library, const std::string &method, const std::string &parameters)
      : api_(engine.task), task_(nullptr, engine.task->close) {
    detail::Text error;
    kalon_task *started = nullptr;
    auto status = api_->start(library, method.c_str(), parameters.c_str(), &started, error.get());
    if (status != KALON_OK) throw Failure(status, error.str());
    task_.reset(started);
  }

  kalon_task_progress progress() const {
    kalon_task_progress progress{};
    progress.size = sizeof progress;
    api_->progress(task_.get(), &progress);
    return progress;
  }
  void cancel() const { api_->cancel(task_.get()); }
  int event_fd() const { return api_->event_fd(task_.get()); }

  // Waits at most so long, hands every whole row (without its newline) that came to visit, and tells whether the task
  // has ended and all of its rows were seen.
  bool pump(int64_t milliseconds, const std::function<void(std::string_view)> &visit) {
    api_->wait(task_.get(), milliseconds);
    // Read after the state: rows that were there when the task ended are then certainly taken.
    bool ended = progress().state == KALON_TASK_ENDED;
    std::array<char, 65536> buffer;
    for (;;) {
      uint64_t size = 0;
      if (api_->read(task_.get(), buffer.data(), buffer.size(), &size) != KALON_OK || size == 0) break;
      pending_.append(buffer.data(), size);
      size_t start = 0;
      for (size_t end; (end = pending_.find('\n', start)) != std::string::npos; start = end + 1)
        visit(std::string_view(pending_).substr(start, end - start));
      pending_.erase(0, start);
    }
    return ended;
  }

  std::string result() const {
    return detail::whole([&](char *buffer, uint64_t capacity, uint64_t *size) {
      return api_->result(task_.get(), buffer, capacity, size);
    });
  }

 private:
  const kalon_task_api *api_;
  std::unique_ptr<kalon_task, void (*)(kalon_task *)> task_;
  std::string pending_;
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
