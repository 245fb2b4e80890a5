// The tables of kalon.h as a host meets them, wrong uses included.
#include <catch2/catch.hpp>

#include <kalon/kalon.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstring>

#include "base/text.h"
#include "facade/methods.h"
#include "temporary_folder.h"

using nlohmann::json;

namespace {

template <class Api>
const Api &table(const char *id) {
  const auto *found = kalon_engine_entry.get_factory(id);
  REQUIRE(found);
  return *static_cast<const Api *>(found);
}
const kalon_engine_api &engine() {
  return table<kalon_engine_api>(KALON_ENGINE);
}
const kalon_library_api &libraries() {
  return table<kalon_library_api>(KALON_LIBRARY);
}
const kalon_task_api &tasks() {
  return table<kalon_task_api>(KALON_TASK);
}

struct Text {
  std::array<char, 300> buffer{};
  kalon_text text{buffer.data(), buffer.size()};
  std::string str() const { return buffer.data(); }
};

// Runs a method to its end; its rows, its summary, its status.
struct Run {
  std::vector<json> rows;
  json summary;
  kalon_status status = KALON_OK;

  Run(kalon_library *library, const char *method, const json &parameters) {
    Text text;
    kalon_task *task = nullptr;
    auto started = tasks().start(library, method, parameters.dump().c_str(), &task, &text.text);
    INFO(text.str());
    REQUIRE(started == KALON_OK);
    std::string lines;
    while (true) {
      REQUIRE(tasks().wait(task, -1) == KALON_OK);
      kalon_task_progress progress{};
      progress.size = sizeof progress;
      REQUIRE(tasks().progress(task, &progress) == KALON_OK);
      char buffer[100];
      uint64_t size = 0;
      REQUIRE(tasks().read(task, buffer, sizeof buffer, &size) == KALON_OK);
      lines.append(buffer, size);
      if (size == 0 && progress.state == KALON_TASK_ENDED) {
        status = progress.status;
        break;
      }
    }
    uint64_t size = 0;
    REQUIRE(tasks().result(task, nullptr, 0, &size) == KALON_OK);
    std::string whole(size, '\0');
    REQUIRE(tasks().result(task, whole.data(), size, &size) == KALON_OK);
    summary = json::parse(whole);
    tasks().close(task);
    for (size_t at = 0, end; (end = lines.find('\n', at)) != std::string::npos; at = end + 1)
      rows.push_back(json::parse(lines.substr(at, end - at)));
  }
};

struct OpenedLibrary {
  TemporaryFolder folder;
  kalon_library *library = nullptr;
  OpenedLibrary() {
    Text text;
    REQUIRE(libraries().open((folder / "library").c_str(), KALON_ACCESS_WRITE, &library, &text.text) == KALON_OK);
  }
  ~OpenedLibrary() { libraries().close(library); }
};

}  // namespace

TEST_CASE("the entry names its contract and only its own factories", "[facade]") {
  CHECK(kalon_engine_entry.magic == KALON_ENTRY_MAGIC);
  CHECK(kalon_engine_entry.size == sizeof(kalon_entry));
  CHECK(kalon_engine_entry.abi_major == KALON_ABI_MAJOR);
  for (const char *id : {"", "kalon.task", "kalon.task/2", "kalon.model/1"})
    CHECK(kalon_engine_entry.get_factory(id) == nullptr);
  CHECK(kalon_engine_entry.get_factory(nullptr) == nullptr);
}

TEST_CASE("a host of another revision is turned away", "[facade]") {
  kalon_host host{};
  host.size = sizeof host;
  host.abi_major = KALON_ABI_MAJOR + 1;
  Text text;
  CHECK(kalon_engine_entry.init(&host, &text.text) == KALON_UNSUPPORTED);
  CHECK_FALSE(text.str().empty());
  CHECK(kalon_engine_entry.init(nullptr, nullptr) == KALON_INVALID_ARGUMENT);
  host.size = 4;
  CHECK(kalon_engine_entry.init(&host, nullptr) == KALON_INVALID_ARGUMENT);
}

TEST_CASE("the list of methods is written as far as it fits", "[facade]") {
  uint64_t size = 0;
  CHECK(engine().methods(nullptr, 0, &size) == KALON_OK);
  std::string whole(size, '#'), part(5, '#');
  CHECK(engine().methods(whole.data(), size, nullptr) == KALON_OK);
  CHECK(whole.starts_with("index\n"));
  CHECK(whole.ends_with("\n"));
  CHECK(static_cast<size_t>(std::count(whole.begin(), whole.end(), '\n')) == kalon::all_methods().size());
  uint64_t again = 0;
  CHECK(engine().methods(part.data(), 3, &again) == KALON_OK);
  CHECK(part == "ind##");
  CHECK(again == size);
}

