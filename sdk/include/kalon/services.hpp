// What the host offers to plugins, in C++17: services.h without its chores. Header-only, standard library only.
//
// kalon::plugin::host() is the host of this plugin, once init has begun. Whatever service it lacks has a plain stand-in
// here, so that a plugin need not ask what there is.
#ifndef KALON_SERVICES_HPP
#define KALON_SERVICES_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "services.h"

namespace kalon {
namespace plugin {

// What a plugin throws for a failure that its caller shall see.
class Failure : public std::runtime_error {
 public:
  Failure(kalon_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
  kalon_status status() const { return status_; }

 private:
  kalon_status status_;
};

// Gives memory back to where it came from: the host, or the standard library when it has no such service.
struct ReleaseMemory {
  const kalon_host *host = nullptr;
  const kalon_host_memory *service = nullptr;

  void operator()(void *pointer) const noexcept {
    if (service)
      service->release(host, pointer);
    else
      std::free(pointer);
  }
};

// The tags are those of services.h.
class Host {
 public:
  Host() = default;  // a host without services
  explicit Host(const kalon_host *host) : host_(host) {
    if (!host || host->size < offsetof(kalon_host, get_extension) + sizeof host->get_extension) return;
    find(KALON_HOST_LOG, log_);
    find(KALON_HOST_MEMORY, memory_);
    find(KALON_HOST_THREADS, threads_);
    find(KALON_HOST_CALL, call_);
    find(KALON_HOST_CLOCK, clock_);
    find(KALON_HOST_SEED, seed_);
    find(KALON_HOST_FOLDERS, folders_);
    find(KALON_HOST_CACHE, cache_);
  }

  // level: KALON_LOG_*. [any]
  void log(int32_t level, const std::string &text) const noexcept {
    if (log_ && log_->write) log_->write(host_, level, text.c_str());
  }

  // Whether the call under way is to end. [worker]
  bool cancelled() const noexcept { return call_ && call_->cancelled && call_->cancelled(host_) != 0; }
  void throw_if_cancelled() const {
    if (cancelled()) throw Failure(KALON_CANCELLED, "cancelled");
  }
  // A sign of life of a long call. [worker]
  void progress(uint64_t done, uint64_t total = 0) const noexcept {
    if (call_ && call_->progress) call_->progress(host_, done, total);
  }

  // How many threads to keep busy, at least 1. [any]
  uint32_t threads() const noexcept {
    const uint32_t threads = threads_ && threads_->budget ? threads_->budget(host_) : 1;
    return threads > 0 ? threads : 1;
  }
  // function(i) for each i below count, on the host's threads; on this one alone where the host lends none. The first
  // exception ends it and reaches the caller; so does Failure(KALON_CANCELLED) once the call is cancelled. [worker]
  template <class Function>
  void parallel_for(uint64_t count, Function &&function) const {
    using Plain = std::remove_reference_t<Function>;
    Shared<Plain> shared{function, {}, {}, {}};
    auto status = threads_ && threads_->parallel_for
                      ? threads_->parallel_for(host_, count, &Shared<Plain>::call, &shared)
                      : KALON_INVALID_ARGUMENT;
    if (status == KALON_INVALID_ARGUMENT) {
      for (uint64_t i = 0; i < count; ++i) function(i);
      return;
    }
    if (shared.error) std::rethrow_exception(shared.error);
    if (status == KALON_CANCELLED) throw Failure(KALON_CANCELLED, "cancelled");
    if (status != KALON_OK) throw Failure(status, "the host's parallel_for failed");
  }

  // Memory for count plain values, with any content. alignment: a power of two up to 4096. Throws std::bad_alloc.
  // [any]
  template <class Value>
  std::unique_ptr<Value[], ReleaseMemory> memory(size_t count, size_t alignment = 64) const {
    static_assert(std::is_trivial<Value>::value, "memory for plain values");
    if (alignment < 64) alignment = 64;
    if (count > (SIZE_MAX - alignment) / sizeof(Value)) throw std::bad_alloc();
    const size_t bytes = count > 0 ? count * sizeof(Value) : 1;
    const bool served = memory_ && memory_->allocate && memory_->release;
    void *pointer = served ? memory_->allocate(host_, bytes, alignment)
                           : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!pointer) throw std::bad_alloc();
    return {static_cast<Value *>(pointer), ReleaseMemory{host_, served ? memory_ : nullptr}};
  }

