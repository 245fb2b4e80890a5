#pragma once
// What other threads want to have done on the main thread.

#include <functional>
#include <mutex>
#include <vector>

namespace kalon::viewer {

class MainQueue {
 public:
  // wake: called on the posting thread after each post, so that a waiting main loop looks. [any]
  explicit MainQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(std::function<void()> work) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(work));
    }
    wake_();
  }

  // Runs what was posted, in order; false when there was nothing. [main]
  bool run() {
    std::vector<std::function<void()>> work;
    {
      std::lock_guard lock(mutex_);
      work.swap(waiting_);
    }
    for (const auto &one : work) one();
    return !work.empty();
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace kalon::viewer
