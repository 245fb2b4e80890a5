#include "check_host.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "guarded_memory.h"

namespace kalon::check {
namespace {

constexpr uint64_t least_alignment = 64, most_alignment = 4096;
constexpr uint32_t threads_lent = 3;
constexpr size_t most_guarded = 500;  // there is room for so many guard pages
constexpr uint8_t behind = 0xc5;      // what lies between the end of the host's memory and the guard page

// One piece of the host's memory.
struct Piece {
  std::unique_ptr<GuardedMemory> guarded;
  uint64_t bytes = 0, whole = 0;
};

// All of this process's host. Never destroyed: the plugin may use it to the end.
struct State {
  std::mutex mutex;
  std::vector<std::string> faults;
  std::map<void *, Piece> memory;
  size_t bytes = 0;
  std::map<std::string, std::vector<uint8_t>, std::less<>> cache;
  std::atomic<bool> cancelled{false};
  uint64_t seed = 0;
  std::string library_folder, scratch;
  kalon_host host{};
  HostKind kind = HostKind::whole;
};

State &state() {
  static auto &made = *new State;
  return made;
}

thread_local bool in_call = false, lent = false;

void fault(const std::string &text) {
  std::lock_guard lock(state().mutex);
  auto &faults = state().faults;
  if (std::find(faults.begin(), faults.end(), text) == faults.end()) faults.push_back(text);
}

void check_own(const kalon_host *host, const char *function) {
  if (!host || host->context != &state()) fault(std::string(function) + " was given another host than init() was");
}

bool check_thread(const char *function) {
  if (in_call) return true;
  fault(std::string(function) + " was called on the wrong thread: on one that is within no call of the host");
  return false;
}

void write_log(const kalon_host *host, int32_t level, const char *text) {
  check_own(host, "log.write()");
  if (!text) fault("log.write() was given no text");
  if (level < KALON_LOG_DEBUG || level > KALON_LOG_ERROR) fault("log.write() was given no level");
}

void *allocate(const kalon_host *host, uint64_t bytes, uint64_t alignment) {
  check_own(host, "memory.allocate()");
  alignment = std::max(alignment, least_alignment);
  if (alignment > most_alignment || (alignment & (alignment - 1)) != 0)
    fault("memory.allocate() was given an alignment that is no power of two up to 4096");
  else if (bytes > 0 && bytes < uint64_t{1} << 40)
    try {
      std::lock_guard lock(state().mutex);
      Piece piece;
      piece.bytes = bytes;
      piece.whole = (bytes + alignment - 1) / alignment * alignment;
      void *pointer = nullptr;
      if (state().memory.size() < most_guarded) {
        piece.guarded = std::make_unique<GuardedMemory>(piece.whole);
        pointer = piece.guarded->data();
      } else {
        pointer = std::aligned_alloc(alignment, piece.whole);
      }
      if (!pointer) return nullptr;
      std::memset(pointer, behind, piece.whole);
      state().memory.emplace(pointer, std::move(piece));
      state().bytes += bytes;
      return pointer;
    } catch (const std::exception &) {
    }
  return nullptr;
}

void release(const kalon_host *host, void *pointer) {
  check_own(host, "memory.release()");
  if (!pointer) return;
  Piece piece;
  {
    std::lock_guard lock(state().mutex);
    if (auto node = state().memory.extract(pointer)) piece = std::move(node.mapped());
    state().bytes -= piece.bytes;
  }
  if (piece.bytes == 0) return fault("memory.release() was given what the host had not given, or a second time");
  const auto *bytes = static_cast<const uint8_t *>(pointer);
  for (uint64_t i = piece.bytes; i < piece.whole; ++i)
    if (bytes[i] != behind) {
      fault("wrote behind the end of memory that the host had given");
      break;
    }
  if (!piece.guarded) std::free(pointer);
}

uint32_t budget(const kalon_host *host) {
  check_own(host, "threads.budget()");
  return lent ? 1 : threads_lent;
}

kalon_status parallel_for(const kalon_host *host, uint64_t count, void (*function)(void *, uint64_t), void *context) {
  check_own(host, "threads.parallel_for()");
  if (!function || !check_thread("threads.parallel_for()") || lent) return KALON_INVALID_ARGUMENT;
  std::atomic<uint64_t> next{0};
  std::atomic<bool> cut{false};
  auto lane = [&] {
    auto before = std::pair(in_call, lent);
    in_call = lent = true;
    for (uint64_t index = 0; (index = next++) < count;) {
      if (state().cancelled) {
        cut = true;
        break;
      }
      function(context, index);
    }
    std::tie(in_call, lent) = before;
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < threads_lent && i < count; ++i) threads.emplace_back(lane);
  lane();
  for (auto &thread : threads) thread.join();
  return cut ? KALON_CANCELLED : KALON_OK;
}

int32_t cancelled(const kalon_host *host) {
  check_own(host, "call.cancelled()");
  return check_thread("call.cancelled()") && state().cancelled ? 1 : 0;
}

void progress(const kalon_host *host, uint64_t done, uint64_t total) {
  check_own(host, "call.progress()");
  check_thread("call.progress()");
  if (total > 0 && done > total) fault("call.progress() was told of more than all");
}

int64_t now(const kalon_host *host) {
  check_own(host, "clock.now()");
  auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

uint64_t monotonic(const kalon_host *host) {
  check_own(host, "clock.monotonic()");
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

uint64_t seed(const kalon_host *host) {
  check_own(host, "seed.seed()");
  return state().seed;
}

kalon_status path(const kalon_host *host, int32_t kind, char *buffer, uint64_t capacity, uint64_t *size) {
  check_own(host, "folders.path()");
  if (!size || (!buffer && capacity > 0) || kind < KALON_FOLDER_PLUGIN || kind > KALON_FOLDER_CACHE)
    return KALON_INVALID_ARGUMENT;
  std::string folder = state().library_folder;
  if (kind != KALON_FOLDER_PLUGIN) {
    // Each check begins with empty folders.
    folder = state().scratch + '/' + std::to_string(::getpid());
    ::mkdir(folder.c_str(), 0700);
    folder += kind == KALON_FOLDER_DATA ? "/data" : "/cache";
    ::mkdir(folder.c_str(), 0700);
  }
  *size = folder.size() + 1;
  if (capacity >= *size) std::memcpy(buffer, folder.c_str(), *size);
  return KALON_OK;
}

bool is_key(const char *key) {
  auto length = key ? ::strnlen(key, KALON_CACHE_KEY_BYTES + 1) : 0;
  if (length > 0 && length <= KALON_CACHE_KEY_BYTES) return true;
  fault("the cache was given a key that is empty or too long");
  return false;
}

kalon_status get(const kalon_host *host, const char *key, void *buffer, uint64_t capacity, uint64_t *size) {
  check_own(host, "cache.get()");
  if (!is_key(key) || !size || (!buffer && capacity > 0)) return KALON_INVALID_ARGUMENT;
  std::lock_guard lock(state().mutex);
  auto found = state().cache.find(std::string_view(key));
  if (found == state().cache.end()) return KALON_NOT_FOUND;
  *size = found->second.size();
  if (capacity >= *size && *size > 0) std::memcpy(buffer, found->second.data(), *size);
  return KALON_OK;
}

kalon_status put(const kalon_host *host, const char *key, const void *data, uint64_t size) {
  check_own(host, "cache.put()");
  if (!is_key(key) || (!data && size > 0)) return KALON_INVALID_ARGUMENT;
  if (size > KALON_CACHE_VALUE_BYTES) return KALON_LIMIT_EXCEEDED;
  const auto *bytes = static_cast<const uint8_t *>(data);
  std::lock_guard lock(state().mutex);
  state().cache[key] = std::vector<uint8_t>(bytes, bytes + size);
  return KALON_OK;
}

kalon_status remove(const kalon_host *host, const char *key) {
  check_own(host, "cache.remove()");
  if (!is_key(key)) return KALON_INVALID_ARGUMENT;
  std::lock_guard lock(state().mutex);
  state().cache.erase(key);
  return KALON_OK;
}

const void *extension(const kalon_host *host, const char *id) {
  static constexpr kalon_host_log log_table{write_log};
  static constexpr kalon_host_memory memory_table{allocate, release};
  static constexpr kalon_host_threads threads_table{budget, parallel_for};
  static constexpr kalon_host_call call_table{cancelled, progress};
  static constexpr kalon_host_clock clock_table{now, monotonic};
  static constexpr kalon_host_seed seed_table{seed};
  static constexpr kalon_host_folders folders_table{path};
  static constexpr kalon_host_cache cache_table{get, put, remove};
  static constexpr std::pair<std::string_view, const void *> all[] = {
      {KALON_HOST_LOG, &log_table},         {KALON_HOST_MEMORY, &memory_table}, {KALON_HOST_THREADS, &threads_table},
      {KALON_HOST_CALL, &call_table},       {KALON_HOST_CLOCK, &clock_table},   {KALON_HOST_SEED, &seed_table},
      {KALON_HOST_FOLDERS, &folders_table}, {KALON_HOST_CACHE, &cache_table}};
  check_own(host, "get_extension()");
  if (id && offers_services())
    for (const auto &[name, table] : all)
      if (name == id) return table;
  return nullptr;
}

}  // namespace

void choose_host(HostKind kind) {
  state().kind = kind;
}

bool offers_services() {
  return state().kind != HostKind::bare;
}

const kalon_host &chosen_host(const Subject &subject) {
  constexpr size_t later = 64;
  auto &own = state();
  own.seed = subject.seed;
  own.library_folder = std::filesystem::path(subject.library).parent_path().native();
  own.scratch = subject.scratch;
  own.host = {sizeof own.host, KALON_ABI_MAJOR, KALON_ABI_MINOR, "kalon-plugin-check", "1", &own, extension};
  if (own.kind != HostKind::later) return own.host;
  own.host.size = sizeof own.host + later;
  own.host.abi_minor = KALON_ABI_MINOR + 1;
  static auto &memory = *new GuardedArray<uint8_t>(std::vector<uint8_t>(sizeof own.host + later, 0xa5));
  std::memcpy(memory.data(), &own.host, sizeof own.host);
  return *reinterpret_cast<const kalon_host *>(memory.data());
}

Call::Call() : previous_(std::exchange(in_call, true)) {}

Call::~Call() {
  in_call = previous_;
}

void set_cancelled(bool cancelled) {
  state().cancelled = cancelled;
}

void require_no_host_faults(const std::string &whose) {
  std::lock_guard lock(state().mutex);
  std::string all;
  for (const auto &text : state().faults) all += (all.empty() ? "" : "; ") + text;
  require(all.empty(), whose + all);
}

void require_no_host_faults_of_threads(const std::string &whose) {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  require_no_host_faults(whose);
}

size_t host_bytes_in_use() {
  std::lock_guard lock(state().mutex);
  return state().bytes;
}

}  // namespace kalon::check