  int64_t now() const noexcept {  // microseconds since 1970-01-01 UTC [any]
    if (clock_ && clock_->now) return clock_->now(host_);
    return since_epoch<std::chrono::system_clock, std::chrono::microseconds>();
  }
  uint64_t monotonic() const noexcept {  // nanoseconds [any]
    if (clock_ && clock_->monotonic) return clock_->monotonic(host_);
    return static_cast<uint64_t>(since_epoch<std::chrono::steady_clock, std::chrono::nanoseconds>());
  }
  uint64_t seed() const noexcept { return seed_ && seed_->seed ? seed_->seed(host_) : 0; }  // [any]

  // kind: KALON_FOLDER_*. Empty when there is none. [any]
  std::string folder(int32_t kind) const {
    std::string path;
    for (uint64_t size = 0; folders_ && folders_->path;) {
      if (folders_->path(host_, kind, &path[0], path.size(), &size) != KALON_OK || size == 0) return {};
      const bool written = size <= path.size();
      path.resize(written ? size - 1 : size);
      if (written) return path;
    }
    return {};
  }

  // The value of a key from the cache between runs, else what make() gives (a std::vector<uint8_t>), which is kept for
  // the next time. [any]
  template <class Make>
  std::vector<uint8_t> cached(const std::string &key, Make &&make) const {
    std::vector<uint8_t> value;
    if (find_cached(key, value)) return value;
    value = make();
    if (cache_ && cache_->put) cache_->put(host_, key.c_str(), value.data(), value.size());
    return value;
  }
  // False when the cache holds no such value. [any]
  bool find_cached(const std::string &key, std::vector<uint8_t> &value) const {
    value.clear();
    for (uint64_t size = 0; cache_ && cache_->get;) {
      if (cache_->get(host_, key.c_str(), value.data(), value.size(), &size) != KALON_OK) return false;
      const bool written = size <= value.size();
      value.resize(size);
      if (written) return true;
    }
    return false;
  }

  const kalon_host *get() const noexcept { return host_; }

 private:
  template <class Table>
  void find(const char *id, const Table *&table) const {
    if (host_->get_extension) table = static_cast<const Table *>(host_->get_extension(host_, id));
  }
  template <class Clock, class Unit>
  static int64_t since_epoch() noexcept {
    return std::chrono::duration_cast<Unit>(Clock::now().time_since_epoch()).count();
  }

  template <class Function>
  struct Shared {
    Function &function;
    std::atomic<bool> failed;
    std::mutex mutex;
    std::exception_ptr error;

    static void call(void *context, uint64_t index) noexcept {
      auto &shared = *static_cast<Shared *>(context);
      if (shared.failed) return;
      try {
        shared.function(index);
      } catch (...) {
        std::lock_guard<std::mutex> lock(shared.mutex);
        if (!shared.error) shared.error = std::current_exception();
        shared.failed = true;
      }
    }
  };

  const kalon_host *host_ = nullptr;
  const kalon_host_log *log_ = nullptr;
  const kalon_host_memory *memory_ = nullptr;
  const kalon_host_threads *threads_ = nullptr;
  const kalon_host_call *call_ = nullptr;
  const kalon_host_clock *clock_ = nullptr;
  const kalon_host_seed *seed_ = nullptr;
  const kalon_host_folders *folders_ = nullptr;
  const kalon_host_cache *cache_ = nullptr;
};

namespace detail {

// Hidden, so that each plugin of a process has its own.
#if defined(__GNUC__)
__attribute__((visibility("hidden")))
#endif
inline Host &
this_host() {
  static Host host;
  return host;
}

}  // namespace detail

// The host that loaded this plugin. [any]
inline const Host &host() {
  return detail::this_host();
}

}  // namespace plugin
}  // namespace kalon

#endif
