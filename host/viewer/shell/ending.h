#pragma once
// Ctrl+C in the terminal, the end of the session, `kill`: the viewer ends as by its own command, so that what was decided
// is stored and what was chosen is kept.

#include <functional>
#include <thread>

namespace kalon::viewer {

class EndingSignals {
 public:
  // From now on SIGINT, SIGTERM and SIGHUP call `end` on a thread of its own, once; a second one ends the program at
  // once. One object at a time. [main]
  explicit EndingSignals(std::function<void()> end);
  ~EndingSignals();
  EndingSignals(const EndingSignals &) = delete;
  EndingSignals &operator=(const EndingSignals &) = delete;

 private:
  std::thread thread_;
};

}  // namespace kalon::viewer
