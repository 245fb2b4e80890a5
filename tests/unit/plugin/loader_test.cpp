// Loading: the gallery holds a plugin for every way of being wrong.
#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "isolation.h"
#include "plugin/registry.h"
#include "unit/plugin/gallery/moods.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

namespace {

constexpr const char *one_format = R"([{"name": "test", "extensions": ["tst"]}])";

std::string decoder_failure(const std::string &gallery) {
  Folder folder;
  folder.add_library(gallery, "plugin");
  folder.write("plugin.json", draft("test." + gallery, "plugin", one_format).text());
  LogCapture log;
  Registry registry({folder.path()}, trusting(folder.path()));
  REQUIRE(registry.plugins().at(0).state == PluginState::available);
  std::string text;
  try {
    registry.load("test." + gallery);
  } catch (const Error &error) {
    CHECK(error.status() == Status::missing_feature);
    text = error.what();
  }
  auto info = registry.plugins().at(0);
  CHECK((info.state == PluginState::rejected) == !text.empty());
  CHECK(text.find(info.reason) != text.npos);
  CHECK(log.count("test." + gallery + " was rejected: " + info.reason) == (text.empty() ? 0 : 1));
  return text;
}

std::string model_failure(const std::string &gallery, const std::string &more = "") {
  Folder folder;
  folder.add_library(gallery, "plugin");
  folder.write("plugin.json", model_draft("test.model", "plugin", more).text());
  LogCapture log;
  Registry registry({folder.path()}, trusting(folder.path()));
  REQUIRE(registry.plugins().at(0).state == PluginState::available);
  bool empty = registry.models().empty();
  auto info = registry.plugins().at(0);
  CHECK((info.state == PluginState::rejected) == empty);
  return info.reason;
}

}  // namespace

TEST_CASE("a decoder is loaded when it is first needed") {
  Folder folder;
  folder.add_library("gallery_decoder", "plugin");
  folder.write("plugin.json", draft("test.decoder", "plugin", one_format).text());
  LogCapture log;
  Registry registry({folder.path()}, trusting(folder.path()));
  CHECK(registry.choose_decoder({}, "tst"));
  CHECK(registry.plugins().at(0).state == PluginState::available);
  CHECK(log.count("init was called") == 0);
  std::string message;
  try {
    registry.open("test.decoder", {"picture.tst", {}, 1});
  } catch (const Error &error) {
    message = error.message();
    CHECK(error.status() == Status::unsupported);
  }
  CHECK(message == "the gallery's decoder reads nothing");
  CHECK(registry.plugins().at(0).state == PluginState::loaded);
  CHECK(log.count("test.decoder: init was called") == 1);
}

TEST_CASE("init is called once for a process, whoever asks first") {
  Folder folder;
  folder.add_library("gallery_decoder", "plugin");
  folder.write("plugin.json", draft("test.decoder", "plugin", one_format).text());
  LogCapture log;
  Registry first({folder.path()}, trusting(folder.path())), second({folder.path()}, trusting(folder.path()));
  std::atomic<int> waiting{8};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      (i % 2 ? first : second).load("test.decoder");
    });
  for (auto &thread : threads) thread.join();
  CHECK(log.count("init was called") == 1);
}

TEST_CASE("serial_per_process plugins are taken in turns, across registries") {
  Folder folder;
  folder.add_library("gallery_moody_model", "plugin");
  auto manifest = model_draft("test.moody", "plugin");
  manifest.concurrency = R"("serial_per_process")";
  folder.write("plugin.json", manifest.text());
  LogCapture log;
  Registry first({folder.path()}, trusting(folder.path())), second({folder.path()}, trusting(folder.path()));
  std::atomic<float> most{0};
  auto work = [&](Registry &registry) {
    auto model = registry.model("moody");
    auto stream = registry.stream(model);
    for (int i = 0; i < 100; ++i) {
      const uint8_t crowd[3] = {moods::crowd, 0, 0};
      write_input(model.description, stream->input(1, nullptr), 0, crowd);
      float inside = 0;
      float *outputs[1] = {&inside};
      kalon_status status;
      stream->run(1, outputs, &status, nullptr);
      most = std::max<float>(most, inside);
    }
  };
  std::thread one([&] { work(first); }), two([&] { work(second); });
  one.join();
  two.join();
  CHECK(most == 1);
}

