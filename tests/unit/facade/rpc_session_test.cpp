// A client of the service, without sockets: bytes in, lines out.
#include <catch2/catch.hpp>

#include <poll.h>

#include <nlohmann/json.hpp>

#include <map>

#include "facade/rpc_session.h"
#include "temporary_folder.h"

using namespace kalon;
using nlohmann::json;

namespace {

struct Service {
  TemporaryFolder folder;
  std::string place = folder / "library";
  Registry registry{std::vector<std::string>{}};
  SharedLibrary library{place};
  std::unique_ptr<RpcSession> session;

  explicit Service(const RpcLimits &limits = {}) {
    session = std::make_unique<RpcSession>(
        library, [this]() -> Registry & { return registry; }, limits);
  }
  void make_library(int files) {
    auto writer = Library::open(place)->write();
    for (int i = 0; i < files; ++i) {
      FileRow row;
      row.path = "/pictures/" + std::to_string(i) + ".jpg";
      writer.put_file(row);
    }
    writer.commit();
  }
  static std::string request(const json &id, const std::string &method, const json &params = json::object()) {
    return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump() + "\n";
  }
  // All that comes until the client's end.
  std::vector<json> rest() {
    session->end_input();
    std::string lines;
    while (!session->finished()) {
      pollfd event{session->event_descriptor(), POLLIN, 0};
      REQUIRE(::poll(&event, 1, 60000) == 1);
      char buffer[1000];
      lines.append(buffer, session->read(buffer, sizeof buffer));
    }
    std::vector<json> messages;
    for (size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1)
      messages.push_back(json::parse(lines.substr(begin, end - begin)));
    CHECK((lines.empty() || lines.back() == '\n'));
    return messages;
  }
  std::map<std::string, json> answers() {
    std::map<std::string, json> by_id;
    for (auto &message : rest())
      if (message.contains("id")) by_id[message["id"].dump()] = message;
    return by_id;
  }
};

}  // namespace

TEST_CASE_METHOD(Service, "methods are answered with rows and summary, however the bytes are cut", "[rpc]") {
  make_library(3);
  auto text = request(1, "list") + "\n  \r\n" + request("b", "engine") + request(2, "no such") + "nonsense\n" +
              request(3, "list", {{"limit", "many"}}) + request(4, "list", {{"nothing", 1}});
  size_t piece = GENERATE(size_t{1}, size_t{7}, size_t{100000});
  for (size_t at = 0; at < text.size(); at += piece) session->feed(std::string_view(text).substr(at, piece));
  auto found = answers();
  REQUIRE(found.size() == 6);
  CHECK(found["1"]["result"]["status"] == "ok");
  CHECK(found["1"]["result"]["rows"].size() == 3);
  CHECK(found["1"]["result"]["rows"][0]["path"] == "/pictures/0.jpg");
  CHECK(found["\"b\""]["result"]["methods"].size() == all_methods().size());
  CHECK(found["2"]["error"]["code"] == -32601);
  CHECK(found["null"]["error"]["code"] == -32700);
  CHECK(found["3"]["error"]["code"] == -32602);
  CHECK(found["3"]["error"]["data"]["status"] == "invalid_argument");
  CHECK(found["4"]["error"]["code"] == -32602);
}

TEST_CASE_METHOD(Service, "a last line without its end is a request, and notifications are not answered", "[rpc]") {
  make_library(1);
  session->feed(R"({"jsonrpc":"2.0","method":"list"})"
                "\n"
                R"({"jsonrpc":"2.0","method":"no such"})"
                "\n");
  auto text = request(1, "list");
  session->feed(std::string_view(text).substr(0, text.size() - 1));
  auto messages = rest();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0]["id"] == 1);
}

TEST_CASE_METHOD(Service, "a batch is answered as one", "[rpc]") {
  make_library(1);
  auto asked = [](const char *method) { return json{{"jsonrpc", "2.0"}, {"method", method}}; };
  auto list = asked("list"), engine = asked("engine"), notified = asked("list");
  list["id"] = 1;
  engine["id"] = 2;
  session->feed(json{list, engine, notified, 5}.dump() + '\n' + json::array({notified}).dump() + '\n');
  auto messages = rest();
  REQUIRE(messages.size() == 1);
  REQUIRE(messages[0].is_array());
  std::multiset<std::string> ids;
  for (const auto &answer : messages[0]) ids.insert(answer["id"].dump());
  CHECK(ids == std::multiset<std::string>{"1", "2", "null"});
}

TEST_CASE_METHOD(Service, "a library is made by index alone", "[rpc]") {
  session->feed(request(1, "list") + request(2, "models"));
  auto found = answers();
  CHECK(found["1"]["error"]["data"]["status"] == "not_found");
  CHECK(found["2"]["result"]["rows"].is_array());
  CHECK_FALSE(std::filesystem::exists(place));
}

