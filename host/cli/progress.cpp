#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "style.h"

namespace kalon::cli {
namespace {
constexpr double terminal_interval = 0.1, plain_interval = 5.0;  // seconds
// Phases that end sooner are not worth a line, unless one short phase follows another for long.
constexpr double shortest_phase = 0.5, longest_silence = 2.0;

size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

ProgressLine::ProgressLine(bool shown) : shown_(shown), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::clear() {
  if (!drawn_) return;
  say("\r\x1b[K");
  drawn_ = false;
}

void ProgressLine::show(const kalon_task_progress &progress) {
  if (!shown_ || progress.phase[0] == 0) return;
  if (phase_ != progress.phase) {
    phase_ = progress.phase;
    phase_started_ = progress.seconds;
    if (!terminal_) last_ = progress.seconds;  // a plain line only for phases that last
  }
  double elapsed = progress.seconds - phase_started_;
  bool lasts = elapsed >= shortest_phase || progress.seconds - last_ >= longest_silence;
  if (progress.seconds - last_ < (terminal_ ? terminal_interval : plain_interval) || (terminal_ && !lasts)) return;
  last_ = progress.seconds;
  std::string line = phase_;
  if (progress.done > 0 || progress.total > 0) line += "  " + grouped(progress.done);
  if (progress.total > 0) line += " / " + grouped(progress.total);
  if (elapsed > 0.5 && progress.done > 0) {
    double rate = static_cast<double>(progress.done) / elapsed;
    line += "   " + per_second(rate);
    if (progress.total > progress.done)
      line += "   " + duration(static_cast<double>(progress.total - progress.done) / rate) + " left";
  }
  if (terminal_) {
    // A line that wraps could not be taken back; the last column stays free, for some terminals wrap on it.
    if (auto width = terminal_width(); line.size() >= width) line.resize(width - 1);
    say("\r\x1b[K" + line);
    drawn_ = true;
  } else {
    say(line + '\n');
  }
}

}  // namespace kalon::cli
