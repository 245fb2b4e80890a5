#include "panels/history_rows.h"

#include <catch2/catch.hpp>
#include <string>

using namespace kalon::viewer;

namespace {

std::string action(const char *id, const char *more) {
  return std::string(R"({"action":")") + id +
         R"(","kind":"rating","time":"2026-11-22T17:47:05.123456Z","text":"3 stars: a.jpg","count":1,)" + more +
         R"("uris":["file:///a.jpg"],"writer":"00ab"})";
}

}  // namespace

TEST_CASE("times of the engine are microseconds since 1970") {
  // date -u -d '2026-11-22 17:47:05' +%s
  CHECK(microseconds_of("2026-11-22T17:47:05.123456Z") == 1795369625123456);
  CHECK(microseconds_of("1970-01-01T00:00:00.000000Z") == 0);
  CHECK(microseconds_of("1970-01-01T00:00:01Z") == 1000000);
  CHECK(microseconds_of("2024-02-29T00:00:00.5Z") == 1709164800500000);
  CHECK(microseconds_of("2023-02-29T00:00:00Z") == 0);
  CHECK(microseconds_of("yesterday") == 0);
  CHECK(microseconds_of("") == 0);
}

TEST_CASE("undos are told by what they took back, and are the way back") {
  History history;
  // c took back a; d took back b, and e took back d.
  history.add(std::vector<std::string>{
      action("e", R"("undoes":"d","undone":false,)"), action("d", R"("undoes":"b","undone":true,)"),
      action("c", R"("undoes":"a","undone":false,)"), action("b", R"("undone":false,)"),
      action("a", R"("undone":true,)"),
      R"({"operation":7,"kind":"send","time":"2026-11-22T17:00:00.000000Z","undone":false,"files":12,"text":"12 files sent"})",
      "no JSON", R"({"kind":"rating"})"});
  const auto shown = history.shown();
  REQUIRE(shown.size() == 3);
  CHECK(history.work(7) == shown[2]);
  CHECK(history.work(8) == nullptr);
  CHECK(history.work(0) == nullptr);
  CHECK(shown[0]->action == "b");
  CHECK(history.way_back(*shown[0]) == "b");
  CHECK(shown[1]->action == "a");
  CHECK(shown[1]->undone);
  CHECK(history.way_back(*shown[1]) == "c");
  CHECK(shown[2]->operation == 7);
  CHECK(shown[2]->count == 12);
  CHECK(history.way_back(*shown[2]).empty());
  CHECK(history.subject("e") == shown[0]);
  CHECK(history.subject("c") == shown[1]);
  CHECK(history.subject("a") == shown[1]);
  CHECK(history.subject("x") == nullptr);
  CHECK(history.subject("") == nullptr);
  CHECK(history.last() == "7");
  CHECK(shown[0]->uris == std::vector<std::string>{"file:///a.jpg"});
}

TEST_CASE("undos in a circle are about nothing") {
  History history;
  history.add(std::vector<std::string>{action("a", R"("undoes":"b",)"), action("b", R"("undoes":"a",)")});
  CHECK(history.subject("a") == nullptr);
  CHECK(history.shown().empty());
}

TEST_CASE("what was taken back by an undo that is not here has no way back") {
  History history;
  CHECK(history.last().empty());
  history.add(std::vector<std::string>{action("a", R"("undone":true,)")});
  CHECK(history.way_back(*history.shown()[0]).empty());
  CHECK(history.last() == "a");
}
