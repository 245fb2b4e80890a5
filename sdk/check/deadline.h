#pragma once
// A fault of a call that does not come back in time.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "process.h"

namespace kalon::check {

// Ends the check with this fault unless it is destroyed before the time is over.
class Deadline {
 public:
  Deadline(double seconds, const std::string &fault)
      : thread_([this, seconds, fault](std::stop_token stop) {
          std::unique_lock lock(mutex_);
          over_.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
          if (!stop.stop_requested()) end_with_fault(fault);
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

// What a plugin may take to notice that a call was cancelled.
constexpr double soon = 3;

}  // namespace kalon::check
