// A program of others on top of the engine: everything that kalon.hpp promises, through the installed headers and the
// engine's file alone. Built as C++17 and as C++20. Arguments: the engine, a folder of pictures, how many there are, a
// folder for the library. The listing of the folder must be longer than a task keeps for its reader (1 MiB).
#include <kalon/kalon.hpp>

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#if __cplusplus >= 202002L
#include <ranges>
#endif

// Clang before 16 cannot compile the views of GCC's library.
#if __cplusplus >= 202002L && !(defined(__clang__) && __clang_major__ < 16)
#define HOST_API_VIEWS
#endif

using namespace kalon::host;

#define CHECK(condition) \
  ((condition) ? void() : (std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), std::exit(1)))

#if __cplusplus >= 202002L
static_assert(std::ranges::input_range<Rows>);
static_assert(std::is_same_v<std::ranges::range_value_t<Rows>, std::string_view>);
#endif
static_assert(std::is_same_v<std::iterator_traits<Rows::Iterator>::iterator_category, std::input_iterator_tag>);

namespace {

struct World {
  Engine engine;
  std::string pictures;
  size_t count;
  std::string library;
};

// The status of what body throws; ok when it throws nothing.
template <class Body>
kalon_status thrown(Body body, std::string *text = nullptr) {
  try {
    body();
  } catch (const Failure &failure) {
    if (text) *text = failure.what();
    return failure.status();
  }
  return KALON_OK;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void the_engine_tells_of_itself(const World &world) {
  auto methods = world.engine.methods();
  for (const char *name : {"index", "list", "sort", "models"})
    CHECK(std::count(methods.begin(), methods.end(), name) == 1);
  CHECK(std::none_of(methods.begin(), methods.end(), [](const std::string &name) { return name.empty(); }));
  CHECK(!world.engine.version().empty());
  CHECK(world.engine.status_name(KALON_CORRUPT_DATA) == "corrupt_data");
  CHECK(thrown([&] { world.engine.extension<kalon_rpc_api>("kalon.nothing/1"); }) == KALON_UNSUPPORTED);
  CHECK(thrown([] { Engine::load("/no/such/libkalon.so", "host_api", "1"); }) == KALON_MISSING_FEATURE);
  CHECK(thrown([&] { world.engine.configure(R"({"threds":1})"); }) == KALON_INVALID_ARGUMENT);
}

void a_method_in_one_call(const World &world) {
  Library library(world.engine, world.library, true);
  auto indexed = run(world.engine, library, "index", R"({"paths":[)" + json_string(file_uri(world.pictures)) + "]}");
  CHECK(indexed.status == KALON_OK);
  CHECK(indexed.rows.empty());
  CHECK(contains(indexed.summary, "\"found\":" + std::to_string(world.count)));
  auto listed = run(world.engine, library, "list", R"({"limit":5})");
  CHECK(listed.rows.size() == 5);
  CHECK(run(world.engine, nullptr, "models").rows.size() >= 1);
}

void rows_as_a_range(const World &world) {
  Library library(world.engine, world.library, false);
  Task task(world.engine, library, "list");
  size_t rows = 0;
  for (std::string_view row : task.rows()) {
    CHECK(row.size() > 2 && row.front() == '{' && row.back() == '}' && !contains(row, "\n"));
    CHECK(contains(row, "\"uri\":\"file:///"));
    ++rows;
  }
  CHECK(rows == world.count);
  CHECK(task.ended() && task.finish().first == KALON_OK);
  for (std::string_view row : task.rows()) CHECK(row.empty());  // there are no more
#ifdef HOST_API_VIEWS
  Task again(world.engine, library, "list");
  rows = 0;
  for (std::string_view row : again.rows() | std::views::filter([](auto r) { return contains(r, "0007-"); })) {
    CHECK(contains(row, "0007-"));
    ++rows;
  }
  CHECK(rows == 1);
#endif
}

void progress_on_the_way(const World &world) {
  Library library(world.engine, world.library, false);
  Task task(world.engine, library, "list");
  int looks = 0;
  size_t rows = 0;
  auto watch = [&](const kalon_task_progress &progress) {
    CHECK(progress.size == sizeof progress && progress.seconds >= 0);
    ++looks;
  };
  for (std::string_view row : task.rows(std::chrono::milliseconds(1), watch)) {
    if (rows++ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(!row.empty());
    CHECK(task.progress().size == sizeof(kalon_task_progress));
  }
  CHECK(looks >= 1);
  CHECK(rows == world.count);
}

void failures(const World &world) {
  Library library(world.engine, world.library, false);
  std::string text;
  CHECK(thrown([&] { Task(world.engine, library, "no_such_method"); }, &text) == KALON_INVALID_ARGUMENT);
  CHECK(contains(text, "no_such_method"));
  CHECK(thrown([&] { Task(world.engine, library, "list", "{"); }) == KALON_INVALID_ARGUMENT);
  CHECK(thrown([&] { Task(world.engine, nullptr, "list"); }) == KALON_INVALID_ARGUMENT);
  // What is only found at work ends the range, with what it was about.
  std::string strange = world.pictures + "/not \"here\"\t\\ \xf0\x9f\x98\x80.png";
  auto parameters = R"({"paths":[)" + json_string(strange) + "]}";
  Task task(world.engine, library, "list", parameters);
  auto status = thrown(
      [&] {
        for ([[maybe_unused]] auto row : task.rows()) CHECK(false);
      },
      &text);
  CHECK(status != KALON_OK && status == task.progress().status);
  CHECK(contains(text, strange));
  CHECK(contains(task.result(), "\"status\":"));
  CHECK(thrown([&] { task.finish(); }) == status);
  CHECK(thrown([&] { run(world.engine, library, "list", parameters); }) == status);
  CHECK(thrown([&] { Library(world.engine, world.library + "/not here", false); }) == KALON_NOT_FOUND);
}

void cancelled_in_the_middle(const World &world) {
  Library library(world.engine, world.library, false);
  Task task(world.engine, library, "list");
  CHECK(thrown([&] { task.result(); }) == KALON_BUSY);  // it waits for its reader
  size_t rows = 0;
  auto status = thrown([&] {
    for ([[maybe_unused]] std::string_view row : task.rows())
      if (++rows == 3) task.cancel();
  });
  CHECK(status == KALON_CANCELLED);
  CHECK(rows >= 3 && rows < world.count);
  task.cancel();  // once more does nothing
}

void given_up_early(const World &world) {
  auto library = std::make_unique<Library>(world.engine, world.library, false);
  auto task = std::make_unique<Task>(world.engine, *library, "list");
  Task never_read(world.engine, *library, "list");
  library.reset();  // tasks keep it open
  for (std::string_view row : task->rows())
    if (!row.empty()) break;
  size_t rest = 0;
  for ([[maybe_unused]] auto row : task->rows())
    if (++rest == 3) break;  // goes on where the last one was left
  CHECK(rest == 3);
  Task moved = std::move(*task);
  task.reset();
  for ([[maybe_unused]] auto row : moved.rows()) ++rest;
  CHECK(rest == world.count - 1);
}

void two_at_once(const World &world) {
  Library library(world.engine, world.library, false), again(world.engine, world.library, false);
  Task first(world.engine, library, "list"), second(world.engine, again, "list");
  auto left = first.rows(), right = second.rows();
  auto at = left.begin(), other = right.begin();
  size_t rows = 0;
  for (; at != left.end() && other != right.end(); ++at, ++other, ++rows) CHECK(*at == *other);
  CHECK(rows == world.count && at == left.end() && other == right.end());
}

void from_a_main_loop(const World &world) {
  Library library(world.engine, world.library, false);
  Task task(world.engine, library, "list");
  size_t rows = 0;
  for (bool ended = false; !ended;) {
    pollfd waiting{task.event_fd(), POLLIN, 0};
    CHECK(::poll(&waiting, 1, 60'000) == 1);
    ended = task.pump(0, [&](std::string_view row) { rows += !row.empty(); });
  }
  CHECK(rows == world.count);
  CHECK(task.finish().first == KALON_OK);
}

void pictures_as_pixels(const World &world) {
  const auto file = file_uri(world.pictures + "/0000-of-its-own.png");
  auto library = std::make_unique<Library>(world.engine, world.library, false);
  Picture small(world.engine, library.get(), file, 48), whole(world.engine, nullptr, file, 0);
  Picture cached(world.engine, library.get(), file, 0, KALON_PICTURE_CACHED_ONLY);
  library.reset();  // pictures need it no more
  CHECK(small.width() == 48 && small.height() == 32 && small.full_width() == 96 && small.full_height() == 64);
  CHECK(small.from_cache() && cached.from_cache() && !whole.from_cache());
  CHECK(whole.width() == 96 && whole.height() == 64 && cached.width() == 96);
  Picture moved = std::move(whole);
  const auto pixels = moved.rgba();
  CHECK(pixels.size() == 96 * 64 * 4);
  std::array<uint8_t, 4> last{};
  moved.copy(95, 63, 1, 1, 4, last.data(), 4, last.size());
  CHECK(std::equal(last.begin(), last.end(), pixels.end() - 4));
  CHECK(thrown([&] { moved.copy(96, 0, 1, 1, 4, last.data(), 4, last.size()); }) == KALON_INVALID_ARGUMENT);
  std::string text;
  CHECK(thrown([&] { Picture(world.engine, nullptr, "/no such file.png", 0); }, &text) == KALON_NOT_FOUND);
  CHECK(contains(text, "/no such file.png"));
  CHECK(thrown([&] { Picture(world.engine, nullptr, file, 0, KALON_PICTURE_CACHED_ONLY); }) == KALON_NOT_FOUND);
  auto older = world.engine;
  older.pictures = nullptr;
  CHECK(thrown([&] { Picture(older, nullptr, file, 0); }) == KALON_UNSUPPORTED);
}

// An engine that gives few bytes at a time, none at first, and ends while its rows wait: what comes late is not lost.
namespace late {

std::string_view left;
int reads;

const kalon_task_api api = {
    [](kalon_library *, const char *, const char *, kalon_task **out, kalon_text *) -> kalon_status {
      left = "{\"a\":1}\n{}\n{\"b\":\"long\"}\n";
      reads = 0;
      *out = reinterpret_cast<kalon_task *>(&reads);
      return KALON_OK;
    },
    [](kalon_task *, kalon_task_progress *out) -> kalon_status {
      out->state = reads == 0 ? KALON_TASK_RUNNING : KALON_TASK_ENDED;
      return KALON_OK;
    },
    [](kalon_task *) {},
    [](kalon_task *) -> int32_t { return -1; },
    [](kalon_task *, char *buffer, uint64_t, uint64_t *size) -> kalon_status {
      *size = reads++ == 0 ? 0 : std::min<size_t>(left.size(), 3);
      left.copy(buffer, static_cast<size_t>(*size));
      left.remove_prefix(static_cast<size_t>(*size));
      return KALON_OK;
    },
    [](kalon_task *, int64_t) -> kalon_status { return KALON_OK; },
    [](kalon_task *, char *buffer, uint64_t capacity, uint64_t *size) -> kalon_status {
      *size = std::string_view("{}").copy(buffer, static_cast<size_t>(capacity));
      return KALON_OK;
    },
    [](kalon_task *) {},
};

}  // namespace late

void rows_that_come_late_and_in_pieces(const World &world) {
  auto engine = world.engine;
  engine.task = &late::api;
  std::vector<std::string> expected = {"{\"a\":1}", "{}", "{\"b\":\"long\"}"}, pumped;
  CHECK(run(engine, nullptr, "any").rows == expected);
  Task task(engine, nullptr, "any");
  while (!task.pump(0, [&](std::string_view row) { pumped.emplace_back(row); })) {
  }
  CHECK(pumped == expected);
}

void the_little_json() {
  CHECK(json_string("a\"b\\c\n\x01\xc3\xa9") == "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\"");
  CHECK(file_uri("/a b/\xc3\xa9\xff") == "file:///a%20b/%C3%A9%FF");
  const char *object =
      R"({"a":{"message":"inner"},"list":["message","x"],"b":"message","message":"\u00e9\ud83d\ude00\n\"\/\\","n":1})";
  CHECK(detail::text_member(object, "message") == "\xc3\xa9\xf0\x9f\x98\x80\n\"/\\");
  CHECK(detail::text_member(object, "n").empty());
  CHECK(detail::text_member(object, "inner").empty());
  std::string_view whole = object;
  for (size_t cut = 0; cut <= whole.size(); ++cut) detail::text_member(std::string(whole.substr(0, cut)), "message");
}

}  // namespace

int main(int count, char **arguments) {
  CHECK(count == 5);
  auto engine = Engine::load(arguments[1], "host_api", "1.0");
  engine.configure(R"({"threads":2})");
  World world{engine, arguments[2], static_cast<size_t>(std::atoi(arguments[3])), arguments[4]};
  the_little_json();
  rows_that_come_late_and_in_pieces(world);
  the_engine_tells_of_itself(world);
  a_method_in_one_call(world);
  rows_as_a_range(world);
  progress_on_the_way(world);
  failures(world);
  cancelled_in_the_middle(world);
  given_up_early(world);
  two_at_once(world);
  from_a_main_loop(world);
  pictures_as_pixels(world);
}
