// The thread budget and the allowance of memory; counted, never timed.
#include <catch2/catch.hpp>

#include <atomic>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include <omp.h>

#include "base/error.h"
#include "base/threads.h"

using namespace kalon;

namespace {

// The budget for a while.
struct Budget {
  int before = thread_budget();
  explicit Budget(int threads) { set_thread_budget(threads); }
  ~Budget() { set_thread_budget(before); }
};

// The largest number of holders at once.
class Crowd {
 public:
  void enter(uint64_t amount = 1) {
    uint64_t now = inside_ += amount, most = most_;
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void leave(uint64_t amount = 1) { inside_ -= amount; }
  uint64_t inside() const { return inside_; }
  uint64_t most() const { return most_; }

 private:
  std::atomic<uint64_t> inside_{0}, most_{0};
};

}  // namespace

TEST_CASE("parallel_for calls its body once for each index", "[base]") {
  for (int threads : {1, 2, 7})
    for (int64_t count : {0, 1, 2, 3, 1000, 100003}) {
      CAPTURE(threads, count);
      Budget budget(threads);
      std::vector<std::atomic<int>> calls(static_cast<size_t>(count));
      parallel_for(count, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
      int64_t once = std::count_if(calls.begin(), calls.end(), [](const auto &number) { return number == 1; });
      CHECK(once == count);
    }
  parallel_for(-5, [](int64_t) { FAIL("a negative count has no index"); });
}

TEST_CASE("parallel_for keeps to the thread budget", "[base]") {
  for (int threads : {1, 2, 3}) {
    Budget budget(threads);
    Crowd crowd;
    parallel_for(500, [&](int64_t) {
      crowd.enter();
      std::this_thread::yield();
      crowd.leave();
    });
    CHECK(crowd.most() <= static_cast<uint64_t>(threads));
  }
}

TEST_CASE("an exception of the body reaches the caller as it was thrown", "[base]") {
  for (int threads : {1, 4}) {
    Budget budget(threads);
    auto run = [](int64_t bad) {
      parallel_for(1000, [&](int64_t i) {
        if (i == bad) throw Error(Status::corrupt_data, "index " + std::to_string(i));
      });
    };
    for (int64_t bad : {0, 500, 999}) {
      try {
        run(bad);
        FAIL("nothing was thrown");
      } catch (const Error &error) {
        CHECK(error.status() == Status::corrupt_data);
        CHECK(error.message() == "index " + std::to_string(bad));
      }
    }
    CHECK_NOTHROW(run(-1));  // and the next run is a sound one
  }
}

TEST_CASE("parallel_for may be used inside itself", "[base]") {
  Budget budget(2);
  std::atomic<int64_t> sum{0};
  parallel_for(20, [&](int64_t i) { parallel_for(30, [&](int64_t j) { sum += i * 30 + j; }); });
  CHECK(sum == 600 * 599 / 2);
}

TEST_CASE("the thread budget is clamped to what makes sense", "[base]") {
  Budget restore(1);
  CHECK(thread_budget() == 1);
  set_thread_budget(0);
  CHECK(thread_budget() == 1);
  set_thread_budget(-3);
  CHECK(thread_budget() == 1);
  set_thread_budget(1 << 20);
  CHECK(thread_budget() == 1024);
}

TEST_CASE("leases never exceed the allowance, and a request above it passes alone", "[base]") {
  constexpr uint64_t capacity = 1000;
  MemoryBudget budget(capacity);
  Crowd bytes, holders;
  std::atomic<int> company{0}, large_ones{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 8; ++seed)
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 500; ++i) {
        uint64_t wanted = i % 50 == 49 ? capacity * 3 : random() % (capacity + 1);
        uint64_t counted = std::min(wanted, capacity);
        MemoryBudget::Lease lease(budget, wanted);
        bytes.enter(counted);
        if (wanted > 0) holders.enter();
        if (wanted > capacity) {
          ++large_ones;
          if (holders.inside() != 1) ++company;
        }
        std::this_thread::yield();
        if (wanted > 0) holders.leave();
        bytes.leave(counted);
      }
    });
  for (auto &thread : threads) thread.join();
  CHECK(bytes.most() <= capacity);
  CHECK(bytes.most() == capacity);  // a large one takes all of it
  CHECK(large_ones == 80);
  CHECK(company == 0);
}

TEST_CASE("leases that fit together are held together", "[base]") {
  MemoryBudget budget(100);
  MemoryBudget::Lease first(budget, 60), second(budget, 40), nothing(budget, 0);
  SUCCEED("nobody waited");
}

TEST_CASE("OpenMP is held to one thread for as long as asked, on this thread alone", "[base]") {
  omp_set_num_threads(3);
  {
    SingleThreadedOpenMP outer;
    CHECK(omp_get_max_threads() == 1);
    {
      SingleThreadedOpenMP inner;
      CHECK(omp_get_max_threads() == 1);
    }
    CHECK(omp_get_max_threads() == 1);
  }
  CHECK(omp_get_max_threads() == 3);
}
