#pragma once
// Progress on standard error: one line that renews itself on a terminal, now and then a plain line elsewhere. What
// ends at once shows nothing.

#include <kalon/kalon.h>

#include <string>

namespace kalon::cli {

class ProgressLine {
 public:
  explicit ProgressLine(bool shown);
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;
  void show(const kalon_task_progress &progress);
  void clear();  // before anything else is printed

 private:
  bool shown_, terminal_;
  std::string phase_;
  double phase_started_ = 0, last_ = 0;
  bool drawn_ = false;
};

}  // namespace kalon::cli
