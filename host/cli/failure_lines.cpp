#include "failure_lines.h"

#include "style.h"

namespace kalon::cli {
namespace {
constexpr uint64_t most_alike = 10;
}  // namespace

void FailureLines::tell(const std::string &what, const std::string &message) {
  if (message != message_) interrupt();
  message_ = message;
  if (told_ == most_alike) {
    ++counted_;
    return;
  }
  ++told_;
  say("failed: " + what + ": " + message + '\n');
}

void FailureLines::interrupt() {
  if (counted_ > 0) say("and " + grouped(counted_) + " more: " + message_ + '\n');
  told_ = counted_ = 0;
}

FailureLines &failure_lines() {
  static FailureLines lines;
  return lines;
}

}  // namespace kalon::cli
