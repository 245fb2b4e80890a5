#include "runner.h"

#include <kalon/kalon.hpp>

#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "failure_lines.h"
#include "progress.h"
#include "render.h"
#include "server.h"
#include "style.h"
#include "viewer.h"

namespace kalon::cli {
namespace {

constexpr int done = 0, failed = 1, usage = 2, some_failed = 3;

volatile std::sig_atomic_t caught_signal = 0;

// The first signal asks the task to end; a second one ends the process, which the library survives like a power cut.
void on_signal(int number) {
  if (caught_signal != 0) ::_exit(128 + number);
  caught_signal = number;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

// libkalon.so beside this program: ../lib, in the build tree as when installed.
std::string engine_path() {
  auto program = std::filesystem::read_symlink("/proc/self/exe");
  return (program.parent_path().parent_path() / "lib" / "libkalon.so.1").native();
}

int exit_code(kalon_status status) {
  switch (status) {
    case KALON_OK:
      return done;
    case KALON_PARTIAL:
      return some_failed;
    case KALON_INVALID_ARGUMENT:
      return usage;
    case KALON_CANCELLED:
      return caught_signal != 0 ? 128 + caught_signal : failed;
    default:
      return failed;
  }
}

// Whoever was cancelled says so, and more where there is more to know.
std::string stopped_text(const std::string &failure) {
  constexpr std::string_view begin = "cancelled; ";
  auto more = failure.find(begin);
  return "kalon: stopped; " +
         (more == std::string::npos ? "what was done is kept" : failure.substr(more + begin.size()));
}

int follow(host::Task &task, const Invocation &invocation) {
  ProgressLine progress(!invocation.quiet && !invocation.json);
  bool asked = false, ended = false;
  uint64_t rows = 0;
  while (!ended) {
    ended = task.pump(100, [&](std::string_view row) {
      progress.clear();
      render_row(invocation, row);
      ++rows;
    });
    if (caught_signal != 0 && !asked) {
      task.cancel();
      asked = true;
    }
    if (!ended) progress.show(task.progress());
  }
  progress.clear();
  failure_lines().interrupt();
  auto status = task.progress().status;
  if (status == KALON_OK || status == KALON_PARTIAL)
    render_summary(invocation, task.result(), rows);
  else if (status == KALON_CANCELLED)
    say(stopped_text(failure_text(task.result())) + '\n');
  else
    say("kalon: " + failure_text(task.result()) + '\n');
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    say("kalon: the results cannot be written to standard output\n");
    return failed;
  }
  return exit_code(status);
}

// The library that a command asks for; null where it needs none, or can do without one that is not there.
std::unique_ptr<host::Library> opened(const host::Engine &engine, const Invocation &invocation) {
  auto open = [&](bool write) { return std::make_unique<host::Library>(engine, invocation.library, write); };
  if (invocation.access == Access::none) return nullptr;
  if (invocation.access == Access::write) open(false);  // opening for writing would make what is not there
  if (invocation.access != Access::if_there) return open(invocation.access != Access::read);
  try {
    return open(false);
  } catch (const host::Failure &failure) {
    if (failure.status() != KALON_NOT_FOUND)
      say("kalon: what the library holds is not listed: " + printable(failure.what()) + '\n');
    return nullptr;
  }
}

}  // namespace

int run(const Invocation &invocation) {
  if (invocation.views) return become_viewer(invocation);
  // Pictures come and go by the dozen megabytes: give their memory back at once instead of keeping it in heaps.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  if (!invocation.serves) catch_signals();
  try {
    auto engine = host::Engine::load(engine_path(), "kalon", KALON_VERSION);
    engine.configure(invocation.engine_options);
    if (invocation.serves) return serve(engine, invocation);
    auto library = opened(engine, invocation);
    host::Task task(engine, library ? library->get() : nullptr, invocation.method, invocation.parameters);
    return follow(task, invocation);
  } catch (const host::Failure &failure) {
    say("kalon: " + printable(failure.what()) + '\n');
    return exit_code(failure.status());
  } catch (const std::exception &error) {
    say("kalon: " + printable(error.what()) + '\n');
    return failed;
  }
}

}  // namespace kalon::cli
