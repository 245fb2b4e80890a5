#include "facade/running_task.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/clock.h"
#include "base/text.h"

namespace kalon {
namespace {

// Rows that may wait for their reader; enough for a page of a listing without a switch of threads for each row.
constexpr size_t buffered_bytes = 1 << 20;
constexpr int64_t longest_wait = int64_t{100} * 365 * 24 * 3600 * 1000;  // milliseconds

std::string failure_summary(const Outcome &outcome, const std::string &context) {
  std::string json = "{\"status\":";
  append_json_string(json, status_name(outcome.status));
  json += ",\"message\":";
  append_json_string(json, outcome.text);
  json += ",\"context\":";
  append_json_string(json, context);
  return json + "}";
}

}  // namespace

RunningTask::RunningTask(Body body) : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), started_(monotonic_seconds()) {
  if (event_ < 0) throw system_error(errno, "cannot make an event descriptor", "task");
  try {
    thread_ = std::thread([this, body = std::move(body)] { run(body); });
  } catch (...) {
    ::close(event_);
    throw;
  }
}

RunningTask::~RunningTask() {
  cancel();
  thread_.join();
  ::close(event_);
}

void RunningTask::run(const Body &body) {
  Ending ending;
  TaskOfThread scope(task_);
  try {
    ending = body(task_, *this);
  } catch (const Error &error) {
    ending = {error.status(), failure_summary({error.status(), error.message()}, error.context())};
  } catch (...) {
    auto outcome = outcome_of_current_exception();
    ending = {outcome.status, failure_summary(outcome, {})};
  }
  std::lock_guard lock(mutex_);
  ending_ = std::move(ending);
  ended_ = true;
  finished_ = monotonic_seconds();
  signal();
  changed_.notify_all();
}

void RunningTask::signal() const {
  uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(event_, &one, sizeof one);
}

void RowSink::rows(std::string_view lines) {
  while (!lines.empty()) {
    auto end = std::min(lines.find('\n'), lines.size());
    row(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void RunningTask::append(std::string_view text, std::string_view end) {
  if (text.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return rows_.size() - read_from_ < buffered_bytes || task_.cancelled(); });
  task_.throw_if_cancelled();
  bool was_empty = rows_.size() == read_from_;
  rows_.append(text).append(end);
  if (was_empty) {
    signal();
    changed_.notify_all();
  }
}

size_t RunningTask::read(char *buffer, size_t capacity) {
  std::lock_guard lock(mutex_);
  size_t size = std::min(capacity, rows_.size() - read_from_);
  std::memcpy(buffer, rows_.data() + read_from_, size);
  read_from_ += size;
  if (read_from_ == rows_.size()) {
    rows_.clear();
    read_from_ = 0;
    if (!ended_) {
      uint64_t count;
      [[maybe_unused]] auto drained = ::read(event_, &count, sizeof count);
    }
  } else if (read_from_ > buffered_bytes) {
    rows_.erase(0, read_from_);
    read_from_ = 0;
  }
  changed_.notify_all();
  return size;
}

bool RunningTask::wait(int64_t milliseconds) {
  std::unique_lock lock(mutex_);
  auto ready = [&] { return ended_ || rows_.size() > read_from_; };
  if (milliseconds < 0) {
    changed_.wait(lock, ready);
    return true;
  }
  // The library counts nanoseconds, which longer waits would overflow.
  return changed_.wait_for(lock, std::chrono::milliseconds(std::min(milliseconds, longest_wait)), ready);
}

void RunningTask::cancel() {
  task_.cancel();
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

double RunningTask::seconds() const {
  std::lock_guard lock(mutex_);
  return (ended_ ? finished_ : monotonic_seconds()) - started_;
}

bool RunningTask::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

Status RunningTask::status() const {
  std::lock_guard lock(mutex_);
  return ending_.status;
}

std::string RunningTask::summary() const {
  std::lock_guard lock(mutex_);
  return ending_.summary;
}

}  // namespace kalon
