#pragma once
// The one thread budget of the engine, and the bound on memory that decoding may hold at once.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace kalon {

// Threads the engine may keep busy; default: the processors this process may run on. [any]
int thread_budget();
void set_thread_budget(int threads);  // clamped to 1..1024 [main]

// Calls body(i) for i in [0, count) on the budget's threads; exceptions reach the caller. [any]
void parallel_for(int64_t count, const std::function<void(int64_t)> &body);

// A shared allowance of bytes. A request larger than the whole allowance waits until it is alone, then passes.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes) : capacity_(bytes) {}
  class Lease {
   public:
    Lease(MemoryBudget &budget, uint64_t bytes);  // waits [worker]
    ~Lease();
    Lease(const Lease &) = delete;
    Lease &operator=(const Lease &) = delete;

   private:
    MemoryBudget &budget_;
    uint64_t bytes_;
  };

 private:
  uint64_t capacity_, used_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Holds OpenMP to one thread on the calling thread while it lives: libraries with OpenMP inside (oneDNN) must not add
// threads under the engine's own.
class SingleThreadedOpenMP {
 public:
  SingleThreadedOpenMP();
  ~SingleThreadedOpenMP();
  SingleThreadedOpenMP(const SingleThreadedOpenMP &) = delete;
  SingleThreadedOpenMP &operator=(const SingleThreadedOpenMP &) = delete;

 private:
  int previous_;
};

}  // namespace kalon
