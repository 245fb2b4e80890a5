#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "guarded_memory.h"

namespace kalon::check {
namespace {

constexpr char passed_mark = 'P', failed_mark = 'F', skipped_mark = 'S';
int verdict_pipe = -1;

[[noreturn]] void say_and_exit(char mark, const char *text) {
  [[maybe_unused]] auto mark_written = ::write(verdict_pipe, &mark, 1);
  [[maybe_unused]] auto text_written = ::write(verdict_pipe, text, std::strlen(text));
  ::_exit(0);
}

// A touch of a guard page is known by its address; any other crash goes its own way.
void on_fault(int number, siginfo_t *info, void *) {
  if (is_guard(info->si_addr))
    say_and_exit(failed_mark,
                 "touched memory outside of a buffer that was given to it, or wrote to one that is only to be read");
  ::signal(number, SIG_DFL);
  ::raise(number);
}

[[noreturn]] void child(const Check &check, const Subject &subject, int pipe) {
  verdict_pipe = pipe;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_DUMPABLE, 0);  // crashes are expected, and leave no files
  int nowhere = ::open("/dev/null", O_RDWR);
  for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, standard);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSEGV, &action, nullptr);
  ::sigaction(SIGBUS, &action, nullptr);
  try {
    check.run(subject);
  } catch (const Fault &fault) {
    say_and_exit(failed_mark, fault.what());
  } catch (const Skipped &skipped) {
    say_and_exit(skipped_mark, skipped.what());
  } catch (const std::exception &error) {
    say_and_exit(failed_mark, (std::string("an exception crossed the contract: ") + error.what()).c_str());
  } catch (...) {
    say_and_exit(failed_mark, "an exception crossed the contract");
  }
  say_and_exit(passed_mark, "");
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// All that the child says, until it ends or its time is over: whoever said nothing by then is late.
struct Heard {
  std::string text;
  bool late = false;
};
Heard heard(int pipe, double deadline) {
  Heard all;
  while (true) {
    double left = deadline - now();
    if (left <= 0) {
      all.late = all.text.empty();
      return all;
    }
    pollfd event{pipe, POLLIN, 0};
    int ready = ::poll(&event, 1, static_cast<int>(std::ceil(left * 1000)));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0) return all;
    char buffer[4096];
    auto size = ::read(pipe, buffer, sizeof buffer);
    if (size <= 0) return all;
    all.text.append(buffer, static_cast<size_t>(size));
  }
}

}  // namespace

void end_with_fault(const std::string &text) {
  say_and_exit(failed_mark, text.c_str());
}

Finding run_apart(const Check &check, const Subject &subject, double limit_seconds) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
  double begin = now();
  auto process = ::fork();
  if (process < 0) throw std::runtime_error(std::string("cannot start a process: ") + std::strerror(errno));
  if (process == 0) {
    ::close(ends[0]);
    child(check, subject, ends[1]);
  }
  ::setpgid(process, process);
  ::close(ends[1]);
  auto [said, late] = heard(ends[0], begin + limit_seconds);
  ::close(ends[0]);
  // One that says nothing more because it closed the pipe may live on all the same.
  siginfo_t end{};
  while (!late && said.empty() && ::waitid(P_PID, static_cast<id_t>(process), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         end.si_pid == 0) {
    ::poll(nullptr, 0, 10);
    late = now() >= begin + limit_seconds;
  }
  // What it may have started ends with it.
  if (late || !said.empty()) ::kill(-process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-process, SIGKILL);
  Finding finding;
  finding.seconds = now() - begin;
  if (!said.empty()) {
    finding.verdict = said[0] == passed_mark    ? Verdict::passed
                      : said[0] == skipped_mark ? Verdict::skipped
                                                : Verdict::failed;
    finding.text = said.substr(1);
    return finding;
  }
  finding.verdict = Verdict::failed;
  if (late)
    finding.text = "did not come to an end within " + std::to_string(static_cast<int>(limit_seconds)) + " s";
  else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
    finding.text = "ended the process (abort: an exception that crossed the contract, or an assertion)";
  else if (WIFSIGNALED(status))
    finding.text = std::string("crashed: ") + strsignal(WTERMSIG(status));
  else
    finding.text = "ended the process by exit(" + std::to_string(WEXITSTATUS(status)) + ")";
  return finding;
}

}  // namespace kalon::check
