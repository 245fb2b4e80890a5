// The search order of plugin folders.
#include <catch2/catch.hpp>

#include <algorithm>

#include "base/file.h"
#include "plugin/registry.h"
#include "unit/plugin/variable.h"
#include "unit/plugin/workshop.h"

using namespace kalon;

TEST_CASE("command line, KALON_PLUGIN_PATH, user data, install folder; never the current folder") {
  LogCapture log;
  Variable path("KALON_PLUGIN_PATH", "/opt/a::relative/b:/opt/c:.:");
  Variable data("XDG_DATA_HOME", "/home/someone/data");
  auto folders = plugin_folders({"/extra/one", "", "two"});
  REQUIRE(folders.size() == 6);
  CHECK(folders[0] == "/extra/one");
  CHECK(folders[1] == std::filesystem::current_path().native() + "/two");
  CHECK(folders[2] == "/opt/a");
  CHECK(folders[3] == "/opt/c");
  CHECK(folders[4] == "/home/someone/data/kalon/plugins");
  CHECK(folders[5] == std::filesystem::canonical("/proc/self/exe").parent_path().native() + "/kalon/plugins");
  CHECK(log.count("\"relative/b\" is not absolute and was ignored") == 1);
  CHECK(log.count("\".\" is not absolute and was ignored") == 1);
}

TEST_CASE("a process without a home still has the install folder") {
  Variable path("KALON_PLUGIN_PATH", nullptr), data("XDG_DATA_HOME", nullptr), home("HOME", nullptr);
  CHECK(plugin_folders({}).size() == 1);
}
