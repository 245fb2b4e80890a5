// Manifests: the right one is read in full, every wrong one is rejected with its own reason.
#include <catch2/catch.hpp>

#include "plugin/manifest.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

namespace {

Manifest read(const Folder &folder, const std::string &text) {
  folder.write("plugin.json", text);
  return read_manifest(folder.path() + "/plugin.json");
}

}  // namespace

TEST_CASE("a manifest is read in full") {
  Folder folder;
  folder.write("plugin.so", "never looked at");
  Draft good;
  good.concurrency = R"("serial_per_instance")";
  good.more = R"(, "capabilities": ["scale"], "formats": [
    {"name": "jpeg", "extensions": ["jpg", "jpeg"], "magic": [{"offset": 0, "hex": "ffd8ff"}]},
    {"name": "raw", "extensions": ["nef"], "extension_first": true}])";
  auto manifest = read(folder, good.text());
  const auto &info = manifest.info;
  INFO(info.reason);
  REQUIRE(info.state == PluginState::available);
  CHECK(info.reason.empty());
  CHECK(info.id == "test.plugin");
  CHECK(info.kind == "decoder");
  CHECK(info.version == "1.0");
  CHECK(info.licence == "Apache-2.0");
  CHECK(info.summary == "A plugin of the tests.");
  CHECK(info.manifest == folder.path() + "/plugin.json");
  CHECK(info.concurrency == Concurrency::serial_per_instance);
  CHECK(info.capabilities == std::vector<std::string>{"scale"});
  REQUIRE(info.formats.size() == 2);
  CHECK(info.formats[0].name == "jpeg");
  CHECK(info.formats[0].extensions == std::vector<std::string>{"jpg", "jpeg"});
  REQUIRE(info.formats[0].magics.size() == 1);
  CHECK(info.formats[0].magics[0].offset == 0);
  CHECK(info.formats[0].magics[0].bytes == Bytes{0xff, 0xd8, 0xff});
  CHECK_FALSE(info.formats[0].extension_first);
  CHECK(info.formats[1].extension_first);
  CHECK(manifest.file == folder.path() + "/plugin.so");
}

