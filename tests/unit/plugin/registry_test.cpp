// Which plugin is taken, and which decoder gets a file. The expected choices are those of the rules in registry.h.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "isolation.h"
#include "plugin/registry.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

namespace {

void add(const Folder &folder, const std::string &id, const std::string &file, const std::string &formats) {
  folder.write(file + ".json", draft(id, file, formats).text());
  folder.write(file + ".so", "not a library");
}

std::string choice(const Registry &registry, std::string_view head, std::string_view extension) {
  auto chosen = registry.choose_decoder(bytes_of(head), extension);
  return chosen ? chosen->plugin + "/" + chosen->format : "none";
}

}  // namespace

TEST_CASE("of plugins with one id the first folder's wins, and the other is shadowed") {
  Folder first, second;
  add(first, "same", "one", R"([{"name": "a", "extensions": ["a"]}])");
  add(second, "same", "two", R"([{"name": "b", "extensions": ["b"]}])");
  add(second, "other", "three", R"([{"name": "c", "extensions": ["c"]}])");
  LogCapture log;
  Registry registry({first.path(), "/no/such/folder", second.path(), first.path() + "/."});
  auto plugins = registry.plugins();
  REQUIRE(plugins.size() == 3);
  CHECK(plugins[0].id == "other");
  CHECK(plugins[1].state == PluginState::available);
  CHECK(plugins[1].manifest == first.path() + "/one.json");
  CHECK(plugins[2].state == PluginState::rejected);
  CHECK(plugins[2].reason == "is shadowed by " + first.path() + "/one.json");
  CHECK(log.count("is shadowed by") == 1);
  CHECK(registry.known_extension("a"));
  CHECK(registry.known_extension("c"));
  CHECK_FALSE(registry.known_extension("b"));
  CHECK_FALSE(registry.known_extension(""));
}

TEST_CASE("one bad manifest does not disturb the others") {
  Folder folder;
  add(folder, "good", "good", R"([{"name": "a", "extensions": ["a"]}])");
  folder.write("bad.json", "{");
  folder.write("readme.txt", "no manifest");
  LogCapture log;
  Registry registry({folder.path()});
  auto plugins = registry.plugins();
  REQUIRE(plugins.size() == 2);
  CHECK(plugins[0].id == "bad");
  CHECK(plugins[0].state == PluginState::rejected);
  CHECK(plugins[1].state == PluginState::available);
  CHECK(log.count("plugin bad was rejected: its manifest is not valid JSON") == 1);
}

TEST_CASE("the decoder is chosen by magic, then by extension") {
  Folder folder;
  add(folder, "jpeg", "jpeg",
      R"([{"name": "jpeg", "extensions": ["jpg"], "magic": [{"offset": 0, "hex": "ffd8ff"}]}])");
  add(folder, "many", "many", R"([
    {"name": "tiff", "extensions": ["tif"], "magic": [{"offset": 0, "hex": "49492a00"}, {"offset": 0, "hex": "4d4d002a"}]},
    {"name": "webp", "extensions": ["webp"], "magic": [{"offset": 8, "hex": "57454250"}]},
    {"name": "tga", "extensions": ["tga"]}])");
  add(folder, "raw", "raw", R"([
    {"name": "nef", "extensions": ["nef"], "magic": [{"offset": 0, "hex": "4d4d002a"}], "extension_first": true},
    {"name": "cr2", "extensions": ["cr2"], "magic": [{"offset": 0, "hex": "49492a00"}], "extension_first": true},
    {"name": "cr3", "extensions": ["cr3"], "magic": [{"offset": 0, "hex": "43523320"}], "extension_first": true},
    {"name": "x3f", "extensions": ["x3f"], "extension_first": true}])");
  LogCapture log;
  Registry registry({folder.path()});
  std::string jpeg("\xff\xd8\xff\xe0 and so on", 14), tiff_little("II*\0....", 8), tiff_big("MM\0*....", 8);

  CHECK(choice(registry, jpeg, "jpg") == "jpeg/jpeg");
  CHECK(choice(registry, jpeg, "tif") == "jpeg/jpeg");
  CHECK(choice(registry, jpeg, "") == "jpeg/jpeg");
  CHECK(choice(registry, "RIFF....WEBPVP8 ", "jpg") == "many/webp");
  CHECK(choice(registry, tiff_little, "tif") == "many/tiff");
  CHECK(choice(registry, tiff_big, "nef") == "raw/nef");
  CHECK(choice(registry, tiff_little, "cr2") == "raw/cr2");
  // A RAW file of a body whose beginning is not in the manifest, or is another format's.
  CHECK(choice(registry, "FOVb............", "nef") == "raw/nef");
  CHECK(choice(registry, tiff_little, "nef") == "raw/nef");
  // The magic of such a format counts under other names.
  CHECK(choice(registry, "CR3 magic", "jpg") == "raw/cr3");
  CHECK(choice(registry, jpeg, "x3f") == "raw/x3f");
  // Formats without magic: by extension, when nothing else matches.
  CHECK(choice(registry, "anything", "tga") == "many/tga");
  CHECK(choice(registry, jpeg, "tga") == "jpeg/jpeg");
  // A known extension alone does not make a JPEG.
  CHECK(choice(registry, "anything", "jpg") == "none");
  CHECK(choice(registry, "", "jpg") == "none");
  CHECK(choice(registry, "\xff\xd8", "jpg") == "none");
  CHECK(choice(registry, "", "tga") == "many/tga");
}

