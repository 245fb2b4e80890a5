#include "plugin/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/task.h"
#include "base/text.h"
#include "plugin/packets.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

using Json = nlohmann::json;

constexpr double seconds_to_obey = 2;  // from the wish to cancel to the end of patience
constexpr int look_at_cancel_ms = 50;  // how often the caller's wish to cancel is looked at
constexpr size_t kept_words = 16'000;  // of what the worker wrote to its output
constexpr size_t longest_log_line = 4000;
constexpr size_t shown_words = 600;
constexpr int most_reads = 64;
constexpr int most_lines = 1000;  // that one request may bring into the log
constexpr size_t least_memory = size_t{1} << 20;
constexpr size_t largest_step = size_t{8} << 20;
// Large memory is dear: to make, as much as to decode what goes into it; and to keep. Workers keep small memory, and of
// large memory so much together (all workers of this process).
constexpr size_t largest_small_memory = size_t{32} << 20;
constexpr size_t most_large_memory = size_t{1} << 30;
std::atomic<size_t> large_memory{0};

[[noreturn]] void cannot_start(int failure) {
  throw system_error(failure, "cannot start a worker process", "");
}

// A copy that is not among those the worker's are made from, nor has the number of a standard stream that the host
// program has closed: what others write there must not come to the worker.
int above_standard(int descriptor) {
  int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, worker_socket + 1);
  if (copy < 0) cannot_start(errno);
  return copy;
}

