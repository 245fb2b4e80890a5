// Values that plugins keep between runs: whole or not there, whatever became of their files.
#include <catch2/catch.hpp>

#include <kalon/services.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "plugin/host_cache.h"
#include "plugin/host_services.h"
#include "unit/plugin/variable.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

namespace {

PluginCache in(const Folder &folder) {
  return PluginCache([path = folder.path()] { return path; });
}

void put(PluginCache &cache, std::string_view key, std::string_view value) {
  cache.put(key, bytes_of(value));
}

std::string found(const PluginCache &cache, std::string_view key) {
  std::string value(cache.get(key, nullptr, 0), '\0');
  CHECK(cache.get(key, value.data(), value.size()) == value.size());
  return value;
}

Status failure(const PluginCache &cache, std::string_view key) {
  char buffer[100];
  try {
    cache.get(key, buffer, sizeof buffer);
    return Status::ok;
  } catch (const Error &error) {
    return error.status();
  }
}

std::vector<std::filesystem::path> files_of(const Folder &folder) {
  std::vector<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::directory_iterator(folder.path())) files.push_back(entry.path());
  return files;
}

std::string content(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("values come back, in this run and the next") {
  Folder folder;
  auto cache = in(folder);
  CHECK(failure(cache, "a") == Status::not_found);
  put(cache, "a", "first");
  put(cache, "b", std::string("\0\xff\n", 3));
  put(cache, "empty", "");
  CHECK(found(cache, "a") == "first");
  put(cache, "a", "second, and longer");
  auto later = in(folder);
  CHECK(found(later, "a") == "second, and longer");
  CHECK(found(later, "b") == std::string("\0\xff\n", 3));
  CHECK(later.get("empty", nullptr, 0) == 0);
  char small[6] = "12345";
  CHECK(later.get("a", small, 5) == 18);
  CHECK(std::string(small) == "12345");
  later.remove("a");
  later.remove("a");
  CHECK(failure(cache, "a") == Status::not_found);
  CHECK(files_of(folder).size() == 2);
}

TEST_CASE("keys and values have their limits") {
  Folder folder;
  auto cache = in(folder);
  std::string longest(KALON_CACHE_KEY_BYTES, 'k');
  put(cache, longest, "value");
  CHECK(found(cache, longest) == "value");
  CHECK(failure(cache, longest + "k") == Status::invalid_argument);
  CHECK(failure(cache, "") == Status::invalid_argument);
  CHECK(failure(cache, "../../etc/passwd") == Status::not_found);
  PluginCache small([&] { return folder.path(); }, {.value_bytes = 10, .bytes = 1000, .files = 10});
  put(small, "a", "0123456789");
  try {
    put(small, "b", "0123456789a");
    FAIL("took a value that is too large");
  } catch (const Error &error) {
    CHECK(error.status() == Status::limit_exceeded);
  }
  CHECK(failure(small, "b") == Status::not_found);
}

TEST_CASE("a file that was cut, changed, exchanged or put there by others is no value") {
  Folder folder;
  auto cache = in(folder);
  put(cache, "key", "a value of some length");
  auto path = files_of(folder).at(0).native();
  auto whole = content(path);
  auto name = std::filesystem::path(path).filename().native();
  for (size_t i = 0; i < whole.size(); ++i) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    folder.write(name, changed);
    CHECK(failure(cache, "key") == Status::not_found);
  }
  for (size_t length = 0; length < whole.size(); ++length) {
    folder.write(name, whole.substr(0, length));
    CHECK(failure(cache, "key") == Status::not_found);
  }
  folder.write(name, whole + "x");
  CHECK(failure(cache, "key") == Status::not_found);
  put(cache, "other", "of another key");
  for (const auto &file : files_of(folder))
    if (file.filename() != name) folder.write(name, content(file.native()));
  CHECK(failure(cache, "key") == Status::not_found);
  folder.write(name, whole);
  CHECK(found(cache, "key") == "a value of some length");

  folder.write("elsewhere", whole);
  std::filesystem::remove(path);
  folder.link(name, folder / "elsewhere");
  CHECK(failure(cache, "key") == Status::not_found);
  std::filesystem::remove(path);
  folder.make_folder(name);
  CHECK(failure(cache, "key") == Status::not_found);
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(failure(cache, "key") == Status::not_found);  // and does not wait for a writer
  put(cache, "key", "again");
  CHECK(found(cache, "key") == "again");
}