TEST_CASE("the longer magic wins; among equals the one that knows the extension, then the search order") {
  Folder first, second;
  add(first, "box", "box", R"([{"name": "box", "extensions": ["mp4"], "magic": [{"offset": 4, "hex": "66747970"}]}])");
  add(first, "heic", "heic",
      R"([{"name": "heic", "extensions": ["heic"], "magic": [{"offset": 4, "hex": "6674797068656963"}]}])");
  add(second, "late", "late",
      R"([{"name": "box2", "extensions": ["mov"], "magic": [{"offset": 4, "hex": "66747970"}]}])");
  LogCapture log;
  Registry registry({first.path(), second.path()});
  CHECK(choice(registry, "....ftypheic", "mp4") == "heic/heic");
  CHECK(choice(registry, "....ftypqt  ", "") == "box/box");
  CHECK(choice(registry, "....ftypqt  ", "mov") == "late/box2");
}

TEST_CASE("a decoder whose library cannot be loaded says why, and gives way to another") {
  Folder folder, other;
  add(folder, "broken", "broken", R"([{"name": "a", "extensions": ["aaa"]}])");
  LogCapture log;
  {
    Registry registry({folder.path()}, trusting(folder.path()));
    CHECK(choice(registry, "", "aaa") == "broken/a");
    for (int attempt = 0; attempt < 2; ++attempt) {
      try {
        registry.load("broken");
        FAIL("a text file was loaded as a library");
      } catch (const Error &error) {
        CHECK(error.status() == Status::missing_feature);
        CHECK_THAT(error.what(), Catch::Contains("plugin broken") && Catch::Contains("cannot be loaded"));
      }
    }
    CHECK(log.count("plugin broken was rejected") == 1);
    // Chosen still: the file's status then tells of the plugin, not of an unknown format.
    CHECK(choice(registry, "", "aaa") == "broken/a");
    CHECK(registry.plugins()[0].state == PluginState::rejected);
    CHECK_THAT(registry.plugins()[0].reason, Catch::Contains("cannot be loaded"));
  }
  add(other, "works", "works", R"([{"name": "a2", "extensions": ["aaa"]}])");
  Registry registry({folder.path(), other.path()}, trusting(folder.path()));
  CHECK(choice(registry, "", "aaa") == "broken/a");
  CHECK_THROWS_AS(registry.load("broken"), Error);
  CHECK(choice(registry, "", "aaa") == "works/a2");
}

TEST_CASE("names that are unknown or of the wrong kind") {
  Folder folder;
  add(folder, "decoder", "decoder", R"([{"name": "a", "extensions": ["a"]}])");
  LogCapture log;
  Registry registry({folder.path()});
  auto status = [](auto call) {
    try {
      call();
    } catch (const Error &error) {
      return error.status();
    }
    return Status::ok;
  };
  CHECK(status([&] { registry.load("nobody"); }) == Status::not_found);
  CHECK(status([&] { registry.open("nobody", {"a", {}, 1}); }) == Status::not_found);
  CHECK(status([&] { registry.release("nobody"); }) == Status::not_found);
  CHECK(status([&] { registry.model("nobody"); }) == Status::not_found);
  CHECK(registry.models().empty());
}
