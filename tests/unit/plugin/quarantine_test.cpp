// Plugins that fail again and again: when they are given up, how that is remembered, and how it ends.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "unit/plugin/apart.h"
#include "unit/plugin/gallery/moods.h"

using namespace kalon;
using namespace moods;
using namespace apart;

namespace {

// While it lives, the model's workers die of every picture.
class Always {
 public:
  explicit Always(const Apart &apart) : file_(apart.folder / "always") { std::ofstream(file_) << ' '; }
  ~Always() { std::filesystem::remove(file_); }

 private:
  std::string file_;
};

}  // namespace

TEST_CASE("a model that some pictures kill stays; one that all of them kill does not") {
  Apart apart;
  auto state = [&] { return apart.registry->plugins().at(1).state; };
  auto model = apart.registry->model("moody");
  auto stream = apart.registry->stream(model);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) CHECK(run(*stream, model, {{crash, 0, 0}}).statuses[0] == Status::internal);
    CHECK(run(*stream, model, {{calm, 3, 0}}).values[0] == 3);
  }
  CHECK(state() == PluginState::loaded);
  for (int i = 0; i < 8; ++i) run(*stream, model, {{crash, 0, 0}});
  CHECK(state() == PluginState::quarantined);
}

TEST_CASE("a plugin that fails again and again is put into quarantine, and let out of it") {
  using Catch::Contains;
  Apart apart;
  auto fail = [&](Registry &registry) {
    Always always(apart);
    return run(registry, {{calm, 0, 0}});
  };
  auto state = [&] { return apart.registry->plugins().at(1); };
  fail(*apart.registry);
  fail(*apart.registry);
  // One that works in between begins the count anew.
  CHECK(run(*apart.registry, {{calm, 1, 0}}).values[0] == 1);
  for (int i = 0; i < 3; ++i) {
    CHECK(state().state == PluginState::loaded);
    fail(*apart.registry);
  }
  CHECK(state().state == PluginState::quarantined);
  CHECK_THAT(state().reason, Contains("3 requests in succession failed") && Contains("signal 9"));
  CHECK(apart.log.count("test.model is in quarantine") == 1);
  auto refused = failure([&] { run(*apart.registry, {{calm, 1, 0}}); });
  CHECK(refused.first == Status::not_found);  // its models are none
  refused = failure([&] { apart.registry->load("test.model"); });
  CHECK(refused.first == Status::missing_feature);
  CHECK_THAT(refused.second, Contains("kalon plugins release test.model"));

  // Remembered by the next process.
  apart.restart();
  CHECK(state().state == PluginState::quarantined);
  CHECK(apart.registry->release("test.model"));
  CHECK_FALSE(apart.registry->release("test.model"));
  CHECK(run(*apart.registry, {{calm, 2, 0}}).values[0] == 2);

  // A new file has another chance.
  for (int i = 0; i < 3; ++i) fail(*apart.registry);
  apart.restart();
  CHECK(state().state == PluginState::quarantined);
  std::ofstream(apart.folder / "model.so", std::ios::app) << "a later version";
  apart.restart();
  CHECK(state().state == PluginState::available);
  CHECK(run(*apart.registry, {{calm, 3, 0}}).values[0] == 3);
}

TEST_CASE("a trusted decoder is never given up: files kill it, not its faults") {
  Apart apart;
  auto manifest = draft("test.decoder", "decoder", moody_format);
  manifest.more += R"(, "worker": true)";
  apart.folder.write("decoder.json", manifest.text());
  Registry registry({apart.folder.path()}, trusting(apart.folder.path()));
  for (int i = 0; i < 5; ++i) {
    auto [status, text] = decoding_failure(registry, moody_file(crash, calm));
    CHECK(status == Status::internal);
    CHECK_THAT(text, Catch::Contains("signal 11"));
  }
  CHECK(decoding_failure(registry, moody_file(calm, calm)).first == Status::ok);
}

TEST_CASE("a quarantine that another process ends has ended here") {
  Apart apart;
  Registry other({apart.folder.path()}, apart.isolation);
  {
    Always always(apart);
    for (int i = 0; i < 3; ++i) run(*apart.registry, {{calm, 0, 0}});
  }
  CHECK(apart.registry->plugins().at(1).state == PluginState::quarantined);
  other.release("test.model");
  CHECK(apart.registry->plugins().at(1).state == PluginState::loaded);
  CHECK(run(*apart.registry, {{calm, 1, 0}}).values[0] == 1);
}

TEST_CASE("a decoder in quarantine gives way to another that takes the file") {
  Apart apart;
  apart.folder.add_library("gallery_moody_decoder", "other");
  apart.folder.write("other.json", draft("test.other", "other", moody_format).text());
  apart.restart();
  auto file = moody_file(crash, calm);
  for (int i = 0; i < 3; ++i) {
    CHECK(apart.registry->choose_decoder(file, "moody")->plugin == "test.decoder");
    CHECK(decoding_failure(*apart.registry, file).first == Status::internal);
  }
  CHECK(apart.registry->choose_decoder(file, "moody")->plugin == "test.other");
}