TEST_CASE("the oldest values make room") {
  Folder folder;
  PluginCache cache([&] { return folder.path(); }, {.value_bytes = 1000, .bytes = 10000, .files = 1000});
  auto stranger = folder.write("stranger", std::string(50000, 'x'));
  auto fresh = folder.write(".kalon-fresh"), stale = folder.write(".kalon-stale");
  std::filesystem::last_write_time(stale, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  for (int i = 0; i < 100; ++i) {
    put(cache, "key " + std::to_string(i), std::string(500, 'v'));
    uint64_t total = 0;
    for (const auto &file : files_of(folder))
      if (file != stranger) total += std::filesystem::file_size(file);
    REQUIRE(total <= 10000 + 10000 / 16 + 600);
  }
  CHECK(failure(cache, "key 0") == Status::not_found);
  CHECK(failure(cache, "key 50") == Status::not_found);
  std::string kept;
  for (int i = 0; i < 100; ++i) kept += failure(cache, "key " + std::to_string(i)) == Status::not_found ? '-' : 'x';
  INFO(kept);
  CHECK(kept.find_last_of('-') + 1 == kept.find('x'));  // none that is newer than one that was kept
  CHECK(std::count(kept.begin(), kept.end(), 'x') >= 14);
  CHECK(std::filesystem::exists(stranger));
  CHECK(std::filesystem::exists(fresh));
  CHECK_FALSE(std::filesystem::exists(stale));

  PluginCache few([&] { return folder.path(); }, {.value_bytes = 1000, .bytes = 1000000, .files = 10});
  for (int i = 0; i < 30; ++i) put(few, "small " + std::to_string(i), "1");
  CHECK(files_of(folder).size() <= 10 + 2);
  CHECK(found(few, "small 29") == "1");
}

TEST_CASE("several threads and processes share a cache") {
  Folder folder;
  // Each value says which it is all through: a mixture would show.
  auto work = [&](unsigned seed) {
    auto cache = in(folder);
    std::mt19937 random(seed);
    int wrong = 0;
    std::vector<uint8_t> buffer(40000);
    for (int i = 0; i < 300; ++i) {
      auto key = "key " + std::to_string(random() % 5);
      if (random() % 2) {
        std::vector<uint8_t> value(1 + random() % buffer.size());
        std::fill(value.begin(), value.end(), static_cast<uint8_t>(value.size()));
        cache.put(key, value);
      } else {
        try {
          auto size = cache.get(key, buffer.data(), buffer.size());
          for (uint64_t b = 0; b < size; ++b) wrong += buffer[b] != static_cast<uint8_t>(size);
        } catch (const Error &error) {
          wrong += error.status() != Status::not_found;
        }
      }
    }
    return wrong;
  };
  std::vector<pid_t> processes;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    auto process = ::fork();
    if (process == 0) ::_exit(work(seed) == 0 ? 0 : 1);
    processes.push_back(process);
  }
  int wrong = 0;
  std::thread thread([&] { wrong = work(10); });
  thread.join();
  CHECK(wrong == 0);
  for (auto process : processes) {
    int status = -1;
    ::waitpid(process, &status, 0);
    CHECK(status == 0);
  }
  CHECK(files_of(folder).size() == 5);
}

TEST_CASE("a value that does not fit on the disk leaves what was there") {
  Folder folder;
  auto cache = in(folder);
  put(cache, "key", "before");
  std::string large(100000, 'x');
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit little{50000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  CHECK_THROWS_AS(put(cache, "key", large), Error);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(found(cache, "key") == "before");
  CHECK(files_of(folder).size() == 1);
}

TEST_CASE("the cache as a plugin sees it") {
  Folder home;
  Variable place("XDG_CACHE_HOME", home.path().c_str());
  PluginHost host("test.plugin", "/"), other("test.other", "/");
  const auto *table = &host.table();
  const auto &cache = *static_cast<const kalon_host_cache *>(table->get_extension(table, KALON_HOST_CACHE));
  uint64_t size = 99;
  CHECK(cache.get(table, "key", nullptr, 0, &size) == KALON_NOT_FOUND);
  CHECK(cache.put(table, "key", "value", 5) == KALON_OK);
  CHECK(cache.get(table, "key", nullptr, 0, &size) == KALON_OK);
  CHECK(size == 5);
  char buffer[6] = "";
  CHECK(cache.get(table, "key", buffer, 5, &size) == KALON_OK);
  CHECK(std::string(buffer) == "value");
  CHECK(cache.get(&other.table(), "key", buffer, 5, &size) == KALON_NOT_FOUND);
  CHECK(cache.put(table, "nothing", nullptr, 0) == KALON_OK);
  CHECK(cache.put(table, "key", nullptr, 1) == KALON_INVALID_ARGUMENT);
  CHECK(cache.put(table, "key", buffer, KALON_CACHE_VALUE_BYTES + 1) == KALON_LIMIT_EXCEEDED);
  CHECK(cache.put(table, nullptr, buffer, 1) == KALON_INVALID_ARGUMENT);
  CHECK(cache.put(table, "", buffer, 1) == KALON_INVALID_ARGUMENT);
  CHECK(cache.put(nullptr, "key", buffer, 1) == KALON_INVALID_ARGUMENT);
  CHECK(cache.get(table, "key", nullptr, 3, &size) == KALON_INVALID_ARGUMENT);
  CHECK(cache.get(table, "key", buffer, 3, nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(cache.remove(table, "key") == KALON_OK);
  CHECK(cache.remove(table, "key") == KALON_OK);
  CHECK(cache.get(table, "key", nullptr, 0, &size) == KALON_NOT_FOUND);
  CHECK(std::filesystem::is_directory(home / "kalon/plugins/test.plugin"));
}
