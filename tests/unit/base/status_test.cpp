// Errors, outcomes, tasks, the clock and the log. Dates are those of Python's datetime and of ISO 8601.
#include <catch2/catch.hpp>

#include <cerrno>
#include <limits>
#include <new>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/task.h"

using namespace kalon;

namespace {

template <class Thrown>
Outcome outcome_of(Thrown thrown) {
  try {
    throw thrown;
  } catch (...) {
    return outcome_of_current_exception();
  }
}

}  // namespace

TEST_CASE("every status has a name of its own that leads back to it", "[base]") {
  std::set<std::string_view> names;
  for (int32_t value = KALON_OK; value <= KALON_PARTIAL; ++value) {
    auto status = static_cast<Status>(value);
    CAPTURE(value, status_name(status));
    CHECK(status_from_name(status_name(status)) == status);
    names.insert(status_name(status));
  }
  CHECK(names.size() == KALON_PARTIAL + 1);
  // Names are part of what hosts see.
  CHECK(status_name(Status::ok) == "ok");
  CHECK(status_name(Status::missing_feature) == "missing_feature");
  CHECK(status_name(Status::corrupt_data) == "corrupt_data");
  CHECK(status_name(Status::internal) == "internal");
  CHECK(status_name(Status::not_found) == "not_found");
  CHECK(status_name(Status::partial) == "partial");
}

TEST_CASE("what is no status counts as internal", "[base]") {
  for (int32_t value : {-1, KALON_PARTIAL + 1, 1 << 30, std::numeric_limits<int32_t>::min()})
    CHECK(status_name(static_cast<Status>(value)) == "internal");
  for (const char *name : {"", "OK", "corrupt", "ok "}) CHECK(status_from_name(name) == Status::internal);
}

TEST_CASE("an error says what and about what", "[base]") {
  Error error(Status::io, "cannot open", "/a/b.jpg");
  CHECK(std::string(error.what()) == "/a/b.jpg: cannot open");
  CHECK(error.message() == "cannot open");
  CHECK(std::string(Error(Status::io, "cannot open").what()) == "cannot open");
}

TEST_CASE("errors of the system become statuses", "[base]") {
  for (auto [value, status] : {std::pair{ENOENT, Status::not_found},
                               {ENOTDIR, Status::not_found},
                               {EROFS, Status::read_only},
                               {ENOMEM, Status::out_of_memory},
                               {EACCES, Status::io},
                               {EIO, Status::io},
                               {ELOOP, Status::io}}) {
    CAPTURE(value);
    CHECK(system_error(value, "cannot open", "x").status() == status);
  }
  CHECK(system_error(EACCES, "cannot open", "x").message() == "cannot open: Permission denied");
  CHECK(system_error(ENOSPC, "cannot write", "x").message().find("free some space") != std::string::npos);
}

TEST_CASE("whatever is thrown becomes an outcome", "[base]") {
  auto own = outcome_of(Error(Status::corrupt_data, "cut short", "a.jpg"));
  CHECK(own.status == Status::corrupt_data);
  CHECK(own.text == "a.jpg: cut short");
  CHECK(outcome_of(std::bad_alloc()).status == Status::out_of_memory);
  CHECK(outcome_of(std::system_error(ENOENT, std::generic_category())).status == Status::not_found);
  CHECK(outcome_of(std::system_error(EROFS, std::system_category())).status == Status::read_only);
  CHECK(outcome_of(std::make_error_code(std::errc::io_error)).status == Status::internal);  // no exception class
  CHECK(outcome_of(std::runtime_error("odd")).text == "odd");
  CHECK(outcome_of(std::runtime_error("odd")).status == Status::internal);
  CHECK(outcome_of(7).status == Status::internal);
}

TEST_CASE("a task counts, begins phases anew, and is cancelled for good", "[base]") {
  Task task;
  CHECK(task.total() == 0);
  CHECK(std::string(task.phase()).empty());
  task.phase("scan");
  task.advance();
  task.advance(4);
  CHECK(task.done() == 5);
  task.phase("index", 9);
  CHECK(task.done() == 0);
  CHECK(task.total() == 9);
  task.set_total(11);
  CHECK(task.total() == 11);
  CHECK(std::string(task.phase()) == "index");
  CHECK_NOTHROW(task.throw_if_cancelled());
  task.cancel();
  task.phase("place", 3);
  CHECK(task.cancelled());
  try {
    task.throw_if_cancelled();
    FAIL("nothing was thrown");
  } catch (const Error &error) {
    CHECK(error.status() == Status::cancelled);
  }
}

TEST_CASE("a task loses no count among threads", "[base]") {
  Task task;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int step = 0; step < 10000; ++step) task.advance();
    });
  for (auto &thread : threads) thread.join();
  CHECK(task.done() == 40000);
}

TEST_CASE("times are written as ISO 8601 in UTC", "[base]") {
  CHECK(format_utc(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_utc(1) == "1970-01-01T00:00:00.000001Z");
  CHECK(format_utc(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_utc(-1000000) == "1969-12-31T23:59:59.000000Z");
  CHECK(format_utc(-1000001) == "1969-12-31T23:59:58.999999Z");
  CHECK(format_utc(951782400000000) == "2000-02-29T00:00:00.000000Z");     // a leap year of a century
  CHECK(format_utc(4107542400000000) == "2100-03-01T00:00:00.000000Z");    // and none
  CHECK(format_utc(-2208988800000000) == "1900-01-01T00:00:00.000000Z");   // the epoch of NTP (RFC 5905)
  CHECK(format_utc(-62135596800000000) == "0001-01-01T00:00:00.000000Z");  // datetime.min
  CHECK(format_utc(253402300799999999) == "9999-12-31T23:59:59.999999Z");  // datetime.max
  // The last microsecond of 64 bits, as PostgreSQL's documentation of timestamps has it.
  CHECK(format_utc(std::numeric_limits<int64_t>::max()) == "294247-01-10T04:00:54.775807Z");
  CHECK_FALSE(format_utc(std::numeric_limits<int64_t>::min()).empty());
}

TEST_CASE("tests can replace the clock", "[base]") {
  replace_clock([] { return int64_t{42}; });
  CHECK(now_microseconds() == 42);
  replace_clock({});
  CHECK(now_microseconds() > 1'700'000'000'000'000);  // after 2023
  double before = monotonic_seconds();
  CHECK(monotonic_seconds() >= before);
}

TEST_CASE("the log goes to the host that wants it, from the level it asks for", "[base]") {
  std::vector<std::pair<LogLevel, std::string>> lines;
  set_log_sink([&](LogLevel level, std::string_view text) { lines.emplace_back(level, text); });
  log(LogLevel::info, "too quiet");
  log(LogLevel::warning, "heard");
  set_log_level(LogLevel::debug);
  log(LogLevel::debug, "now too");
  set_log_level(LogLevel::error);
  log(LogLevel::warning, "no longer");
  set_log_level(LogLevel::warning);
  set_log_sink({});
  CHECK(lines ==
        std::vector<std::pair<LogLevel, std::string>>{{LogLevel::warning, "heard"}, {LogLevel::debug, "now too"}});
}
