#include "plugin/host_services.h"

#include <unistd.h>
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "plugin/host_cache.h"
#include "plugin/host_folders.h"

namespace kalon {
namespace {

constexpr size_t max_log_bytes = 4096;
constexpr uint64_t least_alignment = 64, most_alignment = 4096;

// What a thread does for a plugin. A thread that parallel_for lends has the state of the thread that it helps.
struct ThisThread {
  const CallState *call = nullptr;
  bool in_parallel_for = false;
};
thread_local ThisThread this_thread;

std::atomic<int> calls_under_way{0};
std::atomic<uint64_t> seed_of_run{0};

// Sets what this thread does, and sets it back.
class Lent {
 public:
  explicit Lent(ThisThread state) : previous_(std::exchange(this_thread, state)) {}
  ~Lent() { this_thread = previous_; }
  Lent(const Lent &) = delete;
  Lent &operator=(const Lent &) = delete;

 private:
  ThisThread previous_;
};

uint64_t physical_memory() {
  auto pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) : UINT64_MAX;
}

// Nothing that the engine throws may cross the contract.
template <class Function>
kalon_status contained(const Function &function) noexcept {
  try {
    function();
    return KALON_OK;
  } catch (...) {
    return static_cast<kalon_status>(outcome_of_current_exception().status);
  }
}

}  // namespace

// Behind kalon_host::context.
struct PluginHost::Services {
  kalon_host table{};
  std::string id, folder;
  PluginCache cache;

  std::mutex memory_mutex;
  std::unordered_map<void *, uint64_t> memory;  // so that what was released twice, or never given, harms nobody
  uint64_t memory_bytes = 0;

  std::atomic<bool> told_cancelled{false}, told_progress{false}, told_parallel_for{false}, told_release{false};

  explicit Services(std::string plugin) : id(std::move(plugin)), cache([this] { return plugin_cache_folder(id); }) {}

  static Services *of(const kalon_host *host) { return host ? static_cast<Services *>(host->context) : nullptr; }
  // Once for each kind of fault: a plugin that is wrong is so with every picture.
  void fault(std::atomic<bool> &told, const std::string &text) noexcept {
    if (told.exchange(true)) return;
    try {
      log(LogLevel::warning, id + " breaks the contract: " + text);
    } catch (...) {  // a lost line must not harm the plugin
    }
  }
};

namespace {

using Services = PluginHost::Services;

void write_log(const kalon_host *host, int32_t level, const char *text) noexcept {
  auto *services = Services::of(host);
  if (!services || !text) return;
  try {
    auto known = std::clamp<int32_t>(level, KALON_LOG_DEBUG, KALON_LOG_ERROR);
    log(static_cast<LogLevel>(known),
        services->id + ": " + display_text(shorten_utf8({text, strnlen(text, max_log_bytes)}, max_log_bytes)));
  } catch (...) {  // a lost line must not harm the plugin
  }
}

void *allocate(const kalon_host *host, uint64_t bytes, uint64_t alignment) noexcept {
  static const uint64_t most = physical_memory();
  auto *services = Services::of(host);
  alignment = std::max(alignment, least_alignment);
  if (!services || bytes == 0 || alignment > most_alignment || !std::has_single_bit(alignment)) return nullptr;
  try {
    std::lock_guard lock(services->memory_mutex);
    if (bytes > most || services->memory_bytes > most - bytes) return nullptr;
    auto [place, is_new] = services->memory.try_emplace(nullptr, bytes);  // may throw, so before what it stands for
    auto node = services->memory.extract(place);
    void *pointer = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!pointer) return nullptr;
    node.key() = pointer;
    services->memory.insert(std::move(node));
    services->memory_bytes += bytes;
    return pointer;
  } catch (...) {
    return nullptr;
  }
}

void release(const kalon_host *host, void *pointer) noexcept {
  auto *services = Services::of(host);
  if (!services || !pointer) return;
  std::unique_lock lock(services->memory_mutex);
  auto found = services->memory.find(pointer);
  if (found == services->memory.end()) {
    lock.unlock();
    services->fault(services->told_release, "it released memory that the host had not given, or a second time");
    return;
  }
  services->memory_bytes -= found->second;
  services->memory.erase(found);
  lock.unlock();
  std::free(pointer);
}

uint32_t budget(const kalon_host *) noexcept {
  if (this_thread.in_parallel_for) return 1;
  return static_cast<uint32_t>(std::max(1, thread_budget() / std::max(1, calls_under_way.load())));
}

kalon_status share_out(const kalon_host *host, uint64_t count, void (*function)(void *, uint64_t),
                       void *context) noexcept {
  auto *services = Services::of(host);
  if (!services || !function) return KALON_INVALID_ARGUMENT;
  const ThisThread caller = this_thread;
  if (!caller.call) {
    services->fault(services->told_parallel_for, "parallel_for is for threads that are within a call of the engine");
    return KALON_INVALID_ARGUMENT;
  }
  if (caller.in_parallel_for) return KALON_INVALID_ARGUMENT;
  std::atomic<uint64_t> next{0};
  std::atomic<bool> cut{false};
  auto lane = [&](int64_t) {
    Lent lent({caller.call, true});
    while (next.load(std::memory_order_relaxed) < count) {
      if (caller.call->cancelled->load(std::memory_order_relaxed)) {
        cut = true;
        return;
      }
      auto index = next.fetch_add(1, std::memory_order_relaxed);
      if (index < count) function(context, index);
    }
  };
  auto lanes = std::min<uint64_t>(budget(host), count);
  auto status = contained([&] { parallel_for(static_cast<int64_t>(lanes), lane); });
  return status != KALON_OK ? status : cut ? KALON_CANCELLED : KALON_OK;
}

