#include "base/threads.h"

#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

// Of GCC's OpenMP runtime, whose header only GCC finds.
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}

namespace kalon {
namespace {

int processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return 1;
}

std::atomic<int> budget{0};
thread_local bool inside = false;  // a body of parallel_for()

void run_parts(int64_t count, const std::function<void(int64_t)> &body) {
  tbb::parallel_for(tbb::blocked_range<int64_t>(0, count, 1), [&](const tbb::blocked_range<int64_t> &range) {
    struct Inside {
      bool before = std::exchange(inside, true);
      ~Inside() { inside = before; }
    } mark;
    for (int64_t i = range.begin(); i < range.end(); ++i) body(i);
  });
}

}  // namespace

int thread_budget() {
  int threads = budget.load(std::memory_order_relaxed);
  return threads > 0 ? threads : processors();
}

void set_thread_budget(int threads) {
  static std::mutex mutex;
  // TBB's own workers are as many as the processors unless it is told otherwise. Never destroyed: TBB may be gone by
  // then.
  static auto *limit = new std::optional<tbb::global_control>;
  std::lock_guard lock(mutex);
  budget = std::clamp(threads, 1, 1024);
  limit->emplace(tbb::global_control::max_allowed_parallelism,
                 static_cast<size_t>(std::max(budget.load(), processors())));
}

void parallel_for(int64_t count, const std::function<void(int64_t)> &body) {
  if (count <= 0) return;
  int threads = static_cast<int>(std::min<int64_t>(thread_budget(), count));
  if (threads == 1) {
    for (int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  // Within a body the threads are there already; whoever waits for its parts takes none of the others' meanwhile.
  if (inside) return tbb::this_task_arena::isolate([&] { run_parts(count, body); });
  tbb::task_arena arena(threads);
  arena.execute([&] { run_parts(count, body); });
}

MemoryBudget::Lease::Lease(MemoryBudget &owner, uint64_t bytes)
    : budget_(owner), bytes_(std::min(bytes, owner.capacity_)) {
  std::unique_lock lock(budget_.mutex_);
  budget_.changed_.wait(lock, [&] { return budget_.used_ + bytes_ <= budget_.capacity_; });
  budget_.used_ += bytes_;
}

MemoryBudget::Lease::~Lease() {
  {
    std::lock_guard lock(budget_.mutex_);
    budget_.used_ -= bytes_;
  }
  budget_.changed_.notify_all();
}

SingleThreadedOpenMP::SingleThreadedOpenMP() : previous_(omp_get_max_threads()) {
  omp_set_num_threads(1);
}

SingleThreadedOpenMP::~SingleThreadedOpenMP() {
  omp_set_num_threads(previous_);
}

}  // namespace kalon
