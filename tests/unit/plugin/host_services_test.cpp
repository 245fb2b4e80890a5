// What plugins are offered: by the tables that they see, and by kalon/services.hpp over them.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <kalon/services.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/threads.h"
#include "plugin/host_services.h"
#include "plugin/loader.h"
#include "unit/plugin/variable.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

namespace {

template <class Table>
const Table &service(const PluginHost &host, const char *id) {
  const auto *table = static_cast<const Table *>(host.table().get_extension(&host.table(), id));
  REQUIRE(table != nullptr);
  return *table;
}

// A call that a test makes, as the engine does.
struct Under {
  std::atomic<bool> cancelled{false};
  std::atomic<uint64_t> signs{0};
  CallState state{&cancelled, &signs};
};

class Threads {
 public:
  explicit Threads(int count) : before_(thread_budget()) { set_thread_budget(count); }
  ~Threads() { set_thread_budget(before_); }
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

 private:
  int before_;
};

mode_t mode_of(const std::string &path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("every service has its id, and others are null") {
  PluginHost host("test.plugin", "/opt/plugins");
  for (const char *id : {KALON_HOST_LOG, KALON_HOST_MEMORY, KALON_HOST_THREADS, KALON_HOST_CALL, KALON_HOST_CLOCK,
                         KALON_HOST_SEED, KALON_HOST_FOLDERS, KALON_HOST_CACHE})
    CHECK(host.table().get_extension(&host.table(), id) != nullptr);
  for (const char *id : {"", "kalon.host.memory/2", "kalon.host.memory", "kalon.host.memory/1 "})
    CHECK(host.table().get_extension(&host.table(), id) == nullptr);
  CHECK(host.table().get_extension(&host.table(), nullptr) == nullptr);
  CHECK(host.table().size == sizeof(kalon_host));
}

TEST_CASE("memory is aligned, counted, and refused when it makes no sense") {
  PluginHost host("test.plugin", "/"), other("test.other", "/");
  const auto &memory = service<kalon_host_memory>(host, KALON_HOST_MEMORY);
  const auto *table = &host.table();
  std::vector<void *> pieces;
  uint64_t total = 0;
  for (uint64_t alignment : {0, 1, 2, 64, 128, 4096})
    for (uint64_t bytes : {1, 63, 64, 1000, 100000}) {
      void *pointer = memory.allocate(table, bytes, alignment);
      REQUIRE(pointer);
      CHECK(reinterpret_cast<uintptr_t>(pointer) % std::max<uint64_t>(64, alignment) == 0);
      std::memset(pointer, 0x5a, bytes);
      pieces.push_back(pointer);
      total += bytes;
    }
  CHECK(host.memory_in_use() == total);
  CHECK(other.memory_in_use() == 0);
  for (auto *pointer : pieces) memory.release(table, pointer);
  CHECK(host.memory_in_use() == 0);

  CHECK(memory.allocate(table, 0, 64) == nullptr);
  CHECK(memory.allocate(table, 64, 96) == nullptr);
  CHECK(memory.allocate(table, 64, 8192) == nullptr);
  CHECK(memory.allocate(table, UINT64_MAX, 64) == nullptr);
  CHECK(memory.allocate(table, uint64_t{1} << 50, 64) == nullptr);
  CHECK(memory.allocate(nullptr, 64, 64) == nullptr);
  CHECK(host.memory_in_use() == 0);

  LogCapture log;
  void *once = memory.allocate(table, 10, 64);
  int local = 0;
  memory.release(table, nullptr);
  CHECK(log.count("test.plugin") == 0);
  memory.release(table, once);
  memory.release(table, once);
  memory.release(table, &local);
  CHECK(log.count("test.plugin breaks the contract: it released memory") == 1);
  CHECK(host.memory_in_use() == 0);
}

TEST_CASE("memory is given to several threads at once") {
  PluginHost host("test.plugin", "/");
  const auto &memory = service<kalon_host_memory>(host, KALON_HOST_MEMORY);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        auto *pointer = static_cast<uint8_t *>(memory.allocate(&host.table(), 100, 64));
        std::memset(pointer, t, 100);
        if (pointer[99] == t) memory.release(&host.table(), pointer);
      }
    });
  for (auto &thread : threads) thread.join();
  CHECK(host.memory_in_use() == 0);
}