TEST_CASE("texts of errors fit the caller's buffer and stay UTF-8", "[facade]") {
  std::string relative = "bild-\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
  for (uint64_t capacity = 0; capacity < 40; ++capacity) {
    std::string buffer(64, '#');
    kalon_text text{buffer.data(), capacity};
    kalon_library *library = nullptr;
    CHECK(libraries().open(relative.c_str(), KALON_ACCESS_WRITE, &library, &text) == KALON_INVALID_ARGUMENT);
    CHECK(library == nullptr);
    CHECK(buffer.find_first_not_of('#', capacity) == std::string::npos);
    if (capacity > 0) CHECK(kalon::valid_utf8(buffer.c_str()));
  }
  kalon_library *library = nullptr;
  CHECK(libraries().open("relative", KALON_ACCESS_WRITE, &library, nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(libraries().open("/somewhere", KALON_ACCESS_WRITE, nullptr, nullptr) == KALON_INVALID_ARGUMENT);
}

TEST_CASE("options that are wrong are refused and change nothing", "[facade]") {
  Text text;
  CHECK(engine().configure(R"({"threads":"many"})", &text.text) == KALON_INVALID_ARGUMENT);
  CHECK(text.str().find("threads") != std::string::npos);
  CHECK(engine().configure(R"({"log_level":"loud"})", &text.text) == KALON_INVALID_ARGUMENT);
  CHECK(engine().configure(R"({"threds":1})", &text.text) == KALON_INVALID_ARGUMENT);
  CHECK(engine().configure("[", nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(engine().configure(nullptr, nullptr) == KALON_OK);
}

TEST_CASE("a task that cannot start says why", "[facade]") {
  Text text;
  kalon_task *task = reinterpret_cast<kalon_task *>(8);
  CHECK(tasks().start(nullptr, "fly", "{}", &task, &text.text) == KALON_INVALID_ARGUMENT);
  CHECK(task == nullptr);
  CHECK(text.str().find("order_vectors") != std::string::npos);  // what there is
  CHECK(tasks().start(nullptr, "list", "{}", &task, &text.text) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().start(nullptr, "plugins", "[1]", &task, &text.text) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().start(nullptr, nullptr, "{}", &task, nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().start(nullptr, "plugins", "{}", nullptr, nullptr) == KALON_INVALID_ARGUMENT);
}

TEST_CASE("calls about no task are answered", "[facade]") {
  char buffer[4];
  uint64_t size = 0;
  kalon_task_progress progress{};
  progress.size = sizeof progress;
  CHECK(tasks().progress(nullptr, &progress) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().read(nullptr, buffer, 4, &size) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().wait(nullptr, 0) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().result(nullptr, buffer, 4, &size) == KALON_INVALID_ARGUMENT);
  CHECK(tasks().event_fd(nullptr) == -1);
  tasks().cancel(nullptr);
  tasks().close(nullptr);
  libraries().close(nullptr);
}

TEST_CASE("an empty library answers every question about itself", "[facade]") {
  OpenedLibrary opened;
  Run list(opened.library, "list", json::object());
  CHECK(list.status == KALON_OK);
  CHECK(list.rows.empty());
  CHECK(list.summary["more"] == false);
  CHECK(Run(opened.library, "list", {{"count", true}}).summary["count"] == 0);
  Run doctor(opened.library, "doctor", json::object());
  CHECK(doctor.status == KALON_OK);
  CHECK(doctor.summary["faults"] == 0);
  Run undo(opened.library, "undo", json::object());
  CHECK(undo.status == KALON_NOT_FOUND);
  CHECK(undo.summary["status"] == "not_found");
  Run info(opened.library, "info", {{"paths", {"/nowhere"}}});
  CHECK(info.status == KALON_NOT_FOUND);
  CHECK(info.summary["context"] == "/nowhere");
}

TEST_CASE("a wrong parameter of a method ends its task with the parameter's name", "[facade]") {
  OpenedLibrary opened;
  Run wrong(opened.library, "list", {{"limit", 0}});
  CHECK(wrong.status == KALON_INVALID_ARGUMENT);
  CHECK(wrong.summary["context"] == "parameter limit");
  Run unknown(opened.library, "list", {{"lmit", 1}});
  CHECK(unknown.status == KALON_INVALID_ARGUMENT);
  CHECK(unknown.summary["context"] == "parameter lmit");
}

TEST_CASE("progress fills as much as the caller knows", "[facade]") {
  OpenedLibrary opened;
  kalon_task *task = nullptr;
  REQUIRE(tasks().start(opened.library, "list", nullptr, &task, nullptr) == KALON_OK);
  while (tasks().wait(task, -1) != KALON_OK) continue;
  struct {
    kalon_task_progress known;
    char later[16];
  } newer;
  std::memset(&newer, 0x55, sizeof newer);
  newer.known.size = sizeof newer;
  CHECK(tasks().progress(task, &newer.known) == KALON_OK);
  CHECK(newer.known.size == sizeof newer);
  CHECK(newer.known.state == KALON_TASK_ENDED);
  CHECK(std::string(newer.later, 16) == std::string(16, '\0'));
  kalon_task_progress older;
  std::memset(&older, 0x55, sizeof older);
  older.size = offsetof(kalon_task_progress, done);
  CHECK(tasks().progress(task, &older) == KALON_OK);
  CHECK(older.state == KALON_TASK_ENDED);
  CHECK(older.done == 0x5555555555555555);  // not the caller's to be written
  tasks().close(task);
}

TEST_CASE("a task keeps its library open", "[facade]") {
  TemporaryFolder folder;
  kalon_library *library = nullptr;
  REQUIRE(libraries().open((folder / "library").c_str(), KALON_ACCESS_WRITE, &library, nullptr) == KALON_OK);
  kalon_task *task = nullptr;
  REQUIRE(tasks().start(library, "doctor", "{}", &task, nullptr) == KALON_OK);
  libraries().close(library);
  kalon_task_progress progress{};
  progress.size = sizeof progress;
  while (progress.state != KALON_TASK_ENDED) REQUIRE(tasks().progress(task, &progress) == KALON_OK);
  CHECK(progress.status == KALON_OK);
  tasks().close(task);
}

TEST_CASE("a library that is not there is not made by reading it", "[facade]") {
  TemporaryFolder folder;
  kalon_library *library = nullptr;
  Text text;
  CHECK(libraries().open((folder / "none").c_str(), KALON_ACCESS_READ, &library, &text.text) == KALON_NOT_FOUND);
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
}
