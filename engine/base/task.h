#pragma once
// Progress and cancellation of long work.

#include <atomic>
#include <cstdint>

#include "base/error.h"

namespace kalon {

// Shared between the thread that works and those that watch. All members may be used from any thread.
class Task {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  const std::atomic<bool> &cancel_flag() const { return cancelled_; }
  void throw_if_cancelled() const {
    if (cancelled()) throw Error(Status::cancelled, "cancelled");
  }

  void set_total(uint64_t items) { total_.store(items, std::memory_order_relaxed); }
  void advance(uint64_t items = 1) { done_.fetch_add(items, std::memory_order_relaxed); }
  uint64_t total() const { return total_.load(std::memory_order_relaxed); }  // 0 while unknown
  uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  // Begins a new phase: counts start again. The name must be a string literal.
  void phase(const char *name, uint64_t items = 0) {
    done_.store(0, std::memory_order_relaxed);
    total_.store(items, std::memory_order_relaxed);
    phase_.store(name, std::memory_order_relaxed);
  }
  const char *phase() const { return phase_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<uint64_t> total_{0}, done_{0};
  std::atomic<const char *> phase_{""};
};

// The task that a thread works for, while this lives: where a function far below is given no task (a plugin is loaded
// by whoever needs it first), it finds here whether the work is still wanted. [worker]
class TaskOfThread {
 public:
  explicit TaskOfThread(const Task &task) : previous_(flag()) { flag() = &task.cancel_flag(); }
  ~TaskOfThread() { flag() = previous_; }
  TaskOfThread(const TaskOfThread &) = delete;
  TaskOfThread &operator=(const TaskOfThread &) = delete;
  static const std::atomic<bool> *cancel_flag() { return flag(); }  // null: none [any]

 private:
  static const std::atomic<bool> *&flag() {
    thread_local const std::atomic<bool> *current = nullptr;
    return current;
  }
  const std::atomic<bool> *previous_;
};

}  // namespace kalon