TEST_CASE("parallel_for calls each index once, with the call on every thread") {
  Threads four(4);
  PluginHost host("test.plugin", "/");
  const auto &threads = service<kalon_host_threads>(host, KALON_HOST_THREADS);
  struct Context {
    PluginHost &host;
    const kalon_host_threads &threads;
    const kalon_host_call &call;
    std::vector<std::atomic<int>> times;
    std::atomic<int> nested{0}, cancelled{0};
    std::atomic<uint32_t> budget{0};
  } context{host, threads, service<kalon_host_call>(host, KALON_HOST_CALL), std::vector<std::atomic<int>>(10000)};
  auto function = [](void *given, uint64_t index) {
    auto &own = *static_cast<Context *>(given);
    ++own.times[index];
    own.call.progress(&own.host.table(), index, 10000);
    own.cancelled += own.call.cancelled(&own.host.table());
    own.budget = std::max(own.budget.load(), own.threads.budget(&own.host.table()));
    auto nothing = [](void *, uint64_t) {};
    own.nested += own.threads.parallel_for(&own.host.table(), 3, nothing, nullptr) == KALON_INVALID_ARGUMENT;
  };
  LogCapture log;
  Under under;
  {
    PluginCall call(under.state);
    CHECK(threads.budget(&host.table()) == 4);
    CHECK(threads.parallel_for(&host.table(), 10000, function, &context) == KALON_OK);
    CHECK(threads.parallel_for(&host.table(), 0, function, &context) == KALON_OK);
    CHECK(threads.parallel_for(&host.table(), 1, nullptr, &context) == KALON_INVALID_ARGUMENT);
  }
  for (const auto &times : context.times) REQUIRE(times == 1);
  CHECK(context.nested == 10000);
  CHECK(context.budget == 1);
  CHECK(context.cancelled == 0);
  CHECK(under.signs == 10000);
  CHECK(log.count("breaks the contract") == 0);

  // Outside of a call, and on threads that the host did not lend: nothing is called.
  auto refused = [&] { return threads.parallel_for(&host.table(), 5, function, &context); };
  CHECK(refused() == KALON_INVALID_ARGUMENT);
  kalon_status elsewhere = KALON_OK;
  {
    PluginCall call(under.state);
    std::thread([&] { elsewhere = refused(); }).join();
  }
  CHECK(elsewhere == KALON_INVALID_ARGUMENT);
  CHECK(context.times[0] == 1);
  CHECK(log.count("parallel_for is for threads that are within a call") == 1);
}

TEST_CASE("a cancelled call leaves the rest of parallel_for out") {
  Threads two(2);
  PluginHost host("test.plugin", "/");
  Under under;
  PluginCall call(under.state);
  struct Context {
    Under &under;
    std::atomic<int> calls{0};
  } context{under};
  auto function = [](void *given, uint64_t) {
    auto &own = *static_cast<Context *>(given);
    if (++own.calls == 10) own.under.cancelled = true;
  };
  const auto &threads = service<kalon_host_threads>(host, KALON_HOST_THREADS);
  CHECK(threads.parallel_for(&host.table(), 1000000, function, &context) == KALON_CANCELLED);
  int calls = context.calls;
  CHECK(calls >= 10);
  CHECK(calls < 1000000);
  CHECK(threads.parallel_for(&host.table(), 10, function, &context) == KALON_CANCELLED);
  CHECK(context.calls == calls);
}

TEST_CASE("calls that are under way share the threads") {
  Threads four(4);
  PluginHost host("test.plugin", "/");
  const auto &threads = service<kalon_host_threads>(host, KALON_HOST_THREADS);
  Under one, two;
  PluginCall first(one.state);
  CHECK(threads.budget(&host.table()) == 4);
  { PluginCall inner(two.state); }
  std::thread([&] {
    PluginCall second(two.state);
    CHECK(threads.budget(&host.table()) == 2);
    { PluginCall inner(one.state); }  // the same thread's is no other
    CHECK(threads.budget(&host.table()) == 2);
  }).join();
  CHECK(threads.budget(&host.table()) == 4);
  set_thread_budget(1);
  CHECK(threads.budget(&host.table()) == 1);
}

TEST_CASE("cancel and progress are those of the call that the thread is in") {
  PluginHost host("test.plugin", "/");
  const auto &call = service<kalon_host_call>(host, KALON_HOST_CALL);
  const auto *table = &host.table();
  LogCapture log;
  Under outer, inner;
  inner.cancelled = true;
  {
    PluginCall first(outer.state);
    CHECK(call.cancelled(table) == 0);
    call.progress(table, 1, 0);
    {
      PluginCall second(inner.state);
      CHECK(call.cancelled(table) == 1);
      call.progress(table, 1, 10);
      call.progress(table, 2, 10);
    }
    CHECK(call.cancelled(table) == 0);
    outer.cancelled = true;
    CHECK(call.cancelled(table) == 1);
  }
  CHECK(outer.signs == 1);
  CHECK(inner.signs == 2);
  CHECK(log.count("breaks the contract") == 0);

  for (int i = 0; i < 3; ++i) {
    CHECK(call.cancelled(table) == 0);
    call.progress(table, 1, 2);
  }
  CHECK(log.count("cancelled is for threads that are within a call") == 1);
  CHECK(log.count("progress is for threads that are within a call") == 1);
  CHECK(outer.signs + inner.signs == 3);
}