int32_t cancelled(const kalon_host *host) noexcept {
  if (const auto *call = this_thread.call) return call->cancelled->load(std::memory_order_relaxed) ? 1 : 0;
  if (auto *services = Services::of(host))
    services->fault(services->told_cancelled, "cancelled is for threads that are within a call of the engine");
  return 0;
}

void progress(const kalon_host *host, uint64_t, uint64_t) noexcept {
  if (const auto *call = this_thread.call) {
    call->signs_of_life->fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (auto *services = Services::of(host))
    services->fault(services->told_progress, "progress is for threads that are within a call of the engine");
}

int64_t now(const kalon_host *) noexcept {
  int64_t time = 0;
  contained([&] { time = now_microseconds(); });
  return time;
}

uint64_t monotonic(const kalon_host *) noexcept {
  using std::chrono::nanoseconds;
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<nanoseconds>(time).count());
}

uint64_t seed(const kalon_host *) noexcept {
  return seed_of_run;
}

kalon_status path(const kalon_host *host, int32_t kind, char *buffer, uint64_t capacity, uint64_t *size) noexcept {
  auto *services = Services::of(host);
  if (!services || !size || (!buffer && capacity > 0)) return KALON_INVALID_ARGUMENT;
  return contained([&] {
    if (kind < KALON_FOLDER_PLUGIN || kind > KALON_FOLDER_CACHE)
      throw Error(Status::invalid_argument, "no such kind of folder");
    auto folder = kind == KALON_FOLDER_PLUGIN ? services->folder
                  : kind == KALON_FOLDER_DATA ? plugin_data_folder(services->id)
                                              : plugin_cache_folder(services->id);
    *size = folder.size() + 1;
    if (capacity >= *size) std::memcpy(buffer, folder.c_str(), *size);
  });
}

// A key as text; throws for what is none.
std::string_view key_of(const char *key) {
  if (!key) throw Error(Status::invalid_argument, "a key is text");
  return {key, strnlen(key, KALON_CACHE_KEY_BYTES + 1)};
}

kalon_status get(const kalon_host *host, const char *key, void *buffer, uint64_t capacity, uint64_t *size) noexcept {
  auto *services = Services::of(host);
  if (!services || !size || (!buffer && capacity > 0)) return KALON_INVALID_ARGUMENT;
  return contained([&] { *size = services->cache.get(key_of(key), buffer, capacity); });
}

kalon_status put(const kalon_host *host, const char *key, const void *data, uint64_t size) noexcept {
  auto *services = Services::of(host);
  if (!services || (!data && size > 0)) return KALON_INVALID_ARGUMENT;
  return contained([&] { services->cache.put(key_of(key), {static_cast<const uint8_t *>(data), size}); });
}

kalon_status remove(const kalon_host *host, const char *key) noexcept {
  auto *services = Services::of(host);
  if (!services) return KALON_INVALID_ARGUMENT;
  return contained([&] { services->cache.remove(key_of(key)); });
}

const void *extension(const kalon_host *, const char *id) noexcept {
  static constexpr kalon_host_log log_table{write_log};
  static constexpr kalon_host_memory memory_table{allocate, release};
  static constexpr kalon_host_threads threads_table{budget, share_out};
  static constexpr kalon_host_call call_table{cancelled, progress};
  static constexpr kalon_host_clock clock_table{now, monotonic};
  static constexpr kalon_host_seed seed_table{seed};
  static constexpr kalon_host_folders folders_table{path};
  static constexpr kalon_host_cache cache_table{get, put, remove};
  static constexpr std::pair<std::string_view, const void *> all[] = {
      {KALON_HOST_LOG, &log_table},         {KALON_HOST_MEMORY, &memory_table}, {KALON_HOST_THREADS, &threads_table},
      {KALON_HOST_CALL, &call_table},       {KALON_HOST_CLOCK, &clock_table},   {KALON_HOST_SEED, &seed_table},
      {KALON_HOST_FOLDERS, &folders_table}, {KALON_HOST_CACHE, &cache_table}};
  if (id)
    for (const auto &[name, table] : all)
      if (name == id) return table;
  return nullptr;
}

}  // namespace

PluginCall::PluginCall(const CallState &state) : state_(state), previous_(this_thread.call) {
  if (!previous_) ++calls_under_way;
  this_thread.call = &state_;
}

PluginCall::~PluginCall() {
  this_thread.call = previous_;
  if (!previous_) --calls_under_way;
}

PluginHost::PluginHost(std::string id, std::string folder) : services_(std::make_unique<Services>(std::move(id))) {
  services_->folder = std::move(folder);
  services_->table = {sizeof(kalon_host), KALON_ABI_MAJOR, KALON_ABI_MINOR, "Kalon",
                      KALON_VERSION,      services_.get(), extension};
}

PluginHost::~PluginHost() = default;

const kalon_host &PluginHost::table() const {
  return services_->table;
}

uint64_t PluginHost::memory_in_use() const {
  std::lock_guard lock(services_->memory_mutex);
  return services_->memory_bytes;
}

void set_plugin_seed(uint64_t seed) {
  seed_of_run = seed;
}

}  // namespace kalon
