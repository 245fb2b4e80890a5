// Plugins in processes of their own, and what becomes of what they break: the gallery's moody ones do what the pictures
// ask of them.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "base/threads.h"
#include "unit/plugin/apart.h"
#include "unit/plugin/gallery/moods.h"

using namespace kalon;
using namespace moods;
using namespace apart;

namespace {

// Killed, and dead when this returns; its parent can still tell.
void kill_child(pid_t process) {
  REQUIRE(::kill(process, SIGKILL) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT) == 0);
}

// Until the process is gone or some seconds have passed.
bool ends(pid_t process) {
  for (int i = 0; i < 500; ++i) {
    if (::kill(process, 0) != 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace

TEST_CASE("plugins of the trusted folder run in this process, others and those that ask for it in their own") {
  Apart apart;
  auto outside = run(*apart.registry, {{process, 0, 0}});
  CHECK(outside.values[0] != static_cast<float>(::getpid()));
  CHECK(apart.registry->plugins().at(1).worker);

  Registry trusted({apart.folder.path()}, trusting(apart.folder.path()));
  CHECK(run(trusted, {{process, 0, 0}}).values[0] == static_cast<float>(::getpid()));
  CHECK_FALSE(trusted.plugins().at(1).worker);

  apart.folder.write("model.json", model_draft("test.model", "model", R"(, "worker": true)").text());
  Registry asked({apart.folder.path()}, trusting(apart.folder.path()));
  CHECK(run(asked, {{process, 0, 0}}).values[0] != static_cast<float>(::getpid()));
  CHECK(asked.plugins().at(1).worker);

  // A manifest cannot make itself trusted, nor can a link to a trusted folder's neighbour.
  apart.folder.write("model.json", model_draft("test.model", "model", R"(, "worker": false)").text());
  apart.restart();
  CHECK(run(*apart.registry, {{process, 0, 0}}).values[0] != static_cast<float>(::getpid()));
}

TEST_CASE("batches of any size come back whole, stream by stream") {
  Apart apart;
  auto model = apart.registry->model("moody");
  auto one = apart.registry->stream(model), two = apart.registry->stream(model);
  CHECK(run(*one, model, {{process, 0, 0}}).values != run(*two, model, {{process, 0, 0}}).values);
  for (size_t count : {1, 3, 1000, 500'000}) {
    std::vector<Pixel> pictures(count, Pixel{calm, 0, 0});
    for (size_t i = 0; i < count; ++i) pictures[i][1] = static_cast<uint8_t>(i % 251);
    // 500,000 statuses by their names do not fit into a packet; 1,000 do.
    if (count == 500'000) {
      auto answer = run(*one, model, pictures);
      CHECK(answer.statuses[0] == Status::limit_exceeded);
      continue;
    }
    auto answer = run(*one, model, pictures);
    CHECK(answer.text.empty());
    for (size_t i = 0; i < count; ++i) {
      REQUIRE(answer.statuses[i] == Status::ok);
      REQUIRE(answer.values[i] == static_cast<float>(i % 251));
    }
  }
}

TEST_CASE("a picture that fails leaves its neighbours alone, and the worker") {
  Apart apart;
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  auto before = run(*stream, model, {{process, 0, 0}}).values[0];
  auto answer = run(*stream, model, {{calm, 7, 0}, {fails, 0, 0}, {not_a_number, 0, 0}, {calm, 9, 0}});
  CHECK(answer.statuses == std::vector{Status::ok, Status::corrupt_data, Status::ok, Status::ok});
  CHECK(answer.text == "this picture is in a bad mood");
  CHECK(answer.values[0] == 7);
  CHECK(std::isnan(answer.values[2]));
  CHECK(answer.values[3] == 9);
  CHECK(run(*stream, model, {{process, 0, 0}}).values[0] == before);
}

TEST_CASE("a batch that kills its worker is tried twice, and then the picture at fault fails, and no other") {
  using Catch::Contains;
  Apart apart;
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  auto answer = run(*stream, model, {{calm, 7, 0}, {crash, 0, 0}, {calm, 9, 0}, {leave, 0, 0}, {calm, 11, 0}});
  CHECK(answer.statuses == std::vector{Status::ok, Status::internal, Status::ok, Status::internal, Status::ok});
  CHECK((answer.values[0] == 7 && answer.values[2] == 9 && answer.values[4] == 11));
  CHECK_THAT(answer.text, Contains("twice") && Contains("signal 11"));
  CHECK(run(*stream, model, {{calm, 7, 0}}).values[0] == 7);

  CHECK_THAT(run(*stream, model, {{leave, 0, 0}}).text, Contains("exit code 0"));
  CHECK(run(*stream, model, {{calm, 8, 0}}).values[0] == 8);

  auto chatty = run(*stream, model, {{chatter, 0, 0}}).text;
  CHECK_THAT(chatty, Contains("a line on standard output") && Contains("the last words") && Contains("signal 6"));
  CHECK(run(*stream, model, {{calm, 9, 0}}).values[0] == 9);
}

TEST_CASE("a worker that is killed in the middle of a batch costs nothing: the batch is run again") {
  Apart apart;
  apart.folder.write("marker", "");
  ::setenv("MOODY_MARKER", (apart.folder / "marker").c_str(), 1);
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  auto answer = run(*stream, model, {{calm, 3, 0}, {crash_once, 4, 0}, {calm, 5, 0}});
  CHECK(answer.statuses == std::vector(3, Status::ok));
  CHECK(answer.values == std::vector<float>{3, 4, 5});
  CHECK_FALSE(std::ifstream(apart.folder / "marker"));

  // Between batches too.
  auto worker = static_cast<pid_t>(run(*stream, model, {{process, 0, 0}}).values[0]);
  REQUIRE(::kill(worker, SIGKILL) == 0);
  CHECK(run(*stream, model, {{calm, 6, 0}}).values[0] == 6);

  apart.folder.write("marker", "");
  auto file = moody_file(calm, crash_once);
  CHECK(decoding_failure(*apart.registry, file).first == Status::ok);
  CHECK_FALSE(std::ifstream(apart.folder / "marker"));
  ::unsetenv("MOODY_MARKER");
}

TEST_CASE("what hangs is stopped at its deadline; what shows life is not") {
  Apart apart(.8);
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  auto worker = static_cast<pid_t>(run(*stream, model, {{process, 0, 0}}).values[0]);
  auto answer = run(*stream, model, {{hang, 0, 0}});
  CHECK(answer.statuses[0] == Status::timeout);
  CHECK_THAT(answer.text, Catch::Contains("did not answer within 0.8 s"));
  CHECK(ends(worker));
  // Two seconds of work, with signs of life.
  CHECK(run(*stream, model, {{busy, 5, 0}}).values[0] == 5);

  CHECK(decoding_failure(*apart.registry, moody_file(calm, hang)).first == Status::timeout);
  CHECK(decoding_failure(*apart.registry, moody_file(hang, calm)).first == Status::timeout);
}

TEST_CASE("work that is cancelled ends: obeyed, or stopped") {
  Apart apart;
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  for (auto mood : {obey, hang}) {
    std::atomic<bool> cancelled{false};
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      cancelled = true;
    });
    CHECK(failure([&] { run(*stream, model, {{mood, 0, 0}}, &cancelled); }).first == Status::cancelled);
    later.join();
    CHECK(run(*stream, model, {{calm, 6, 0}}).values[0] == 6);
  }
}

TEST_CASE("a worker inherits no descriptors, and ends with the engine's end of the socket") {
  Apart apart;
  // Open and not closed at exec, as careless hosts leave them; beyond the numbers that the worker's own take.
  int careless = ::fcntl(STDERR_FILENO, F_DUPFD, 50);
  REQUIRE(careless >= 0);
  auto model = apart.registry->model("moody");
  CHECK(run(*apart.registry->stream(model), model, {{descriptors, 0, 0}}).values[0] == 0);
  ::close(careless);
  auto worker = static_cast<pid_t>(run(*apart.registry, {{process, 0, 0}}).values[0]);
  CHECK(::kill(worker, 0) == 0);
  apart.registry.reset();
  CHECK(ends(worker));
}

TEST_CASE("a model that cannot be started again fails its batch, and is well once it can") {
  Apart apart;
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  CHECK(run(*stream, model, {{calm, 1, 0}}).values[0] == 1);
  ::setenv("MOODY_START", (apart.folder / "start").c_str(), 1);
  apart.folder.write("start", "");
  auto answer = run(*stream, model, {{calm, 7, 0}, {crash, 0, 0}, {calm, 9, 0}});
  CHECK(answer.statuses == std::vector(3, Status::internal));
  CHECK_THAT(answer.text, Catch::Contains("signal 9"));
  std::filesystem::remove(apart.folder / "start");
  CHECK(run(*stream, model, {{calm, 2, 0}}).values[0] == 2);
  ::unsetenv("MOODY_START");
}

TEST_CASE("a file is decoded apart as it would be here") {
  Apart apart;
  Registry here({apart.folder.path()}, trusting(apart.folder.path()));
  auto file = moody_file(calm, calm, 9, 7);
  auto decode = [&](Registry &registry, bool scaled) {
    auto decoding = registry.open("test.decoder", {"/a folder/\xff name.moody", file, 1000});
    CHECK(decoding->scales());
    if (scaled) decoding->scale(5, 4);
    auto info = decoding->info();
    CHECK(info.width == 9);
    CHECK(info.decoded_width == (scaled ? 5u : 9u));
    CHECK(std::string(info.format) == "moody");
    auto properties = decoding->metadata(KALON_METADATA_PROPERTIES);
    std::string text(properties.begin(), properties.end());
    CHECK(text.size() > 3'000'000);
    CHECK(text.find("text:path=/a folder/\xff name.moody\n") == 0);
    CHECK(decoding->metadata(KALON_METADATA_ICC).empty());
    Pixels pixels(info);
    decoding->read(pixels.view);
    return std::pair(text, pixels.bytes);
  };
  CHECK(decode(*apart.registry, false) == decode(here, false));
  CHECK(decode(*apart.registry, true) == decode(here, true));
  CHECK(decoding_failure(*apart.registry, moody_file(fails, calm)) ==
        std::pair(Status::corrupt_data, std::string("this file is in a bad mood")));
  CHECK(decoding_failure(*apart.registry, {'M', 'O'}).first == Status::corrupt_data);
}

TEST_CASE("a worker that is none, or that lies, is found out") {
  using Catch::Contains;
  Apart apart;
  auto with = [&](const std::string &program) {
    // Python's own words for what a broken worker may say.
    apart.folder.write("liar",
                       "#!/usr/bin/python3 -B\nimport json, socket\ns = socket.socket(fileno=3)\n"
                       "def hear(): return json.loads(s.recvmsg(70000, 4096)[0])\n"
                       "def say(**answer): s.send(json.dumps(answer).encode())\n" +
                           program);
    ::chmod((apart.folder / "liar").c_str(), 0700);
    apart.isolation.worker_program = apart.folder / "liar";
    apart.isolation.deadline_seconds = 5;
    apart.isolation.quarantine_folder = "";
    apart.restart();
    return failure([&] { apart.registry->load("test.model"); }).second;
  };
  const std::string hello = "hear(); say(protocol=1)\n";
  CHECK_THAT(with("hear(); say(protocol=2); hear()"), Contains("another version of the worker protocol"));
  CHECK_THAT(with("hear(); s.send(b'no json'); hear()"), Contains("broke the worker protocol"));
  CHECK_THAT(with("hear(); s.send(b'[' * 60000); hear()"), Contains("broke the worker protocol"));
  CHECK_THAT(with("hear(); say(status='missing_feature', text='not today'); hear()"), Contains("not today"));
  CHECK_THAT(with("raise SystemExit(7)"), Contains("exit code 7"));
  CHECK_THAT(with("print('why I died', flush=True); raise SystemExit(1)"), Contains("why I died"));
  CHECK_THAT(with(hello + "hear(); say(models=3); hear()"), Contains("which models it has"));
  CHECK_THAT(with(hello + "hear(); say(models=[{'id': 'a'}]); hear()"), Contains("says no \"name\""));
  CHECK_THAT(with(hello + "hear(); say(models=[1]); hear()"), Contains("in another form"));
  CHECK_THAT(with(hello + "hear(); say(status='nonsense'); hear()"), Contains("does not say why"));
  apart.isolation.worker_program = "/no/such/program";
  apart.restart();
  CHECK_THAT(failure([&] { apart.registry->load("test.model"); }).second, Contains("cannot be started"));
}

TEST_CASE("each batch has two workers, whatever the one before has cost") {
  Apart apart;
  apart.folder.write("marker", "");
  ::setenv("MOODY_MARKER", (apart.folder / "marker").c_str(), 1);
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  CHECK(run(*stream, model, {{crash, 0, 0}}).statuses[0] == Status::internal);
  CHECK(run(*stream, model, {{crash_once, 4, 0}}).values[0] == 4);
  ::unsetenv("MOODY_MARKER");
}

TEST_CASE("workers that die while they are idle cost nothing") {
  Apart apart;
  auto model = apart.registry->model("moody");
  std::vector<pid_t> processes;
  {
    auto one = apart.registry->stream(model), two = apart.registry->stream(model);
    for (auto *stream : {one.get(), two.get()})
      processes.push_back(static_cast<pid_t>(run(*stream, model, {{process, 0, 0}}).values[0]));
  }
  for (auto idle : processes) kill_child(idle);
  CHECK(run(*apart.registry, {{calm, 4, 0}}).values[0] == 4);
}

TEST_CASE("workers are kept for a host's threads beside those of the engine") {
  const int before = thread_budget();
  set_thread_budget(1);
  Apart apart;
  auto model = apart.registry->model("moody");
  auto two_at_once = [&] {
    auto one = apart.registry->stream(model), two = apart.registry->stream(model);
    auto process_of = [&](ModelStream &stream) { return run(stream, model, {{process, 0, 0}}).values[0]; };
    return std::set{process_of(*one), process_of(*two)};
  };
  auto first = two_at_once();
  CHECK(first.size() == 2);
  CHECK(two_at_once() == first);
  set_thread_budget(before);
}

TEST_CASE("a model that writes over its input is stopped: a batch that is run again must be what it was") {
  Apart apart;
  CHECK_THAT(run(*apart.registry, {{scribble, 0, 0}}).text, Catch::Contains("signal 11"));
}

TEST_CASE("a file that was opened again in another worker has its scale") {
  Apart apart;
  auto file = moody_file(calm, calm, 9, 7);
  auto decoding = apart.registry->open("test.decoder", {"/pictures/a.moody", file, 1000});
  decoding->scale(5, 4);
  auto process = decoding->metadata(KALON_METADATA_XMP);
  kill_child(std::stoi(std::string(process.begin(), process.end())));
  CHECK(decoding->metadata(KALON_METADATA_PROPERTIES).size() > 3'000'000);
  CHECK(decoding->info().decoded_width == 5);
  Pixels pixels(decoding->info());
  decoding->read(pixels.view);
  CHECK(pixels.bytes[4 * 3 + 2] == 14);
  CHECK(pixels.bytes[5 * 3] == 16);
}

TEST_CASE("a plugin that could not be started for lack of descriptors is tried again") {
  Apart apart;
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  rlimit low{4, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  auto refused = failure([&] { apart.registry->load("test.model"); });
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK_THAT(refused.second, Catch::Contains("Too many open files"));
  CHECK(apart.registry->plugins().at(1).state == PluginState::rejected);
  CHECK(run(*apart.registry, {{calm, 1, 0}}).values[0] == 1);
  CHECK(apart.registry->plugins().at(1).state == PluginState::loaded);
}

TEST_CASE("many threads use the plugins of a registry, some of which die, while others ask and release them") {
  Apart apart;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 8; ++i) try {
          if (thread == 3) {
            wrong += apart.registry->plugins().size() != 2;
            wrong += apart.registry->models().size() > 1;
            apart.registry->release("test.model");
          } else if (thread == 2) {
            auto status = decoding_failure(*apart.registry, moody_file(i % 4 == 1 ? crash : calm, calm)).first;
            wrong += status != (i % 4 == 1 ? Status::internal : Status::ok);
          } else {
            auto answer = run(*apart.registry, {{calm, static_cast<uint8_t>(i), 0}});
            wrong += answer.values[0] != static_cast<float>(i);
          }
        } catch (const Error &) {
          ++wrong;
        }
    });
  for (auto &thread : threads) thread.join();
  CHECK(wrong == 0);
}
