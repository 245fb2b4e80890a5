#include "server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "style.h"

namespace kalon::cli {
namespace {

constexpr size_t most_clients = 64;
constexpr size_t piece = 65536;
constexpr size_t most_unheard = size_t{20} << 20;  // more than the largest message, so that one always gets through

[[noreturn]] void fail(kalon_status status, const std::string &text) {
  throw host::Failure(status, text);
}
[[noreturn]] void system_failure(const std::string &what) {
  fail(KALON_IO, what + ": " + std::strerror(errno));
}

volatile std::sig_atomic_t stopping = 0;

// Signals come only while poll() waits, and only to this thread: those of the engine begin with them blocked.
class StopSignals {
 public:
  StopSignals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stopping = 1; };
    sigset_t stop;
    sigemptyset(&stop);
    for (int number : {SIGINT, SIGTERM, SIGHUP}) {
      ::sigaction(number, &action, nullptr);
      sigaddset(&stop, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &stop, &open_);
    ::signal(SIGPIPE, SIG_IGN);
  }
  int poll(std::vector<pollfd> &events) const {
    return ::ppoll(events.data(), static_cast<nfds_t>(events.size()), nullptr, &open_);
  }

 private:
  sigset_t open_;
};

// ---- the socket's file

class Listener {
 public:
  explicit Listener(std::string path) : path_(std::move(path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path)
      fail(KALON_INVALID_ARGUMENT,
           path_ + ": the path of a socket has at most " + std::to_string(sizeof address.sun_path - 1) + " bytes");
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    // Whoever holds it alone may judge what lies there, so that two that start at once do not both take over.
    lock_ = ::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0) system_failure(path_ + ".lock: cannot be made");
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 || !lock_is_there()) taken();
    try {
      clear(address);
      listen(address);
    } catch (const host::Failure &) {
      ::unlink((path_ + ".lock").c_str());
      throw;
    }
  }
  ~Listener() {
    ::unlink(path_.c_str());
    ::unlink((path_ + ".lock").c_str());
    ::close(descriptor_);
    ::close(lock_);
  }
  Listener(const Listener &) = delete;
  Listener &operator=(const Listener &) = delete;

  int descriptor() const { return descriptor_; }
  // -1: nobody came after all, or somebody who may not.
  int accept() const {
    int client = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    ucred peer{};
    socklen_t size = sizeof peer;
    if (client < 0) return -1;
    bool own =
        ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
    if (own) return client;
    ::close(client);
    return -1;
  }

 private:
  // Whoever held it before may just have removed it, and another made a new one.
  bool lock_is_there() const {
    struct stat held {
    }, there{};
    return ::fstat(lock_, &held) == 0 && ::lstat((path_ + ".lock").c_str(), &there) == 0 &&
           held.st_ino == there.st_ino && held.st_dev == there.st_dev;
  }

  void listen(const sockaddr_un &address) {
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    auto before = ::umask(0177);
    int bound =
        descriptor_ < 0 ? -1 : ::bind(descriptor_, reinterpret_cast<const sockaddr *>(&address), sizeof address);
    ::umask(before);
    if (bound != 0 || ::listen(descriptor_, 16) != 0) system_failure(path_ + ": cannot be listened at");
  }

  [[noreturn]] void taken() const { fail(KALON_BUSY, path_ + ": another process serves there"); }

  // What a killed server left is removed; anything else is not ours.
  void clear(const sockaddr_un &address) const {
    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0) return;
    if (!S_ISSOCK(status.st_mode)) fail(KALON_INVALID_ARGUMENT, path_ + ": is there already, and is no socket");
    int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered = probe >= 0 && ::connect(probe, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    if (probe >= 0) ::close(probe);
    if (answered) taken();
    if (::unlink(path_.c_str()) != 0) system_failure(path_ + ": the socket of an ended process cannot be removed");
  }

  std::string path_;
  int lock_ = -1, descriptor_ = -1;
};

// In the folder that belongs to this user and this session.
std::string default_socket() {
  const char *runtime = std::getenv("XDG_RUNTIME_DIR");
  if (!runtime || *runtime != '/')
    fail(KALON_INVALID_ARGUMENT, "XDG_RUNTIME_DIR names no folder for sockets; name one: --unix PATH");
  auto folder = std::string(runtime) + "/kalon";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) system_failure(folder + ": cannot be made");
  return folder + "/socket";
}

// ---- clients

class Client {
 public:
  Client(const host::RpcService &service, int in, int out)
      : session_(std::make_unique<host::RpcSession>(service)), in_(in), out_(out) {}
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;
  ~Client() {
    if (in_ == out_) ::close(in_);
  }

