#pragma once
// Failures of single items, told on standard error so that a full disk is no flood of lines.

#include <cstdint>
#include <string>

namespace kalon::cli {

// Many failures that follow one another with one message are told ten times, and then counted: "and 519 more: MESSAGE".
class FailureLines {
 public:
  // "failed: WHAT: MESSAGE"; both printable.
  void tell(const std::string &what, const std::string &message);
  // Something else is to be written, or nothing more: tells how many were only counted.
  void interrupt();

 private:
  std::string message_;
  uint64_t told_ = 0, counted_ = 0;
};

FailureLines &failure_lines();  // of this process, which runs one command

}  // namespace kalon::cli