// This process's variables, with one thread for each library that would start its own: streams run side by side.
std::vector<std::string> worker_environment() {
  std::vector<std::string> variables;
  for (char **variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  for (const char *name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"})
    if (!::getenv(name)) variables.push_back(std::string(name) + "=1");
  return variables;
}

std::vector<char *> pointers(const std::vector<std::string> &texts) {
  std::vector<char *> result;
  for (const auto &text : texts) result.push_back(const_cast<char *>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

LogLevel level_from_name(const std::string &name) {
  return name == "error"     ? LogLevel::error
         : name == "warning" ? LogLevel::warning
         : name == "info"    ? LogLevel::info
                             : LogLevel::debug;
}

std::atomic_ref<uint64_t> signs_of_life(const SharedMemory &control) {
  return std::atomic_ref(*reinterpret_cast<uint64_t *>(control.data() + signs_of_life_at));
}

std::atomic_ref<uint8_t> cancel_byte(const SharedMemory &control) {
  return std::atomic_ref(control.data()[cancelled_at]);
}

std::string seconds_text(double seconds) {
  auto tenths = std::llround(seconds * 10);
  return std::to_string(tenths / 10) + (tenths % 10 ? "." + std::to_string(tenths % 10) : "") + " s";
}

}  // namespace

WorkerProcess::WorkerProcess(const std::string &plugin, double deadline_seconds, double start_seconds)
    : plugin_(plugin), deadline_seconds_(deadline_seconds), start_seconds_(start_seconds), control_(control_bytes) {}

// What throws from here on finds a whole object, which its destructor clears away.
WorkerProcess::WorkerProcess(const WorkerProgram &program)
    : WorkerProcess(program.plugin, program.deadline_seconds, program.start_seconds) {
  start(program);
  Json hello = {{"do", "hello"},
                {"protocol", worker_protocol},
                {"plugin", program.plugin},
                {"kind", program.kind},
                {program.is_script ? "script" : "library", file_uri(program.file)}};
  auto answer = ask(hello, control_.descriptor(), nullptr, start_seconds_);
  if (!answer.contains("protocol") || answer["protocol"] != worker_protocol)
    lose(Status::internal, "speaks another version of the worker protocol");
  control_.close_descriptor();
}

void WorkerProcess::start(const WorkerProgram &program) {
  int pair[2], ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) cannot_start(errno);
  Descriptor socket(pair[0]), its_socket(pair[1]);
  if (::pipe2(ends, O_CLOEXEC) != 0) cannot_start(errno);
  Descriptor pipe(ends[0]), its_pipe(ends[1]);
  Descriptor given_socket(above_standard(pair[1])), given_pipe(above_standard(ends[1]));
  socket_ = above_standard(pair[0]);
  log_ = above_standard(ends[0]);
  ::fcntl(log_, F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  int failure = ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (int standard : {1, 2})
    if (failure == 0) failure = ::posix_spawn_file_actions_adddup2(&actions, given_pipe.get(), standard);
  if (failure == 0) failure = ::posix_spawn_file_actions_adddup2(&actions, given_socket.get(), worker_socket);
  // Whatever else the host program has open is none of a plugin's business.
  if (failure == 0) failure = ::posix_spawn_file_actions_addclosefrom_np(&actions, worker_socket + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  // A group of its own: signals of the terminal are the engine's business, and its children die with it.
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  auto environment = worker_environment();
  auto arguments = pointers(program.command), variables = pointers(environment);
  if (failure == 0)
    failure = ::posix_spawn(&process_, arguments[0], &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    process_ = -1;
    if (failure == EAGAIN || failure == ENOMEM || failure == EMFILE || failure == ENFILE) cannot_start(failure);
    throw Error(Status::missing_feature, "its worker process cannot be started: " + display_text(program.command[0]) +
                                             ": " + std::strerror(failure));
  }
  end_ = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
}

WorkerProcess::~WorkerProcess() {
  end_of_process();
  if (socket_ >= 0) ::close(socket_);
  if (log_ >= 0) ::close(log_);
  if (end_ >= 0) ::close(end_);
  large_memory -= large_;
}

bool WorkerProcess::idles() const {
  if (lost()) return false;
  pollfd waits[2] = {{socket_, 0, 0}, {end_, POLLIN, 0}};
  return ::poll(waits, 2, 0) == 0;
}

// Kills it if it lives, and says how it ended.
std::string WorkerProcess::end_of_process() {
  if (process_ < 0) return {};
  siginfo_t info{};
  bool known = ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  // A host program that ignores SIGCHLD, or waits for all its children, has collected it: the number may be that of an
  // innocent process by now.
  if (!known) {
    process_ = -1;
    return "ended, and the program that uses Kalon has collected its exit code";
  }
  // One that ended by itself has a state of its own, which the signal does not change.
  bool ended = info.si_pid == process_;
  ::kill(-process_, SIGKILL);
  ::kill(process_, SIGKILL);
  int state = 0;
  while (::waitpid(process_, &state, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  if (!ended) return {};
  if (WIFSIGNALED(state))
    return "ended by signal " + std::to_string(WTERMSIG(state)) + " (" + ::strsignal(WTERMSIG(state)) + ")";
  return "ended with the exit code " + std::to_string(WEXITSTATUS(state));
}

void WorkerProcess::lose(Status status, const std::string &what) {
  // The socket closes before the process is gone, by a moment.
  if (what.empty())
    for (int i = 0; i < 100; ++i) {
      siginfo_t info{};
      if (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
        break;
      ::poll(nullptr, 0, 10);
    }
  auto end = end_of_process();
  hear_log();
  std::string text = "its worker process " + (!what.empty() ? what : end.empty() ? "closed its connection" : end);
  if (auto words = last_words(); !words.empty()) text += "; it wrote: " + words;
  throw WorkerLost(status, text);
}

// The part of what it wrote that tells most, in one line.
std::string WorkerProcess::last_words() const {
  std::string_view words = last_words_;
  // Python says where it was first, and then at length what it had loaded.
  if (auto fatal = words.rfind("Fatal Python error"); fatal != words.npos)
    words = shorten_utf8(words.substr(fatal), shown_words);
  else if (words.size() > shown_words)
    words.remove_prefix(words.size() - shown_words);
  while (!words.empty() && words.back() == '\n') words.remove_suffix(1);
  std::string line;
  for (char c : display_text(words)) line += c == '\n' ? std::string(" / ") : std::string(1, c);
  return line;
}

void WorkerProcess::hear_log() {
  std::array<char, 4096> buffer;
  ssize_t size;
  // Not without end: it may write faster than this reads.
  for (int i = 0; i < most_reads && log_ >= 0 && (size = ::read(log_, buffer.data(), buffer.size())) > 0; ++i) {
    std::string_view part(buffer.data(), static_cast<size_t>(size));
    last_words_ += part;
    if (last_words_.size() > kept_words) last_words_.erase(0, last_words_.size() - kept_words);
    log_line_ += part;
    for (size_t end; (end = log_line_.find('\n')) != std::string::npos || log_line_.size() > longest_log_line;) {
      size_t length = std::min(end, longest_log_line);
      tell(LogLevel::debug, plugin_ + ": " + display_text(log_line_.substr(0, length)));
      log_line_.erase(0, end == length ? length + 1 : length);
    }
  }
}

void WorkerProcess::tell(LogLevel level, const std::string &text) {
  if (lines_told_ > most_lines) return;
  if (++lines_told_ <= most_lines) return log(level, text);
  log(LogLevel::warning,
      plugin_ + ": writes more than " + std::to_string(most_lines) + " lines for one request; the others are left out");
}

// The packet that waits to be read: an answer, or nothing where it was a line for the log. The worker is lost when it
// is gone, or sends what is neither.
std::optional<Json> WorkerProcess::hear() {
  std::optional<Json> message;
  try {
    message = receive_packet(socket_, nullptr);
  } catch (const Error &error) {
    lose(Status::internal, "broke the worker protocol: " + error.message());
  }
  if (!message) lose(Status::internal, "");
  if (!message->contains("log")) return message;
  auto text = display_text(shorten_utf8(text_of(*message, "text"), longest_log_line));
  if (text.rfind(plugin_ + ": ", 0) != 0) text.insert(0, plugin_ + ": ");
  tell(level_from_name(text_of(*message, "log")), text);
  return std::nullopt;
}

Json WorkerProcess::ask(const Json &request, const std::atomic<bool> *cancelled) {
  return ask(request, -1, cancelled, deadline_seconds_);
}

Json WorkerProcess::ask_to_start(const Json &request, const std::atomic<bool> *cancelled) {
  return ask(request, -1, cancelled, start_seconds_);
}

Json WorkerProcess::ask(const Json &request, int descriptor, const std::atomic<bool> *cancelled, double seconds) {
  if (!cancelled) cancelled = TaskOfThread::cancel_flag();
  if (lost()) throw WorkerLost(Status::internal, "its worker process is gone");
  lines_told_ = 0;
  // Lines that came after the last answer. A second answer would be taken for that to the next request.
  for (pollfd waits{socket_, POLLIN, 0}; lines_told_ <= most_lines && ::poll(&waits, 1, 0) > 0;)
    if (hear()) lose(Status::internal, "broke the worker protocol: it answers what it was not asked");
  auto cancel = cancel_byte(control_);
  auto life = signs_of_life(control_);
  cancel.store(0, std::memory_order_relaxed);
  uint64_t life_before = life.load(std::memory_order_relaxed);
  try {
    // It has answered all that came before, and so has read it.
    send_packet_at_once(socket_, request, descriptor);
  } catch (const Error &error) {
    if (error.status() == Status::limit_exceeded) throw;
    lose(Status::internal, error.status() == Status::busy ? "broke the worker protocol: it does not read" : "");
  }
  auto is_cancelled = [&] { return cancelled && cancelled->load(std::memory_order_relaxed); };
  bool obeys = true;  // until it was asked to end early
  bool ended = false;
  double deadline = monotonic_seconds() + seconds;
  for (;;) {
    double left = deadline - monotonic_seconds();
    // Also what is late is heard once more: this process may have been stopped in the meantime.
    auto wait = static_cast<int>(std::clamp(std::ceil(left * 1000), 0.0, 60'000.0));
    if (cancelled && obeys) wait = std::min(wait, look_at_cancel_ms);
    // The socket alone does not tell of the end: children of the worker may hold it open.
    pollfd waits[3] = {{socket_, POLLIN, 0}, {log_, POLLIN, 0}, {end_, POLLIN, 0}};
    if (::poll(waits, 3, wait) < 0) {
      if (errno == EINTR) continue;
      lose(Status::internal, std::string("cannot be waited for: ") + std::strerror(errno));
    }
    if (waits[1].revents & POLLIN) {
      hear_log();
    } else if (waits[1].revents) {  // it closed its output, and lives on
      ::close(log_);
      log_ = -1;
    }
    if (waits[0].revents) {
      if (auto answer = hear()) {
        if (!answer->contains("status")) return std::move(*answer);
        auto status = status_from_name(text_of(*answer, "status"));
        auto text = display_text(text_of(*answer, "text"));
        if (status == Status::cancelled && !is_cancelled())
          throw Error(Status::internal, "it says that it was cancelled, which nobody wanted");
        throw Error(status == Status::ok ? Status::internal : status, text.empty() ? "it does not say why" : text);
      }
    } else if (ended) {  // and has left no answer
      lose(Status::internal, "");
    } else {
      ended = waits[2].revents != 0;
    }
    if (obeys && is_cancelled()) {
      obeys = false;
      cancel.store(1, std::memory_order_relaxed);
      deadline = std::min(deadline, monotonic_seconds() + seconds_to_obey);
    } else if (left <= 0) {
      if (!obeys) {
        end_of_process();
        throw Error(Status::cancelled, "cancelled");
      }
      uint64_t life_now = life.load(std::memory_order_relaxed);
      if (life_now == life_before) lose(Status::timeout, "did not answer within " + seconds_text(seconds));
      life_before = life_now;
      deadline = monotonic_seconds() + seconds;
    }
  }
}

void WorkerProcess::attach(Memory which, SharedMemory memory) {
  Json request = {{"do", "memory"}, {"which", which == Memory::input ? "input" : "output"}, {"bytes", memory.size()}};
  ask(request, memory.descriptor(), nullptr, deadline_seconds_);
  // The input may have to be handed over to another worker.
  if (which == Memory::output) memory.close_descriptor();
  (which == Memory::input ? input_ : output_) = std::move(memory);
}

SharedMemory &WorkerProcess::memory(Memory which, size_t bytes) {
  auto &mine = which == Memory::input ? input_ : output_;
  if (mine.size() < bytes || !mine) {
    mine = SharedMemory();
    size_t size = least_memory;
    while (size < bytes) size += std::min(std::max(size / 2, least_memory) / least_memory * least_memory, largest_step);
    attach(which, SharedMemory(size));
  }
  return mine;
}

void WorkerProcess::inherit_input(WorkerProcess &from) {
  if (from.input_) attach(Memory::input, std::move(from.input_));
}

void WorkerProcess::trim() {
  large_memory -= std::exchange(large_, 0);
  for (auto which : {Memory::input, Memory::output}) {
    auto size = (which == Memory::input ? input_ : output_).size();
    if (size <= largest_small_memory) continue;
    if (large_memory.fetch_add(size) + size <= most_large_memory) {
      large_ += size;
    } else {
      large_memory -= size;
      attach(which, SharedMemory(least_memory));
    }
  }
}

}  // namespace kalon