TEST_CASE("a library that breaks the contract is rejected with its reason") {
  using Catch::Contains;
  CHECK_THAT(decoder_failure("gallery_decoder"), Catch::Equals(""));
  CHECK_THAT(decoder_failure("gallery_wrong_magic"), Contains("does not begin with the magic"));
  CHECK_THAT(decoder_failure("gallery_wrong_abi"), Contains("revision 1.2") && Contains("whatever its manifest says"));
  CHECK_THAT(decoder_failure("gallery_short_entry"), Contains("its entry has 16 bytes"));
  CHECK_THAT(decoder_failure("gallery_failing_init"),
             Contains("its init failed (io)") && Contains("the gallery is closed on Mondays"));
  CHECK_THAT(decoder_failure("gallery_no_entry"), Contains("cannot be loaded") && Contains("kalon_plugin_entry"));
  CHECK_THAT(decoder_failure("gallery_no_factory"), Contains("offers no kalon.decoder/1"));
  CHECK_THAT(decoder_failure("gallery_half_decoder"), Contains("decoder factory lacks functions"));
  CHECK_THAT(decoder_failure("gallery_throws"), Contains("init threw an exception: out of paint"));
  // rtld_now: a missing function is found at load, not in the middle of a run.
  CHECK_THAT(decoder_failure("gallery_undefined"), Contains("kalon_gallery_function_that_nobody_has"));
}

TEST_CASE("models describe themselves") {
  Folder folder;
  folder.add_library("gallery_model", "plugin");
  folder.add_library("gallery_model", "second");
  folder.write("plugin.json", model_draft("test.model", "plugin").text());
  folder.write("second.json", model_draft("test.second", "second").text());
  LogCapture log;
  Registry registry({folder.path()}, trusting(folder.path()));
  auto models = registry.models();
  REQUIRE(models.size() == 1);
  CHECK(models[0].plugin == "test.model");
  CHECK(models[0].index == 0);
  CHECK(std::string(models[0].description.id) == "gallery");
  CHECK(models[0].description.input_width == 1);
  REQUIRE(models[0].outputs.size() == 1);
  CHECK(std::string(models[0].outputs[0].name) == "byte");
  CHECK(log.count("is shadowed by that of test.model") == 1);

  auto model = registry.model("gallery");
  auto stream = registry.stream(model);
  const uint8_t pixels[2][3] = {{7, 0, 0}, {9, 0, 0}};
  for (uint32_t i = 0; i < 2; ++i) write_input(model.description, stream->input(2, nullptr), i, pixels[i]);
  float bytes[2] = {};
  float *outputs[1] = {bytes};
  kalon_status statuses[2] = {KALON_INTERNAL, KALON_INTERNAL};
  CHECK(stream->run(2, outputs, statuses, nullptr).empty());
  CHECK((statuses[0] == KALON_OK && statuses[1] == KALON_OK));
  CHECK(bytes[0] == 7);
  CHECK(bytes[1] == 9);

  try {
    registry.model("galery");
    FAIL("found a model that is not there");
  } catch (const Error &error) {
    CHECK(error.status() == Status::not_found);
    CHECK_THAT(error.what(), Catch::Contains("galery") && Catch::Contains("there are: gallery"));
  }
}

TEST_CASE("a model that describes itself wrongly is rejected") {
  using Catch::Contains;
  CHECK_THAT(model_failure("gallery_model"), Catch::Equals(""));
  CHECK_THAT(model_failure("gallery_bad_model"), Contains("dimension is 0"));
  CHECK_THAT(model_failure("gallery_no_factory"), Contains("offers no kalon.model/1"));
  CHECK_THAT(model_failure("gallery_model", R"(, "weights": {"gallery": "000102030405060708090a0b0c0d0e0f"})"),
             Catch::Equals(""));
  CHECK_THAT(model_failure("gallery_model", R"(, "weights": {"gallery": "ff0102030405060708090a0b0c0d0e0f"})"),
             Contains("disagree about the weights of the model gallery"));
  CHECK_THAT(model_failure("gallery_model", R"(, "weights": {"other": "000102030405060708090a0b0c0d0e0f"})"),
             Contains("disagree about the weights of the model other"));
}

TEST_CASE("a library is never unloaded") {
  Folder folder;
  folder.add_library("gallery_decoder", "plugin");
  folder.write("plugin.json", draft("test.decoder", "plugin", one_format).text());
  LogCapture log;
  {
    Registry registry({folder.path()}, trusting(folder.path()));
    registry.load("test.decoder");
  }
  std::ifstream maps("/proc/self/maps");
  std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  CHECK(mapped.find(folder / "plugin.so") != mapped.npos);
}
