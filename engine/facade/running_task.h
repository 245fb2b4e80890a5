#pragma once
// A method at work on its own thread: rows out through a bounded buffer, progress, cancellation, an event descriptor.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/task.h"

namespace kalon {

// Where a method puts its rows: one JSON object each, without a newline. Waits while nobody reads; throws cancelled
// once the task was cancelled. [worker]
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void row(std::string_view json) = 0;
  // Several, each with its newline: whoever reads a listing is not woken for each of its rows.
  virtual void rows(std::string_view lines);
};

class RunningTask : private RowSink {
 public:
  // What a method gives back when it ends: its status (ok or partial) and the summary as a JSON object.
  struct Ending {
    Status status = Status::ok;
    std::string summary = "{}";
  };
  using Body = std::function<Ending(Task &, RowSink &)>;

  explicit RunningTask(Body body);
  ~RunningTask() override;  // cancels and waits
  RunningTask(const RunningTask &) = delete;
  RunningTask &operator=(const RunningTask &) = delete;

  const Task &task() const { return task_; }
  double seconds() const;
  bool ended() const;
  Status status() const;  // once ended
  void cancel();
  int event_descriptor() const { return event_; }
  size_t read(char *buffer, size_t capacity);
  bool wait(int64_t milliseconds);  // false: neither rows nor the end came in time
  std::string summary() const;      // once ended

 private:
  void row(std::string_view json) override { append(json, "\n"); }
  void rows(std::string_view lines) override { append(lines, {}); }
  void append(std::string_view text, std::string_view end);
  void run(const Body &body);
  void signal() const;

  Task task_;
  int event_;
  double started_, finished_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string rows_;
  size_t read_from_ = 0;
  bool ended_ = false;
  Ending ending_;
  std::thread thread_;
};

}  // namespace kalon
