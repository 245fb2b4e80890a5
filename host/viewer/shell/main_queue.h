#pragma once
// What other threads want to have done on the main thread.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

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

  // Waits until little is left to do, so that a thread that posts much runs ahead of the main thread by little; but not
  // for long, since the main thread may wait for that thread. [any but main]
  void wait_for_room() {
    constexpr size_t little = 4;
    constexpr auto longest = std::chrono::milliseconds(100);
    std::unique_lock lock(mutex_);
    taken_.wait_for(lock, longest, [&] { return waiting_.size() < little; });
  }

  // Runs what was posted, in order, until nothing is left or the time is over; at least one of them. False when there
  // was nothing. [main]
  bool run(std::chrono::steady_clock::duration time) {
    auto end = std::chrono::steady_clock::now() + time;
    bool worked = false;
    while (auto work = next()) {
      work();
      worked = true;
      if (std::chrono::steady_clock::now() >= end) break;
    }
    return worked;
  }

  bool empty() const {
    std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

 private:
  std::function<void()> next() {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    taken_.notify_all();
    return work;
  }

  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable taken_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace kalon::viewer