  // What to wait for: input, output, and the session's own event.
  std::array<pollfd, 3> events() const {
    bool writes = !pending_.empty();
    // Of the way out it is always told when nobody is at its end any more.
    auto wanted = static_cast<short>(writes ? POLLOUT : 0);
    bool listens = reads_ && unheard_ < most_unheard;
    return {pollfd{listens ? in_ : -1, POLLIN, 0}, pollfd{out_, wanted, 0},
            pollfd{writes ? -1 : session_->event_fd(), POLLIN, 0}};
  }
  // False when it is gone or done.
  bool serve(const pollfd *events) {
    std::array<char, piece> buffer;
    if (events[0].revents != 0) {
      // One piece in a turn, so that no client keeps the others waiting.
      auto size = ::read(in_, buffer.data(), buffer.size());
      if (size > 0) session_->feed({buffer.data(), static_cast<size_t>(size)});
      if (size > 0 && !pending_.empty()) unheard_ += static_cast<size_t>(size);
      if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        session_->end_input();
        reads_ = false;
      }
    }
    // What it said before it went was heard; what it asked for goes with it. Nobody hears what a pipe says whose other
    // end is closed, whatever still comes in.
    bool gone = (events[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    if (gone && (!reads_ || in_ != out_)) return false;
    if (pending_.empty()) pending_.assign(buffer.data(), session_->read(buffer.data(), buffer.size()));
    if (pending_.empty()) unheard_ = 0;
    if (!pending_.empty() && (events[1].revents & POLLOUT) != 0 && !write()) return false;
    return !pending_.empty() || !session_->finished();
  }
  std::unique_ptr<host::RpcSession> leave() { return std::move(session_); }

 private:
  bool write() {
    // A pipe that has room takes so much at once; sockets take what they can.
    auto size = in_ == out_ ? ::send(out_, pending_.data(), pending_.size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                            : ::write(out_, pending_.data(), std::min<size_t>(pending_.size(), PIPE_BUF));
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    pending_.erase(0, static_cast<size_t>(size));
    return true;
  }

  std::unique_ptr<host::RpcSession> session_;
  int in_, out_;
  bool reads_ = true;
  std::string pending_;
  size_t unheard_ = 0;  // bytes taken from a client that does not read what waits for it
};

class Server {
 public:
  Server(const host::RpcService &service, Listener *listener) : service_(service), listener_(listener) {}
  ~Server() {
    clients_.clear();
    for (auto &one : leaving_) one.thread.join();
  }

  void add(int in, int out) { clients_.emplace_back(service_, in, out); }
  // Until nobody is left, or nobody listens any more.
  void run(const StopSignals &signals) {
    while (stopping == 0 && (listener_ || !clients_.empty())) {
      std::vector<pollfd> events;
      for (const auto &client : clients_)
        for (const auto &event : client.events()) events.push_back(event);
      bool room = listener_ && clients_.size() + leaving_.size() < most_clients;
      events.push_back({room ? listener_->descriptor() : -1, POLLIN, 0});
      if (signals.poll(events) < 0 && errno != EINTR) system_failure("cannot wait for clients");
      if (stopping != 0) return;
      std::erase_if(leaving_, [](Leaving &one) {
        if (!one.gone) return false;
        one.thread.join();
        return true;
      });
      const auto *event = events.data();
      for (auto client = clients_.begin(); client != clients_.end(); event += 3)
        client = client->serve(event) ? std::next(client) : leave(client);
      if (event->revents != 0) welcome();
    }
  }

 private:
  void welcome() {
    int descriptor = listener_->accept();
    if (descriptor < 0) {
      // Whoever waits goes on waiting, and would keep this loop from ever resting.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return;
    }
    try {
      add(descriptor, descriptor);
    } catch (const host::Failure &) {
      ::close(descriptor);  // no room for one more is no reason to end the others
    }
  }

  // Ending what a client asked for may take a moment, which others need not wait for.
  std::list<Client>::iterator leave(std::list<Client>::iterator client) {
    auto &one = leaving_.emplace_back();
    try {
      one.thread = std::thread([&one, session = client->leave()]() mutable {
        session.reset();
        one.gone = true;
      });
    } catch (const std::system_error &) {
      leaving_.pop_back();  // no thread is to be had: its end was waited for here
    }
    return clients_.erase(client);
  }

  struct Leaving {
    std::thread thread;
    std::atomic<bool> gone{false};
  };

  const host::RpcService &service_;
  Listener *listener_;
  std::list<Client> clients_;
  std::list<Leaving> leaving_;
};

}  // namespace

int serve(const host::Engine &engine, const Invocation &invocation) {
  StopSignals signals;
  auto options = nlohmann::json{{"library", invocation.library}};
  host::RpcService service(engine, options.dump());
  if (!invocation.serves_socket) {
    Server server(service, nullptr);
    server.add(STDIN_FILENO, STDOUT_FILENO);
    server.run(signals);
    return 0;
  }
  auto path = invocation.socket.empty() ? default_socket() : invocation.socket;
  Listener listener(path);
  if (!invocation.quiet) say("kalon: serving at " + printable(path) + '\n');
  Server server(service, &listener);
  server.run(signals);
  return 0;
}

}  // namespace kalon::cli
