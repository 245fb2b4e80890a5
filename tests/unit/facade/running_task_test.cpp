// A method at work on a thread of its own. Nothing here depends on how fast it is: every wait is for something that
// must come, or is known not to come.
#include <catch2/catch.hpp>

#include <poll.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <limits>
#include <stdexcept>

#include "facade/running_task.h"

using namespace kalon;

namespace {

using Ending = RunningTask::Ending;

bool readable(const RunningTask &task, int milliseconds = 0) {
  pollfd waiting{task.event_descriptor(), POLLIN, 0};
  return ::poll(&waiting, 1, milliseconds) == 1 && (waiting.revents & POLLIN);
}

void wait_for_end(RunningTask &task) {
  while (!task.ended()) std::this_thread::yield();
}

// Everything until the end, in pieces of this size.
std::string read_all(RunningTask &task, size_t piece = 4096) {
  std::string all, buffer(piece, '\0');
  while (true) {
    task.wait(-1);
    bool ended = task.ended();
    size_t size = task.read(buffer.data(), buffer.size());
    all.append(buffer, 0, size);
    if (size == 0 && ended) return all;
  }
}

// A gate that the test opens.
struct Gate {
  std::atomic<bool> open{false};
  void wait() const {
    while (!open) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("rows arrive in order, each on a line, however they are read", "[facade]") {
  for (size_t piece : {size_t{1}, size_t{7}, size_t{4096}, size_t{1} << 22}) {
    CAPTURE(piece);
    int rows = piece == 1 ? 2000 : 50000;
    RunningTask task([&](Task &, RowSink &sink) {
      for (int i = 0; i < rows; ++i) sink.row(std::to_string(i));
      return Ending{Status::ok, "{\"rows\":1}"};
    });
    std::string expected;
    for (int i = 0; i < rows; ++i) expected += std::to_string(i) + "\n";
    CHECK(read_all(task, piece) == expected);
    CHECK(task.status() == Status::ok);
    CHECK(task.summary() == "{\"rows\":1}");
  }
}

TEST_CASE("rows that nobody reads make the method wait", "[facade]") {
  std::atomic<uint64_t> given{0};
  std::string row(1000, 'x');
  {
    RunningTask task([&](Task &, RowSink &sink) {
      for (int i = 0; i < 100000; ++i) {
        sink.row(row);
        ++given;
      }
      return Ending{};
    });
    // It comes to a stand: about a MiB of the 100 MB is taken, and the rest only as it is read.
    uint64_t before;
    do {
      before = given;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    } while (given != before || given == 0);
    CHECK(given < 3000);
    CHECK_FALSE(task.ended());
    std::string buffer(500 * 1001, '\0');
    CHECK(task.read(buffer.data(), buffer.size()) == buffer.size());
    while (given == before) std::this_thread::yield();  // it goes on
  }
  CHECK(given < 100000);  // ended by the destructor, at the next row
}

TEST_CASE("a row longer than the buffer passes", "[facade]") {
  std::string row(5 << 20, 'y');
  RunningTask task([&](Task &, RowSink &sink) {
    sink.row(row);
    sink.row(row);
    return Ending{};
  });
  CHECK(read_all(task, 1 << 16) == row + "\n" + row + "\n");
}

TEST_CASE("a task that waits for its reader can be cancelled", "[facade]") {
  std::string row(2 << 20, 'x');  // fills the buffer alone
  Gate full;
  std::atomic<bool> passed{false};
  RunningTask task([&](Task &, RowSink &sink) {
    sink.row(row);
    full.open = true;
    sink.row("one too many");
    passed = true;
    return Ending{};
  });
  full.wait();
  task.cancel();
  wait_for_end(task);
  CHECK_FALSE(passed);
  CHECK(task.status() == Status::cancelled);
  auto summary = nlohmann::json::parse(task.summary());
  CHECK(summary["status"] == "cancelled");
  // What it gave before is still there.
  CHECK(read_all(task, 1 << 16) == row + "\n");
}

TEST_CASE("the descriptor is readable while rows wait and once the task has ended", "[facade]") {
  Gate rows, end;
  RunningTask task([&](Task &, RowSink &sink) {
    rows.wait();
    sink.row("1");
    sink.row("2");
    end.wait();
    return Ending{};
  });
  CHECK_FALSE(readable(task));
  CHECK_FALSE(task.wait(0));
  rows.open = true;
  CHECK(readable(task, -1));
  CHECK(task.wait(-1));
  std::string buffer(3, '\0');
  CHECK(task.read(buffer.data(), 1) == 1);
  CHECK(readable(task));  // not all was taken
  std::string got = buffer.substr(0, 1);
  while (got.size() < 4) got.append(buffer, 0, task.read(buffer.data(), buffer.size()));
  CHECK(got == "1\n2\n");
  CHECK_FALSE(readable(task));
  CHECK(task.read(buffer.data(), buffer.size()) == 0);
  CHECK_FALSE(task.wait(1));
  end.open = true;
  CHECK(readable(task, -1));
  CHECK(task.wait(-1));
  CHECK(task.ended());
  CHECK(task.read(buffer.data(), buffer.size()) == 0);
  CHECK(readable(task));  // for good
}

TEST_CASE("rows that were left at the end can still be read", "[facade]") {
  RunningTask task([&](Task &, RowSink &sink) {
    sink.row("a");
    return Ending{Status::partial, "{}"};
  });
  wait_for_end(task);
  CHECK(readable(task));
  char buffer[8];
  CHECK(task.read(buffer, sizeof buffer) == 2);
  CHECK(readable(task));
  CHECK(task.status() == Status::partial);
}

TEST_CASE("a failure is summed up with its status, message and context", "[facade]") {
  RunningTask task(
      [](Task &, RowSink &) -> Ending { throw Error(Status::corrupt_data, "is cut \"short\"", "/a\xff.jpg"); });
  wait_for_end(task);
  CHECK(task.status() == Status::corrupt_data);
  auto summary = nlohmann::json::parse(task.summary());
  CHECK(summary["status"] == "corrupt_data");
  CHECK(summary["message"] == "is cut \"short\"");
  CHECK(summary["context"] == "/a\xef\xbf\xbd.jpg");
}

TEST_CASE("whatever a method throws ends in the summary", "[facade]") {
  auto status_of = [](RunningTask::Body body) {
    RunningTask task(std::move(body));
    wait_for_end(task);
    CHECK(nlohmann::json::parse(task.summary()).contains("message"));
    return task.status();
  };
  CHECK(status_of([](Task &, RowSink &) -> Ending { throw std::runtime_error("odd"); }) == Status::internal);
  CHECK(status_of([](Task &, RowSink &) -> Ending { throw std::bad_alloc(); }) == Status::out_of_memory);
  CHECK(status_of([](Task &, RowSink &) -> Ending { throw 7; }) == Status::internal);
}

TEST_CASE("a cancelled task takes no more rows, even where there is room", "[facade]") {
  Gate cancelled;
  RunningTask task([&](Task &, RowSink &sink) {
    cancelled.wait();
    sink.row("never");
    return Ending{};
  });
  task.cancel();
  cancelled.open = true;
  CHECK(read_all(task).empty());
  CHECK(task.status() == Status::cancelled);
}

TEST_CASE("waits of any length are understood", "[facade]") {
  Gate gate;
  RunningTask task([&](Task &, RowSink &) {
    gate.wait();
    return Ending{};
  });
  CHECK_FALSE(task.wait(0));
  std::thread opener([&] { gate.open = true; });
  CHECK(task.wait(std::numeric_limits<int64_t>::max()));  // centuries, not an overflow that ends at once
  opener.join();
  CHECK(task.ended());
}

TEST_CASE("progress and the time of the run can be watched", "[facade]") {
  Gate gate;
  RunningTask task([&](Task &work, RowSink &) {
    work.phase("place", 10);
    work.advance(3);
    gate.wait();
    return Ending{};
  });
  while (task.task().done() != 3) std::this_thread::yield();
  CHECK(task.task().total() == 10);
  CHECK(std::string(task.task().phase()) == "place");
  CHECK(task.seconds() >= 0);
  gate.open = true;
  wait_for_end(task);
  double seconds = task.seconds();
  CHECK(task.seconds() == seconds);  // stands still
}
