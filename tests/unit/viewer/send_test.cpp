#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "panels/send_plan.h"

using namespace kalon::viewer;

TEST_CASE("What would be sent: problems first, each with its reason") {
  SendPlan plan;
  plan.take(
      SendKind::hardlink,
      R"({"uri":"file:///p/a.jpg","path":"/p/a.jpg","name":"a.jpg","action":"hardlink","fate":"planned","status":"ok"})");
  plan.take(
      SendKind::hardlink,
      R"({"uri":"file:///p/b.jpg","path":"/p/b.jpg","name":"b (2).jpg","action":"symlink","fate":"planned","status":"ok","sidecars":["file:///p/b.jpg.xmp"]})");
  plan.take(
      SendKind::hardlink,
      R"({"uri":"file:///p/c.jpg","path":"/p/c.jpg","name":"c.jpg","action":"hardlink","fate":"left","status":"ok","message":"is there already"})");
  plan.take(
      SendKind::hardlink,
      R"({"uri":"file:///p/d%20e.jpg","path":"/p/d e.jpg","name":"d e.jpg","action":"hardlink","fate":"failed","status":"not_found","message":"is not there"})");
  plan.take(SendKind::hardlink, "no row");
  plan.finish(R"({"placed":0,"planned":2,"left":1,"failed":1,"bytes":12345})");
  REQUIRE(plan.lines.size() == 4);
  CHECK(plan.lines[0].path == "/p/d e.jpg");
  CHECK(plan.lines[0].message == "is not there");
  CHECK(plan.lines[1].fate == "left");
  CHECK(plan.lines[2].path == "/p/a.jpg");
  CHECK_FALSE(plan.lines[2].renamed());
  CHECK(plan.lines[3].renamed());
  CHECK(plan.lines[3].other_kind);
  CHECK(plan.going == 2);
  CHECK(plan.left == 1);
  CHECK(plan.failed == 1);
  CHECK(plan.sidecars == 1);
  CHECK(plan.bytes == 12345);
  CHECK_FALSE(plan.undoable);
  plan.finish(R"({"operation":4})");
  CHECK(plan.undoable);
}

TEST_CASE("RAW and picture of a shot go together, copies elsewhere stay") {
  Catalogue catalogue;
  auto add = [&](const std::string &path, const std::string &format) {
    return catalogue.take(parse_row(
        R"({"id":"00000000000000010000000000000001","photo":"00000000000000010000000000000001","uri":"file://)" + path +
        R"(","path":")" + path + R"(","width":3,"height":2,"format":")" + format + R"(","size":9,"status":"ok"})"));
  };
  auto item = add("/p/a.b/IMG_1.jpg", "jpeg");
  add("/p/a.b/IMG_1.nef", "raw");
  add("/p/old/IMG_1.jpg", "jpeg");
  add("/p/a.b/IMG_1 copy.jpg", "jpeg");
  ItemIndex items[] = {item};
  CHECK(files_to_send(catalogue, items) == std::vector<std::string>{"/p/a.b/IMG_1.jpg", "/p/a.b/IMG_1.nef"});
}

TEST_CASE("Folders as people write them") {
  auto meant = [](const char *text) { return folder_from_text(text, "/home/me", "/here"); };
  CHECK(meant("/a/b/") == "/a/b");
  CHECK(meant("  ~/best ") == "/home/me/best");
  CHECK(meant("~") == "/home/me");
  CHECK(meant("~you") == "/here/~you");
  CHECK(meant("sub/dir") == "/here/sub/dir");
  CHECK(meant("file:///a%20b") == "/a b");
  CHECK(meant("/") == "/");
  CHECK(meant("   ").empty());
}

TEST_CASE("Parameters are JSON, whatever bytes are in a path") {
  std::vector<std::string> paths{"/p/\"quoted\\\n\xff.jpg"};
  auto json = nlohmann::json::parse(send_parameters(SendKind::copy, paths, "/to/\xe4", true, false, true));
  CHECK(path_of(json["paths"][0].get<std::string>()) == paths[0]);
  CHECK(path_of(json["to"].get<std::string>()) == "/to/\xe4");
  CHECK(json["link"] == "copy");
  CHECK(json["sidecars"] == true);
  CHECK(json["dry_run"] == true);
  json = nlohmann::json::parse(send_parameters(SendKind::trash, paths, "/ignored", false, false, false));
  CHECK_FALSE(json.contains("to"));
  CHECK(json["dry_run"] == false);
}

TEST_CASE("Kinds have the engine's names") {
  SendKind kind = SendKind::copy;
  for (const char *name : {"hardlink", "symlink", "copy", "trash"}) {
    REQUIRE(send_kind_named(name, kind));
    CHECK(send_kind_name(kind) == name);
  }
  CHECK_FALSE(send_kind_named("link", kind));
  CHECK(kind == SendKind::trash);
}