TEST_CASE("the clock is the engine's, the seed that of the run") {
  PluginHost host("test.plugin", "/");
  const auto &clock = service<kalon_host_clock>(host, KALON_HOST_CLOCK);
  replace_clock([] { return int64_t{1234567}; });
  CHECK(clock.now(&host.table()) == 1234567);
  replace_clock({});
  auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  CHECK(clock.now(&host.table()) >= now.count());
  timespec before{}, after{};
  ::clock_gettime(CLOCK_MONOTONIC, &before);
  auto between = clock.monotonic(&host.table());
  ::clock_gettime(CLOCK_MONOTONIC, &after);
  auto nanoseconds = [](const timespec &time) {
    return static_cast<uint64_t>(time.tv_sec * 1000000000 + time.tv_nsec);
  };
  CHECK(between >= nanoseconds(before));
  CHECK(between <= nanoseconds(after));

  const auto &seed = service<kalon_host_seed>(host, KALON_HOST_SEED);
  CHECK(seed.seed(&host.table()) == 0);
  set_plugin_seed(77);
  CHECK(seed.seed(&host.table()) == 77);
  set_plugin_seed(0);
}

TEST_CASE("a plugin's folders are made for it, and closed to others") {
  Folder home;
  Variable data("XDG_DATA_HOME", (home / "data").c_str()), cache("XDG_CACHE_HOME", nullptr);
  Variable of_user("HOME", home.path().c_str());
  PluginHost host("test.plugin", "/opt/kalon plugins");
  const auto &folders = service<kalon_host_folders>(host, KALON_HOST_FOLDERS);
  auto path = [&](int32_t kind) {
    uint64_t size = 0;
    REQUIRE(folders.path(&host.table(), kind, nullptr, 0, &size) == KALON_OK);
    std::string buffer(size + 1, '~');
    uint64_t again = 0;
    REQUIRE(folders.path(&host.table(), kind, buffer.data(), size - 1, &again) == KALON_OK);
    CHECK(again == size);
    CHECK(buffer == std::string(size + 1, '~'));
    REQUIRE(folders.path(&host.table(), kind, buffer.data(), size, &again) == KALON_OK);
    CHECK(buffer[size - 1] == '\0');
    CHECK(buffer[size] == '~');
    return std::string(buffer.c_str());
  };
  CHECK(path(KALON_FOLDER_PLUGIN) == "/opt/kalon plugins");
  CHECK(path(KALON_FOLDER_DATA) == home / "data/kalon/plugin-data/test.plugin");
  CHECK(path(KALON_FOLDER_CACHE) == home / ".cache/kalon/plugins/test.plugin");
  for (const char *made : {"data", "data/kalon/plugin-data/test.plugin", ".cache/kalon/plugins/test.plugin"})
    CHECK(mode_of(home / made) == 0700);
  // Emptied by its user while the program runs.
  std::filesystem::remove_all(home / ".cache");
  CHECK(std::filesystem::is_directory(path(KALON_FOLDER_CACHE)));

  uint64_t size = 0;
  CHECK(folders.path(&host.table(), 0, nullptr, 0, &size) == KALON_INVALID_ARGUMENT);
  CHECK(folders.path(&host.table(), 4, nullptr, 0, &size) == KALON_INVALID_ARGUMENT);
  CHECK(folders.path(&host.table(), KALON_FOLDER_DATA, nullptr, 0, nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(folders.path(&host.table(), KALON_FOLDER_DATA, nullptr, 9, &size) == KALON_INVALID_ARGUMENT);
  PluginHost upwards("..", "/");
  CHECK(folders.path(&upwards.table(), KALON_FOLDER_DATA, nullptr, 0, &size) == KALON_NOT_FOUND);
  {
    Variable nothing("XDG_DATA_HOME", "relative"), nobody("HOME", nullptr);
    CHECK(folders.path(&host.table(), KALON_FOLDER_DATA, nullptr, 0, &size) == KALON_NOT_FOUND);
    CHECK(service<kalon_host_cache>(host, KALON_HOST_CACHE).put(&host.table(), "key", "1", 1) == KALON_NOT_FOUND);
  }
  {
    home.write("file");
    Variable in_the_way("XDG_DATA_HOME", (home / "file").c_str());
    CHECK(folders.path(&host.table(), KALON_FOLDER_DATA, nullptr, 0, &size) == KALON_IO);
  }
}

TEST_CASE("the C++ wrapper stands in for what a host lacks") {
  for (bool served : {false, true}) {
    Folder home;
    Variable cache("XDG_CACHE_HOME", home.path().c_str());
    PluginHost offering("test.plugin", "/opt/plugins");
    plugin::Host host = served ? plugin::Host(&offering.table()) : plugin::Host();
    Under under;
    PluginCall call(under.state);
    LogCapture log;
    host.log(KALON_LOG_WARNING, "hello");
    CHECK(log.count("test.plugin: hello") == served);
    host.progress(1, 2);
    CHECK(under.signs == served);
    CHECK(host.threads() >= 1);
    CHECK(host.seed() == 0);
    CHECK(std::abs(host.now() - now_microseconds()) < 60'000'000);
    auto earlier = host.monotonic();
    CHECK(host.monotonic() >= earlier);
    CHECK(host.folder(KALON_FOLDER_PLUGIN) == (served ? "/opt/plugins" : ""));
    CHECK(host.folder(99).empty());

    std::vector<std::atomic<int>> times(500);
    host.parallel_for(500, [&](uint64_t i) { ++times[i]; });
    for (const auto &each : times) REQUIRE(each == 1);
    CHECK_THROWS_WITH(host.parallel_for(100,
                                        [](uint64_t i) {
                                          if (i == 50) throw std::runtime_error("the fiftieth");
                                        }),
                      "the fiftieth");
    // Nested: the inner one is done by its own thread.
    std::atomic<int> inner{0};
    host.parallel_for(4, [&](uint64_t) { host.parallel_for(5, [&](uint64_t) { ++inner; }); });
    CHECK(inner == 20);

    {
      auto floats = host.memory<float>(1000, 256);
      CHECK(reinterpret_cast<uintptr_t>(floats.get()) % 256 == 0);
      floats[999] = 1;
      CHECK(offering.memory_in_use() == (served ? 4000 : 0));
      CHECK_THROWS_AS(host.memory<double>(SIZE_MAX / 4), std::bad_alloc);
    }
    CHECK(offering.memory_in_use() == 0);

    int made = 0;
    auto make = [&] {
      ++made;
      return std::vector<uint8_t>{1, 2, 3};
    };
    for (int i = 0; i < 3; ++i) CHECK(host.cached("a key", make) == std::vector<uint8_t>{1, 2, 3});
    CHECK(made == (served ? 1 : 3));
    CHECK(host.cached("nothing", [] { return std::vector<uint8_t>(); }).empty());

    CHECK_NOTHROW(host.throw_if_cancelled());
    under.cancelled = true;
    CHECK(host.cancelled() == served);
    if (!served) continue;
    for (auto attempt : {0, 1}) try {
        attempt ? host.throw_if_cancelled() : host.parallel_for(9, [](uint64_t) {});
        FAIL("went on after a cancel");
      } catch (const plugin::Failure &failure) {
        CHECK(failure.status() == KALON_CANCELLED);
      }
  }
}

TEST_CASE("a host whose struct is shorter than this revision's is used for nothing") {
  PluginHost offering("test.plugin", "/");
  kalon_host short_one = offering.table();
  short_one.size = 16;
  CHECK(plugin::Host(&short_one).threads() == 1);
  CHECK(plugin::Host(nullptr).folder(KALON_FOLDER_PLUGIN).empty());
}

TEST_CASE("a plugin that was loaded has its host") {
  Folder folder;
  folder.add_library("gallery_services", "plugin");
  LogCapture log;
  auto &loaded = load_plugin("test.services", folder / "plugin.so");
  const auto &decoder = *static_cast<const kalon_decoder_factory *>(plugin_factory(loaded, KALON_DECODER_FACTORY));
  CHECK(log.count("test.services: lies in " + folder.path()) == 1);
  char buffer[64] = "";
  kalon_text text{buffer, sizeof buffer};
  kalon_source source{sizeof source, 0, reinterpret_cast<const uint8_t *>("x"), 1, nullptr};
  kalon_decode_limits limits{sizeof limits, 0, 0};
  kalon_decode *decode = nullptr;
  Under under;
  PluginCall call(under.state);
  CHECK(decoder.open(&source, &limits, &decode, &text) == KALON_UNSUPPORTED);
  CHECK(std::string(buffer) == "1 done, not cancelled");
  CHECK(under.signs == 1);
  under.cancelled = true;
  CHECK(decoder.open(&source, &limits, &decode, &text) == KALON_CANCELLED);
}
