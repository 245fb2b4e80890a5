#include "shell/ending.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kalon::viewer {
namespace {

constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};
// A handler may do nothing but write to it.
int pipe_ends[2] = {-1, -1};

void write_byte(char byte) {
  int before = errno;
  [[maybe_unused]] auto written = ::write(pipe_ends[1], &byte, 1);
  errno = before;
}

void set_handlers(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  ::sigemptyset(&action.sa_mask);
  for (int signal : signals) {
    struct sigaction present{};
    // `nohup` had it ignored.
    if (::sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace

EndingSignals::EndingSignals(std::function<void()> end) {
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return;
  thread_ = std::thread([end = std::move(end)] {
    char byte = 0;
    ssize_t count = 0;
    do count = ::read(pipe_ends[0], &byte, 1);
    while (count < 0 && errno == EINTR);
    if (count == 1 && byte != 0) end();
  });
  set_handlers([](int) { write_byte(1); });
}

EndingSignals::~EndingSignals() {
  if (!thread_.joinable()) return;
  set_handlers(SIG_DFL);
  write_byte(0);
  thread_.join();
  for (int &end : pipe_ends) ::close(std::exchange(end, -1));
}

}  // namespace kalon::viewer
