#include "plugin/worker_pool.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr double first_pause_seconds = .02;
constexpr double longest_pause_seconds = 2, longest_trusted_pause_seconds = .25;
constexpr int failures_to_quarantine = 3;
// Where the plugin works with a plain picture: some are at fault themselves, but not all of them.
constexpr int bad_pictures_to_quarantine = 8;
constexpr int most_starts = 3;

}  // namespace

WorkerPool::WorkerPool(WorkerProgram program, bool trusted, Quarantine quarantine)
    : program_(std::move(program)), trusted_(trusted), quarantine_(std::move(quarantine)) {
  if (!trusted_)
    if (auto reason = quarantine_.reason(program_.plugin, program_.file)) {
      reason_ = *reason;
      noted_ = true;
    }
}

const std::string &WorkerPool::reason() {
  if (noted_ && !quarantine_.reason(program_.plugin, program_.file)) {
    noted_ = false;
    reason_.clear();
    losses_ = failures_ = 0;
  }
  return reason_;
}

std::unique_ptr<WorkerProcess> WorkerPool::take() {
  std::vector<std::unique_ptr<WorkerProcess>> dead;  // cleared away without the mutex
  for (int start = 1;; ++start) {
    double pause = 0;
    uint64_t generation = 0;
    {
      std::lock_guard lock(mutex_);
      if (!reason().empty())
        throw Error(
            Status::missing_feature,
            "is in quarantine: " + reason_ + ". `kalon plugins release " + program_.plugin + "` lets it work again",
            "plugin " + program_.plugin);
      while (!idle_.empty()) {
        auto worker = std::move(idle_.back());
        idle_.pop_back();
        // One that died meanwhile is no fault of the next request.
        if (worker->idles()) return worker;
        dead.push_back(std::move(worker));
      }
      pause = next_start_ - monotonic_seconds();
      generation = generation_;
    }
    if (pause > 0) std::this_thread::sleep_for(std::chrono::duration<double>(pause));
    try {
      auto worker = std::make_unique<WorkerProcess>(program_);
      worker->generation = generation;
      return worker;
    } catch (const WorkerLost &error) {
      lost();
      // What hangs at its start is not asked again: that takes minutes.
      if (start < most_starts && error.status() != Status::timeout) continue;
      request_failed(error.message(), Fault::at_the_start);
      throw Error(Status::missing_feature, "cannot be started: " + error.message(), "plugin " + program_.plugin);
    }
  }
}

void WorkerPool::give_back(std::unique_ptr<WorkerProcess> worker) {
  if (worker->lost()) return;
  std::lock_guard lock(mutex_);
  // As many for a host's own threads as for the engine's: starting one takes longer than decoding a picture.
  if (worker->generation == generation_ && static_cast<int>(idle_.size()) < 2 * thread_budget())
    idle_.push_back(std::move(worker));
}

void WorkerPool::renew() {
  std::vector<std::unique_ptr<WorkerProcess>> old;  // ended without the mutex
  std::lock_guard lock(mutex_);
  ++generation_;
  old.swap(idle_);
}

void WorkerPool::attempt(Request request, const std::function<void(bool again)> &body,
                         const std::function<bool()> &is_well) {
  try {
    try {
      body(false);
    } catch (const WorkerLost &error) {
      lost();
      log(LogLevel::info, "plugin " + program_.plugin + ": " + error.message() + "; the request is tried once more");
      body(true);
    }
  } catch (const WorkerLost &error) {
    lost();
    request_failed(error.message(), is_well && is_well() ? Fault::of_the_picture : Fault::of_the_plugin);
    throw Error(error.status(), "twice, " + error.message(), "plugin " + program_.plugin);
  }
  if (request == Request::whole) request_succeeded();
}

void WorkerPool::lost() {
  std::lock_guard lock(mutex_);
  double pause = first_pause_seconds * std::exp2(std::min(losses_, 10));
  next_start_ = monotonic_seconds() + std::min(pause, trusted_ ? longest_trusted_pause_seconds : longest_pause_seconds);
  ++losses_;
}

void WorkerPool::request_failed(const std::string &why, Fault fault) {
  std::lock_guard lock(mutex_);
  if (trusted_ || !reason_.empty()) return;
  ++failures_;
  if (fault == Fault::of_the_picture) {
    losses_ = 0;  // it works, but for this
    if (failures_ < bad_pictures_to_quarantine) return;
  } else if (fault == Fault::of_the_plugin && failures_ < failures_to_quarantine) {
    return;
  }
  reason_ = fault == Fault::at_the_start
                ? "it cannot be started: " + why
                : std::to_string(failures_) + " requests in succession failed, the last because " + why;
  idle_.clear();
  noted_ = quarantine_.put(program_.plugin, program_.file, reason_);
  log(LogLevel::warning, "plugin " + program_.plugin + " is in quarantine: " + reason_ + ". `kalon plugins release " +
                             program_.plugin + "` lets it work again");
}

void WorkerPool::request_succeeded() {
  std::lock_guard lock(mutex_);
  losses_ = failures_ = 0;
}

std::string WorkerPool::quarantined() {
  std::lock_guard lock(mutex_);
  return reason();
}

void WorkerPool::forgive() {
  std::lock_guard lock(mutex_);
  reason_.clear();
  noted_ = false;
  losses_ = failures_ = 0;
}

}  // namespace kalon
