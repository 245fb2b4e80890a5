#include "plugin/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
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
#include "base/log.h"
#include "base/text.h"
#include "plugin/packets.h"

namespace kalon {
namespace {

using Json = nlohmann::json;

constexpr double start_seconds = 120;  // large libraries from a cold disk
constexpr double seconds_to_obey = 2;  // from the wish to cancel to the end of patience
constexpr int look_at_cancel_ms = 50;  // how often the caller's wish to cancel is looked at
constexpr size_t kept_words = 16'000;  // of what the worker wrote to its output
constexpr size_t longest_log_line = 4000;
constexpr size_t shown_words = 600;
constexpr int most_reads = 64;
constexpr size_t least_memory = size_t{1} << 20;
constexpr size_t largest_kept_memory = size_t{64} << 20;

// Descriptors that are not among those the worker's are made from.
int above_standard(int descriptor) {
  int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, worker_socket + 1);
  int failure = errno;
  ::close(descriptor);
  if (moved < 0) throw system_error(failure, "cannot start a worker process", "");
  return moved;
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

std::string text_of(const Json &message, const char *name) {
  auto found = message.find(name);
  return found != message.end() && found->is_string() ? found->get<std::string>() : std::string();
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

WorkerProcess::WorkerProcess(const WorkerProgram &program)
    : plugin_(program.plugin), deadline_seconds_(program.deadline_seconds), control_(control_bytes) {
  start(program);
  Json hello = {{"do", "hello"},
                {"protocol", worker_protocol},
                {"plugin", program.plugin},
                {"kind", program.kind},
                {program.is_script ? "script" : "library", file_uri(program.file)}};
  auto answer = ask(hello, control_.descriptor(), nullptr, start_seconds);
  if (!answer.contains("protocol") || answer["protocol"] != worker_protocol)
    lose(Status::internal, "speaks another version of the worker protocol");
}

void WorkerProcess::start(const WorkerProgram &program) {
  int sockets[2], pipes[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    throw system_error(errno, "cannot start a worker process", "");
  socket_ = sockets[0];
  int its_socket = above_standard(sockets[1]);
  if (::pipe2(pipes, O_CLOEXEC) != 0) {
    int failure = errno;
    ::close(its_socket);
    throw system_error(failure, "cannot start a worker process", "");
  }
  log_ = pipes[0];
  ::fcntl(log_, F_SETFL, O_NONBLOCK);
  int its_log = above_standard(pipes[1]);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, its_log, 1);
  ::posix_spawn_file_actions_adddup2(&actions, its_log, 2);
  ::posix_spawn_file_actions_adddup2(&actions, its_socket, worker_socket);
  // Whatever else the host program has open is none of a plugin's business.
  ::posix_spawn_file_actions_addclosefrom_np(&actions, worker_socket + 1);
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
  int failure = ::posix_spawn(&process_, arguments[0], &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(its_socket);
  ::close(its_log);
  if (failure != 0) {
    process_ = -1;
    throw Error(Status::missing_feature, "its worker process cannot be started: " + display_text(program.command[0]) +
                                             ": " + std::strerror(failure));
  }
}

WorkerProcess::~WorkerProcess() {
  end_of_process();
  if (socket_ >= 0) ::close(socket_);
  if (log_ >= 0) ::close(log_);
}

// Kills it if it lives, and says how it ended.
std::string WorkerProcess::end_of_process() {
  if (process_ < 0) return {};
  // One that ended by itself has a state of its own, which the signal does not change.
  siginfo_t info{};
  bool ended =
      ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == process_;
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
      log(LogLevel::debug, plugin_ + ": " + display_text(log_line_.substr(0, length)));
      log_line_.erase(0, end == length ? length + 1 : length);
    }
  }
}

Json WorkerProcess::ask(const Json &request, const std::atomic<bool> *cancelled) {
  return ask(request, -1, cancelled, deadline_seconds_);
}

Json WorkerProcess::ask_to_start(const Json &request) {
  return ask(request, -1, nullptr, std::max(deadline_seconds_, start_seconds));
}

Json WorkerProcess::ask(const Json &request, int descriptor, const std::atomic<bool> *cancelled, double seconds) {
  auto cancel = cancel_byte(control_);
  auto life = signs_of_life(control_);
  cancel.store(0, std::memory_order_relaxed);
  uint64_t life_before = life.load(std::memory_order_relaxed);
  try {
    send_packet(socket_, request, descriptor);
  } catch (const Error &error) {
    if (error.status() == Status::limit_exceeded) throw;
    lose(Status::internal, "");
  }
  bool obeys = true;  // until it was asked to end early
  double deadline = monotonic_seconds() + seconds;
  for (;;) {
    double left = deadline - monotonic_seconds();
    if (left <= 0) {
      if (!obeys) {
        end_of_process();
        throw Error(Status::cancelled, "cancelled");
      }
      uint64_t life_now = life.load(std::memory_order_relaxed);
      if (life_now == life_before) lose(Status::timeout, "did not answer within " + seconds_text(seconds));
      life_before = life_now;
      deadline += seconds;
      continue;
    }
    auto wait = static_cast<int>(std::min(std::ceil(left * 1000), 60'000.0));
    pollfd waits[2] = {{socket_, POLLIN, 0}, {log_, POLLIN, 0}};
    int ready = ::poll(waits, 2, cancelled && obeys ? std::min(wait, look_at_cancel_ms) : wait);
    if (ready < 0 && errno != EINTR) throw system_error(errno, "cannot wait for a worker process", "");
    if (waits[1].revents & POLLIN) hear_log();
    if (waits[1].revents == POLLHUP) {  // it closed its output, and lives on
      ::close(log_);
      log_ = -1;
    }
    if (waits[0].revents) {
      std::optional<Json> message;
      try {
        message = receive_packet(socket_, nullptr);
      } catch (const Error &error) {
        lose(Status::internal, "broke the worker protocol: " + error.message());
      }
      if (!message) lose(Status::internal, "");
      if (message->contains("log")) {
        auto text = display_text(shorten_utf8(text_of(*message, "text"), longest_log_line));
        if (text.rfind(plugin_ + ": ", 0) != 0) text.insert(0, plugin_ + ": ");
        log(level_from_name(text_of(*message, "log")), text);
        continue;
      }
      if (!message->contains("status")) return std::move(*message);
      auto status = status_from_name(text_of(*message, "status"));
      if (status == Status::ok) status = Status::internal;
      auto text = display_text(text_of(*message, "text"));
      throw Error(status, text.empty() ? "it does not say why" : text);
    }
    if (obeys && cancelled && cancelled->load(std::memory_order_relaxed)) {
      obeys = false;
      cancel.store(1, std::memory_order_relaxed);
      deadline = std::min(deadline, monotonic_seconds() + seconds_to_obey);
    }
  }
}

void WorkerProcess::attach(Memory which, SharedMemory memory) {
  Json request = {{"do", "memory"}, {"which", which == Memory::input ? "input" : "output"}, {"bytes", memory.size()}};
  ask(request, memory.descriptor(), nullptr, deadline_seconds_);
  (which == Memory::input ? input_ : output_) = std::move(memory);
}

SharedMemory &WorkerProcess::memory(Memory which, size_t bytes) {
  auto &mine = which == Memory::input ? input_ : output_;
  if (mine.size() < bytes || !mine) {
    mine = SharedMemory();
    size_t size = least_memory;
    while (size < bytes) size += std::max(size / 2, least_memory) / least_memory * least_memory;
    attach(which, SharedMemory(size));
  }
  return mine;
}

void WorkerProcess::inherit_input(WorkerProcess &from) {
  if (from.input_) attach(Memory::input, std::move(from.input_));
}

void WorkerProcess::trim() {
  for (auto which : {Memory::input, Memory::output})
    if ((which == Memory::input ? input_ : output_).size() > largest_kept_memory)
      attach(which, SharedMemory(least_memory));
}

}  // namespace kalon
