#include "progress.h"

#include <unistd.h>

#include <cstdio>

#include "style.h"

namespace kalon::cli {
namespace {
constexpr double terminal_interval = 0.1, plain_interval = 5.0;  // seconds
}

ProgressLine::ProgressLine(bool shown) : shown_(shown), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

void ProgressLine::show(const kalon_task_progress &progress) {
  if (!shown_ || progress.phase[0] == 0) return;
  if (phase_ != progress.phase) {
    phase_ = progress.phase;
    phase_started_ = progress.seconds;
    last_ = terminal_ ? -1 : progress.seconds;  // a plain line only for phases that last
  }
  if (last_ >= 0 && progress.seconds - last_ < (terminal_ ? terminal_interval : plain_interval)) return;
  last_ = progress.seconds;
  double elapsed = progress.seconds - phase_started_;
  std::string line = phase_ + "  " + grouped(progress.done);
  if (progress.total > 0) line += " / " + grouped(progress.total);
  if (elapsed > 0.5 && progress.done > 0) {
    double rate = static_cast<double>(progress.done) / elapsed;
    line += "   " + (rate >= 10 ? grouped(static_cast<uint64_t>(rate)) : std::to_string(rate).substr(0, 3)) + "/s";
    if (progress.total > progress.done)
      line += "   " + duration(static_cast<double>(progress.total - progress.done) / rate) + " left";
  }
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
    drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

}  // namespace kalon::cli