TEST_CASE("a wrong manifest is rejected with its reason") {
  Folder folder;
  folder.write("plugin.so", "");
  auto reason = [&](auto change) {
    Draft wrong;
    change(wrong);
    auto manifest = read(folder, wrong.text());
    CHECK(manifest.info.state == PluginState::rejected);
    CHECK(manifest.info.formats.empty());
    return manifest.info.reason;
  };
  using Catch::Contains;
  CHECK_THAT(reason([](Draft &d) { d.manifest = "2"; }), Contains("newer form"));
  CHECK_THAT(reason([](Draft &d) { d.manifest = "\"1\""; }), Contains("\"manifest\" must be a whole number"));
  CHECK_THAT(reason([](Draft &d) { d.id = "\"\""; }), Contains("\"id\" must have 1 to 128 bytes"));
  CHECK_THAT(reason([](Draft &d) { d.id = "\"A b\""; }), Contains("\"id\" must be of a-z"));
  CHECK_THAT(reason([](Draft &d) { d.id = "7"; }), Contains("\"id\" must be a text"));
  CHECK_THAT(reason([](Draft &d) { d.kind = "\"head\""; }), Contains("unknown kind: \"head\""));
  CHECK_THAT(reason([](Draft &d) { d.library = "\"../plugin.so\""; }), Contains("without slashes"));
  CHECK_THAT(reason([](Draft &d) { d.library = "\"/usr/lib/plugin.so\""; }), Contains("without slashes"));
  CHECK_THAT(reason([](Draft &d) { d.library = "\"other.so\""; }), Contains("named like the manifest: plugin.so"));
  CHECK_THAT(reason([](Draft &d) { d.abi = R"({"major": 2, "minor": 0})"; }), Contains("revision 2.0"));
  CHECK_THAT(reason([](Draft &d) { d.abi = R"({"major": 1, "minor": 2})"; }), Contains("revision 1.2"));
  CHECK_THAT(reason([](Draft &d) { d.abi = R"({"major": 1})"; }), Contains("\"abi\" lacks \"minor\""));
  CHECK_THAT(reason([](Draft &d) { d.abi = R"({"major": -1, "minor": 1})"; }), Contains("whole number"));
  CHECK_THAT(reason([](Draft &d) { d.abi = R"({"major": 65536, "minor": 1})"; }), Contains("whole number"));
  CHECK_THAT(reason([](Draft &d) { d.abi = R"({"major": 1.0, "minor": 1})"; }), Contains("whole number"));
  CHECK_THAT(reason([](Draft &d) { d.abi = "[0, 1]"; }), Contains("\"abi\" must be an object"));
  CHECK_THAT(reason([](Draft &d) { d.version = "null"; }), Contains("\"version\" must be a text"));
  CHECK_THAT(reason([](Draft &d) { d.summary = '"' + std::string(1025, 'x') + '"'; }), Contains("1 to 1024 bytes"));
  CHECK_THAT(reason([](Draft &d) { d.summary = R"("\u001b[2J")"; }), Contains("control characters"));
  CHECK_THAT(reason([](Draft &d) { d.concurrency = "\"any\""; }), Contains("must be parallel, serial_per_instance"));
  CHECK_THAT(reason([](Draft &d) { d.more = ""; }), Contains("decoder without formats"));
  CHECK_THAT(reason([](Draft &d) { d.kind = "\"model\""; }), Contains("has formats but is no decoder"));
  CHECK_THAT(reason([](Draft &d) { d.more = R"(, "formats": {})"; }), Contains("must be an array"));
  CHECK_THAT(reason([](Draft &d) { d.more += R"(, "weights": {"m": "xyz"})"; }), Contains("hex"));

  auto format_reason = [&](const std::string &format) {
    return reason([&](Draft &d) { d.more = R"(, "formats": [)" + format + "]"; });
  };
  CHECK_THAT(format_reason(R"({"extensions": ["a"]})"), Contains("format 1 lacks \"name\""));
  CHECK_THAT(format_reason(R"({"name": "sixteen_letters_", "extensions": ["a"]})"), Contains("1 to 15 bytes"));
  CHECK_THAT(format_reason(R"({"name": "a"})"), Contains("neither extensions nor magic"));
  CHECK_THAT(format_reason(R"({"name": "a", "extensions": [".jpg"]})"), Contains("without the dot: \".jpg\""));
  CHECK_THAT(format_reason(R"({"name": "a", "extensions": ["JPG"]})"), Contains("lower case"));
  CHECK_THAT(format_reason(R"({"name": "a", "magic": [{"offset": 0, "hex": "f"}]})"), Contains("pairs of lower-case"));
  CHECK_THAT(format_reason(R"({"name": "a", "magic": [{"offset": 0, "hex": "FF"}]})"), Contains("pairs of lower-case"));
  CHECK_THAT(format_reason(R"({"name": "a", "magic": [{"offset": 0, "hex": ""}]})"), Contains("1 to 128 bytes"));
  CHECK_THAT(format_reason(R"({"name": "a", "magic": [{"offset": 63, "hex": "ffff"}]})"), Contains("first 64 bytes"));
  CHECK_THAT(format_reason(R"({"name": "a", "magic": [{"offset": 64, "hex": "ff"}]})"), Contains("0 to 63"));
  CHECK_THAT(format_reason(R"({"name": "a", "magic": [{"offset": 0, "hex": "ff"}], "extension_first": true})"),
             Contains("no extensions"));
  CHECK_THAT(format_reason(R"({"name": "a", "extensions": ["a"], "extension_first": 1})"), Contains("true or false"));
}

TEST_CASE("a manifest that cannot be read is rejected, whatever its bytes") {
  Folder folder;
  folder.write("plugin.so", "");
  using Catch::Contains;
  CHECK_THAT(read(folder, "").info.reason, Contains("not valid JSON"));
  CHECK_THAT(read(folder, "{").info.reason, Contains("not valid JSON"));
  CHECK_THAT(read(folder, "\xff\xfe{}").info.reason, Contains("not valid JSON"));
  CHECK_THAT(read(folder, "[]").info.reason, Contains("must be an object"));
  CHECK_THAT(read(folder, "null").info.reason, Contains("must be an object"));
  CHECK_THAT(read(folder, "{}").info.reason, Contains("lacks \"id\""));
  CHECK_THAT(read(folder, std::string(1 << 20, '[')).info.reason, Contains("not valid JSON"));
  CHECK_THAT(read(folder, std::string(1 << 19, '[') + std::string(1 << 19, ']')).info.reason, Contains("an object"));
  CHECK_THAT(read(folder, Draft().text() + std::string(1 << 20, ' ')).info.reason, Contains("the limit is 1048576"));
  CHECK(read(folder, "{}").info.id == "plugin");

  // Every prefix and every single changed byte: an answer, and never an accepted manifest without its parts.
  std::string text = Draft().text();
  for (size_t i = 0; i < text.size(); ++i) {
    CHECK(read(folder, text.substr(0, i)).info.state == PluginState::rejected);
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x15);
    auto info = read(folder, changed).info;
    CHECK((info.state == PluginState::rejected) == !info.reason.empty());
    CHECK((info.state == PluginState::rejected || !info.formats.empty()));
  }

  std::filesystem::create_directory(folder.path() + "/folder.json");
  CHECK_THAT(read_manifest(folder.path() + "/folder.json").info.reason, Contains("not a regular file"));
  std::filesystem::remove(folder.path() + "/plugin.so");
  CHECK_THAT(read(folder, text).info.reason, Contains("its library plugin.so"));
}

TEST_CASE("an unknown field is told and ignored") {
  Folder folder;
  folder.write("plugin.so", "");
  LogCapture log;
  Draft with_more;
  with_more.more += R"(, "colour": "blue")";
  CHECK(read(folder, with_more.text()).info.state == PluginState::available);
  CHECK(log.count("\"colour\" is unknown") == 1);
}

TEST_CASE("of many unknown fields a few are told") {
  Folder folder;
  folder.write("plugin.so", "");
  LogCapture log;
  Draft with_more;
  for (int i = 0; i < 10'000; ++i) with_more.more += ", \"u" + std::to_string(i) + "\": 1";
  CHECK(read(folder, with_more.text()).info.state == PluginState::available);
  CHECK(log.count("10000 fields are unknown") == 1);
  CHECK(log.count("is unknown and was ignored") == 8);
}
