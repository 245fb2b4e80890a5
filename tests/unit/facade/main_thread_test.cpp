// The thread tag [main]: what a debug build refuses, and that a release build does not.
#include <catch2/catch.hpp>

#include "facade/main_thread.h"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"

using namespace kalon;

namespace {

// What a check says on a thread of its own; empty when it lets the call pass.
std::string elsewhere(const MainThread &main, TagCheck check) {
  std::string said;
  std::thread([&] {
    try {
      main.require("configure", check);
    } catch (const Error &error) {
      said = error.status() == Status::invalid_argument ? error.message() : "another status";
    }
  }).join();
  return said;
}

struct Logged {
  Logged() {
    set_log_sink([this](LogLevel level, std::string_view text) {
      if (level == LogLevel::error) errors.emplace_back(text);
    });
  }
  ~Logged() { set_log_sink({}); }
  std::vector<std::string> errors;
};

}  // namespace

TEST_CASE("[main] functions belong to the thread of init", "[facade]") {
  Logged logged;
  MainThread main;
  CHECK(elsewhere(main, TagCheck::on).empty());  // nobody claimed it
  main.claim();
  CHECK_NOTHROW(main.require("configure", TagCheck::on));
  CHECK(logged.errors.empty());
  auto said = elsewhere(main, TagCheck::on);
  CHECK(said.find("configure() carries the thread tag [main]") == 0);
  CHECK(logged.errors == std::vector<std::string>{said});
}

TEST_CASE("a release build does not look at the thread", "[facade]") {
  Logged logged;
  MainThread main;
  main.claim();
  CHECK(elsewhere(main, TagCheck::off).empty());
  CHECK(logged.errors.empty());
#ifdef NDEBUG
  STATIC_REQUIRE(tag_check == TagCheck::off);
#else
  STATIC_REQUIRE(tag_check == TagCheck::on);
#endif
}

TEST_CASE("a later init makes its own thread the main one", "[facade]") {
  Logged logged;
  MainThread main;
  main.claim();
  std::thread([&] { main.claim(); }).join();
  CHECK_THROWS_AS(main.require("configure", TagCheck::on), Error);
}
