#pragma once
// The same work on several threads at once.

#include <string>
#include <thread>
#include <vector>

#include "check.h"

namespace kalon::check {

// Throws the first fault that one of them found.
template <class Work>
void side_by_side(const Work &work) {
  std::vector<std::string> faults(4);
  std::vector<std::thread> threads;
  for (auto &fault : faults)
    threads.emplace_back([&] {
      try {
        work();
      } catch (const std::exception &error) {
        fault = error.what();
      }
    });
  for (auto &thread : threads) thread.join();
  for (const auto &fault : faults) require(fault.empty(), fault);
}

}  // namespace kalon::check
