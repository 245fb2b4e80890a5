// Worker processes that do what no worker should, and host programs that make it hard for the engine.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "plugin/packets.h"
#include "plugin/worker_process.h"
#include "unit/plugin/workshop.h"

using namespace kalon;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

const std::string hello = "hear(); say(protocol=1)\n";

// A worker program in Python's own words.
struct Liar {
  Folder folder;
  LogCapture log;

  WorkerProgram program(const std::string &text, double deadline = 60) const {
    folder.write("liar.py",
                 "import json, os, socket, sys, time\ns = socket.socket(fileno=3)\n"
                 "def hear(): return json.loads(s.recvmsg(70000, 4096)[0])\n"
                 "def say(**answer): s.send(json.dumps(answer).encode())\n" +
                     text);
    WorkerProgram program;
    program.command = {"/usr/bin/python3", "-B", folder / "liar.py"};
    program.plugin = "liar";
    program.kind = "model";
    program.file = "/nothing";
    program.deadline_seconds = deadline;
    return program;
  }
};

size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void wait_for(const std::string &file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

TEST_CASE("a worker that cannot be started leaves nothing behind") {
  Liar liar;
  auto before = open_descriptors();
  for (const std::string program :
       {"raise SystemExit(7)", "hear(); say(status='missing_feature', text='not today'); hear()",
        "hear(); say(protocol=2); hear()", "s.close(); time.sleep(60)", "hear(); s.send(b'[' * 60000); hear()"}) {
    CHECK(failure([&] { WorkerProcess worker(liar.program(program)); }).first != Status::ok);
    CHECK(open_descriptors() == before);
    CHECK_FALSE(has_children());
  }
  auto missing = liar.program("");
  missing.command = {"/no/such/program"};
  CHECK(failure([&] { WorkerProcess worker(missing); }).first == Status::missing_feature);
  CHECK(open_descriptors() == before);
}

TEST_CASE("descriptors that a worker sends without being asked do not come in") {
  Liar liar;
  WorkerProcess worker(
      liar.program(hello +
                   "while True:\n  hear()\n  socket.send_fds(s, [b'{\"log\": \"info\", \"text\": \"x\"}'], [0, 1])\n"
                   "  socket.send_fds(s, [b'{}'], [0, 1, 2, 0, 1, 2])\n"));
  auto before = open_descriptors();
  for (int i = 0; i < 20; ++i) worker.ask({{"do", "models"}});
  CHECK(open_descriptors() == before);
}

TEST_CASE("only the first of several descriptors is kept, and none beside a packet that is refused") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
  auto send = [&](std::string text) {
    int numbers[2] = {0, 1};
    alignas(cmsghdr) char beside[CMSG_SPACE(sizeof numbers)] = {};
    iovec part{text.data(), text.size()};
    msghdr packet{};
    packet.msg_iov = &part;
    packet.msg_iovlen = 1;
    packet.msg_control = beside;
    packet.msg_controllen = sizeof beside;
    cmsghdr *header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof numbers);
    std::memcpy(CMSG_DATA(header), numbers, sizeof numbers);
    REQUIRE(::sendmsg(pair[0], &packet, 0) > 0);
  };
  auto before = open_descriptors();
  int came = -1;
  send("{}");
  CHECK(receive_packet(pair[1], &came));
  CHECK(came >= 0);
  CHECK(open_descriptors() == before + 1);
  ::close(came);
  std::string large(max_packet_bytes + 1, ' ');
  large.front() = '{';
  large.back() = '}';
  for (int i : {0, 1}) {
    send(i == 0 ? large : "[]");
    CHECK(failure([&] { receive_packet(pair[1], &came); }).first == Status::invalid_argument);
    CHECK(came == -1);
  }
  CHECK(open_descriptors() == before);
  // Nor does the engine wait for one that does not read.
  CHECK(failure([&] {
          for (;;) send_packet_at_once(pair[0], {{"text", std::string(60'000, 'x')}}, -1);
        }).first == Status::busy);
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST_CASE("a second answer is not taken for that to the next request") {
  Liar liar;
  WorkerProcess worker(liar.program("hear(); say(protocol=1); say(models=[]); open('" + (liar.folder / "done") +
                                    "', 'w')\nwhile True: hear(); say()\n"));
  wait_for(liar.folder / "done");
  CHECK_THAT(failure([&] { worker.ask({{"do", "models"}}); }).second, Contains("what it was not asked"));
  CHECK(worker.lost());
  CHECK_THAT(failure([&] { worker.ask({{"do", "models"}}); }).second, Contains("is gone"));
}

TEST_CASE("a worker whose children hold its socket and output open is known to be dead") {
  Liar liar;
  WorkerProcess worker(liar.program(hello + "hear()\nif os.fork() == 0:\n  os.setsid()\n  time.sleep(4)\n"
                                            "os._exit(3)\n"));
  CHECK_THAT(failure([&] { worker.ask({{"do", "models"}}); }).second, Contains("exit code 3"));
}

TEST_CASE("a worker that floods the log is cancelled like any other, and most of it is left out") {
  Liar liar;
  for (const std::string flood : {"say(log='error', text='drip')", "print('drip', flush=True)"}) {
    set_log_level(LogLevel::debug);
    WorkerProcess worker(liar.program(hello + "hear()\nwhile True: " + flood + "\n"));
    std::atomic<bool> cancelled{false};
    std::thread later([&] {
      while (liar.log.count("the others are left out") == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      cancelled = true;
    });
    CHECK(failure([&] { worker.ask({{"do", "run"}}, &cancelled); }).first == Status::cancelled);
    later.join();
    set_log_level(LogLevel::warning);
    CHECK(worker.lost());
  }
  CHECK(liar.log.count("drip") <= 2000);
}

TEST_CASE("a worker cannot say that the user has cancelled") {
  Liar liar;
  WorkerProcess worker(liar.program(hello + "hear(); say(status='cancelled', text='so there'); hear(); say()\n"));
  std::atomic<bool> cancelled{false};
  CHECK(failure([&] { worker.ask({{"do", "run"}}, &cancelled); }).first == Status::internal);
  worker.ask({{"do", "models"}});
}

TEST_CASE("the end of a worker is told where the host program does not let its children be waited for") {
  Liar liar;
  auto before = ::signal(SIGCHLD, SIG_IGN);
  {
    WorkerProcess worker(liar.program(hello + "hear(); os._exit(3)\n"));
    CHECK_THAT(failure([&] { worker.ask({{"do", "models"}}); }).second, Contains("its worker process ended"));
    CHECK(worker.lost());
    WorkerProcess killed(liar.program(hello + "hear()\n"));
  }
  ::signal(SIGCHLD, before);
  CHECK_FALSE(has_children());
}

TEST_CASE("a worker's connections do not take the numbers of closed standard streams") {
  Liar liar;
  int kept[3], used = 0;
  for (int i = 0; i < 3; ++i) kept[i] = ::fcntl(i, F_DUPFD_CLOEXEC, 100);
  for (int i = 0; i < 3; ++i) ::close(i);
  std::string answer;
  try {
    WorkerProcess worker(liar.program(hello + "hear(); say(); hear(); say(here=os.readlink('/proc/self/fd/0'))\n"));
    auto &memory = worker.memory(WorkerProcess::Memory::input, 1000);
    for (int i = 0; i < 3; ++i) used += ::fcntl(i, F_GETFD) >= 0;
    memory.data()[999] = 1;
    answer = worker.ask({{"do", "models"}})["here"];
  } catch (const Error &error) {
    answer = error.what();
  }
  for (int i = 0; i < 3; ++i) ::dup2(kept[i], i);
  for (int descriptor : kept) ::close(descriptor);
  CHECK(used == 0);
  CHECK(answer == "/dev/null");
}

TEST_CASE("a lack of descriptors is an error that passes") {
  Liar liar;
  auto program = liar.program(hello + "hear()\n");
  auto before = open_descriptors();
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  // Each step of the start lacks one, in turn.
  for (rlim_t more = 0; more < 9; ++more) {
    rlimit low{std::max<rlim_t>(before, 4) + more, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    auto outcome = failure([&] { WorkerProcess worker(program); });
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (outcome.first != Status::ok) CHECK(outcome.first == Status::io);
    CHECK(open_descriptors() == before);
    CHECK_FALSE(has_children());
  }
  WorkerProcess worker(program);
}
