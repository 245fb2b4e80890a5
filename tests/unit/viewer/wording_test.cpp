#include <catch2/catch.hpp>

#include "commands/commands.h"
#include "commands/keys.h"
#include "commands/wording.h"

using namespace kalon::viewer;

namespace {

struct Window {
  Commands commands;
  KeyMap keys;
  Window() {
    auto add = [&](const char *name, const char *title) {
      commands.add({name, title, "Group", "", "", nullptr, nullptr, nullptr});
    };
    add("start-index", "Index pictures...");
    add("undo", "Undo");
    add("history", "History");
    add("rank-resume", "Go on with a session that ended");
    add("rank-session", "Go on with a session of ranking");
    add("plugins", "Plugins");
    keys.load(commands, "Kalon", {});
  }
  std::string said(std::string_view text) const { return said_here(commands, keys, text); }
};

}  // namespace

TEST_CASE("What the engine tells to run is told as what does the same in the window") {
  Window window;
  CHECK(window.said("is not in the library; `kalon index` takes it in") ==
        "is not in the library; \"Index pictures\" takes it in");
  CHECK(window.said("run `kalon index FOLDER` first") == "run \"Index pictures\" first");
  CHECK(window.said("`kalon undo` takes back what was placed before") ==
        "\"Undo\" (Ctrl+Z) takes back what was placed before");
  CHECK(window.said("take that back first (`kalon undo --operation 7`); nothing was touched") ==
        "take that back first (\"History\" (Ctrl+H)); nothing was touched");
  CHECK(window.said("(3 of 3); `kalon rank start --resume --votes N` gives it more") ==
        "(3 of 3); \"Go on with a session that ended\" gives it more");
  CHECK(window.said("`kalon plugins release a.b` lets it work again") == "\"Plugins\" lets it work again");
}

TEST_CASE("What has no like in the window is sent to a terminal, and options are named as parameters") {
  Window window;
  CHECK(window.said("drop it with `kalon rank sessions --drop NAME` (votes stay)") ==
        "drop it with `kalon rank sessions --drop NAME` in a terminal (votes stay)");
  CHECK(window.said("`kalon indexes` is none") == "`kalon indexes` in a terminal is none");
  CHECK(window.said("name fewer with --neighbours, or use --method knn") ==
        "name fewer with \"neighbours\", or use \"method\" knn");
  CHECK(window.said("--use-mtime takes the times of the files") == "\"use mtime\" takes the times of the files");
  CHECK(window.said("go on with it by --resume, drop it") ==
        "go on with it by \"Go on with a session of ranking\", drop it");
  CHECK(window.said("name another with --library") == "name another with --library");
}

TEST_CASE("Other texts stay as they are") {
  Window window;
  for (const char *text : {"", "`", "`kalon", "--", "a -- b", "/p/a--b.jpg: is gone", "1--2", "--5"}) {
    INFO(text);
    CHECK(window.said(text) == text);
  }
}