TEST_CASE("rows come as they are found when asked for, and a client that does not read is waited for", "[rpc]") {
  Service service;
  service.make_library(20000);
  service.session->feed(Service::request(1, "list", {{"$rows", "stream"}, {"$progress", true}}));
  size_t rows = 0, notifications = 0;
  bool answered = false;
  for (const auto &message : service.rest()) {
    if (message.contains("method")) {
      CHECK(message["params"]["id"] == 1);
      if (message["method"] != "rows") continue;
      CHECK_FALSE(answered);
      rows += message["params"]["rows"].size();
      ++notifications;
      continue;
    }
    answered = true;
    CHECK_FALSE(message["result"].contains("rows"));
    CHECK(message["result"]["summary"].is_object());
  }
  CHECK(answered);
  CHECK(rows == 20000);
  CHECK(notifications > 10);
}

TEST_CASE("limits", "[rpc]") {
  RpcLimits limits;
  limits.message_bytes = 10000;
  Service service(limits);
  service.make_library(1000);
  for (size_t size : {5000, 6000, 30000}) service.session->feed(std::string(size, 'x'));
  service.session->feed("\n");  // all of it one line
  service.session->feed(Service::request(1, "list"));
  service.session->feed(Service::request(2, "list", {{"$rows", "stream"}}));
  auto messages = service.rest();
  size_t refused = 0;
  for (const auto &message : messages) refused += message.contains("id") && message["id"].is_null() ? 1 : 0;
  CHECK(refused == 1);
  for (const auto &message : messages) {
    if (!message.contains("id") || message["id"].is_null()) continue;
    CHECK(message.contains("error") == (message["id"] == 1));
    if (message["id"] == 1) CHECK(message["error"]["data"]["status"] == "limit_exceeded");
  }
}

TEST_CASE("requests wait for their turn, are cancelled there or at work, and ids are kept apart", "[rpc]") {
  RpcLimits limits;
  limits.at_once = 1;
  limits.waiting = 3;
  Service service(limits);
  service.make_library(20000);
  auto stream = json{{"$rows", "stream"}};
  // The first fills the buffer and waits for its reader; the others wait behind it.
  auto &session = *service.session;
  session.feed(Service::request(1, "list", stream));
  char byte;
  for (pollfd event{session.event_descriptor(), POLLIN, 0};
       ::poll(&event, 1, 60000) == 1 && session.read(&byte, 1) == 0;) {
  }
  session.feed(Service::request(2, "list") + Service::request(3, "list") + Service::request(1, "list"));
  session.feed(Service::request(4, "list") + Service::request(5, "list"));
  for (int id : {3, 3, 1, 1, 99})
    session.feed(Service::request("cancel " + std::to_string(id), "cancel", {{"id", id}}));
  session.feed(Service::request("wrong", "cancel"));
  session.end_input();
  std::string lines(&byte, 1);
  while (!session.finished()) {
    pollfd event{session.event_descriptor(), POLLIN, 0};
    REQUIRE(::poll(&event, 1, 60000) == 1);
    char buffer[65536];
    lines.append(buffer, session.read(buffer, sizeof buffer));
  }
  std::multimap<std::string, json> answers;
  for (size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1)
    if (auto message = json::parse(lines.substr(begin, end - begin)); message.contains("id"))
      answers.emplace(message["id"].dump(), message);
  auto status = [&](const char *id) { return answers.find(id)->second["error"]["data"]["status"].get<std::string>(); };
  CHECK(answers.count("1") == 2);  // refused while the first was at work, and the first itself
  CHECK(answers.find("2")->second["result"]["rows"].size() == 20000);
  CHECK(status("3") == "cancelled");
  CHECK(answers.find("4")->second.contains("result"));
  CHECK(status("5") == "busy");
  std::vector<bool> cancelled;
  for (const char *id : {"\"cancel 3\"", "\"cancel 1\""}) {
    auto [first, last] = answers.equal_range(id);
    for (; first != last; ++first) cancelled.push_back(first->second["result"]["cancelled"]);
  }
  CHECK(cancelled == std::vector<bool>{true, false, true, false});
  CHECK(answers.find("\"cancel 99\"")->second["result"]["cancelled"] == false);
  CHECK(answers.find("\"wrong\"")->second["error"]["code"] == -32602);
}

TEST_CASE("a client that goes takes its work with it", "[rpc]") {
  Service service;
  service.make_library(20000);
  for (int i = 0; i < 10; ++i) service.session->feed(Service::request(i, "list", {{"$rows", "stream"}}));
  service.session.reset();  // waits for what runs, which waits for a reader
  CHECK(Library::open(service.place)->read().file_count() == 20000);
}
