#pragma once
// A check in a process of its own.

#include <string>

#include "check.h"

namespace kalon::check {

enum class Verdict { passed, failed, skipped };

struct Finding {
  Verdict verdict = Verdict::passed;
  std::string text;  // why not passed
  double seconds = 0;
};

// Runs it in a child with a time limit. A crash, an exception that crosses the contract, a hang and an exit are
// findings like others.
Finding run_apart(const Check &check, const Subject &subject, double limit_seconds);

// Ends the process of the check under way, which has found a fault that it cannot throw. [any]
[[noreturn]] void end_with_fault(const std::string &text);

}  // namespace kalon::check
