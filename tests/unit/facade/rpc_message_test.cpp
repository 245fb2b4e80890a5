// Requests as the specification of JSON-RPC 2.0 has them (its section 7 gives the examples).
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "facade/rpc_message.h"

using namespace kalon;
using nlohmann::json;

namespace {

int code_of(const RpcRequest &request) {
  REQUIRE(request.refused);
  if (request.refusal.empty()) return 0;
  auto response = json::parse(request.refusal);
  CHECK(response["jsonrpc"] == "2.0");
  CHECK_FALSE(response["error"]["message"].get<std::string>().empty());
  return response["error"]["code"];
}
RpcRequest one(const std::string &text) {
  auto message = rpc_message(text);
  REQUIRE(message.requests.size() == 1);
  CHECK_FALSE(message.batch);
  return message.requests[0];
}

}  // namespace

TEST_CASE("requests are understood", "[rpc]") {
  auto request =
      one(R"({"jsonrpc":"2.0","id":"a\"b","method":"list","params":{"where":"x","$progress":true,"$rows":"stream"}})");
  CHECK_FALSE(request.refused);
  CHECK(request.id == R"("a\"b")");
  CHECK(request.method == "list");
  CHECK(json::parse(request.parameters) == json{{"where", "x"}});
  CHECK(request.progress);
  CHECK(request.streams);
  auto bare = one(R"( {"method":"engine","jsonrpc":"2.0","id":7} )");
  CHECK(bare.id == "7");
  CHECK(bare.parameters == "{}");
  CHECK_FALSE((bare.progress || bare.streams));
  auto notification = one(R"({"jsonrpc":"2.0","method":"undo","params":{}})");
  CHECK_FALSE(notification.id);
  CHECK(one(R"({"jsonrpc":"2.0","method":"undo","id":null})").id == "null");
}

TEST_CASE("what is no request is told so, with its id where it has one", "[rpc]") {
  CHECK(code_of(one(R"({"jsonrpc":"2.0","method":"foobar, "params":"bar","baz])")) == -32700);
  CHECK(code_of(one("")) == -32700);
  CHECK(code_of(one("\xff\xfe")) == -32700);
  CHECK(code_of(one(R"({"jsonrpc":"2.0","method":1,"params":{}})")) == -32600);
  CHECK(code_of(one("1")) == -32600);
  CHECK(code_of(one("[]")) == -32600);
  CHECK(code_of(one(R"({"jsonrpc":"1.0","method":"a","id":1})")) == -32600);
  CHECK(code_of(one(R"({"jsonrpc":"2.0","method":"a","id":{}})")) == -32600);
  std::string long_id = R"({"jsonrpc":"2.0","method":"a","id":")";
  long_id.append(1001, 'x').append("\"}");
  CHECK(code_of(one(long_id)) == -32600);
  auto positional = one(R"({"jsonrpc":"2.0","method":"a","id":1,"params":[1]})");
  CHECK(code_of(positional) == -32602);
  CHECK(json::parse(positional.refusal)["id"] == 1);
  for (const char *wrong : {R"({"$rows":"all"})", R"({"$progress":1})", R"({"$nothing":1})"})
    CHECK(code_of(one(R"({"jsonrpc":"2.0","method":"a","id":1,"params":)" + std::string(wrong) + "}")) == -32602);
  // Notifications are never answered.
  CHECK(code_of(one(R"({"jsonrpc":"2.0","method":"a","params":[1]})")) == 0);
}

TEST_CASE("nesting is bounded, brackets in strings are none", "[rpc]") {
  auto nested = [](int levels) {
    return R"({"jsonrpc":"2.0","method":"a","id":1,"params":{"x":)" + std::string(static_cast<size_t>(levels), '[') +
           std::string(static_cast<size_t>(levels), ']') + "}}";
  };
  CHECK_FALSE(one(nested(most_rpc_nesting - 2)).refused);
  CHECK(code_of(one(nested(most_rpc_nesting - 1))) == -32600);
  CHECK(code_of(one(std::string(5'000'000, '['))) == -32600);
  std::string quoted = R"({"jsonrpc":"2.0","method":"a","id":1,"params":{"x":")";
  quoted.append(1000, '[').append(R"(\"[["}})");
  CHECK_FALSE(one(quoted).refused);
}

TEST_CASE("messages of a million values are refused before they are parsed", "[rpc]") {
  std::string values = R"({"jsonrpc":"2.0","method":"a","id":1,"params":{"x":[0)";
  for (int i = 0; i < 1'000'000; ++i) values += ",0";
  CHECK(code_of(one(values + "]}}")) == -32600);
}

TEST_CASE("batches", "[rpc]") {
  auto message =
      rpc_message(R"([1,{"jsonrpc":"2.0","method":"a","id":1},{"foo":"boo"},{"jsonrpc":"2.0","method":"b"}])");
  CHECK(message.batch);
  REQUIRE(message.requests.size() == 4);
  CHECK(code_of(message.requests[0]) == -32600);
  CHECK(message.requests[1].method == "a");
  CHECK(code_of(message.requests[2]) == -32600);
  CHECK_FALSE(message.requests[3].id);
  std::string many = "[1";
  for (int i = 0; i < 1000; ++i) many += ",1";
  CHECK(code_of(one(many + "]")) == -32600);
}

TEST_CASE("answers", "[rpc]") {
  CHECK(json::parse(rpc_result("\"x\"", R"({"a":1})")) ==
        json{{"jsonrpc", "2.0"}, {"id", "x"}, {"result", {{"a", 1}}}});
  auto failure =
      json::parse(rpc_failure("3", Status::not_found, R"({"status":"not_found","message":"is gone","context":"/a"})"));
  CHECK(failure["id"] == 3);
  CHECK(failure["error"] ==
        json{{"code", -32010}, {"message", "/a: is gone"}, {"data", {{"status", "not_found"}, {"context", "/a"}}}});
  CHECK(rpc_code(Status::invalid_argument) == -32602);
  CHECK(rpc_code(Status::cancelled) == -32005);
  CHECK(json::parse(rpc_notification("rows", "{}")) ==
        json{{"jsonrpc", "2.0"}, {"method", "rows"}, {"params", json::object()}});
  CHECK(rpc_id_parameter(R"({"id":"a"})") == "\"a\"");
  for (const char *wrong : {"{}", R"({"id":[]})", R"({"id":1,"more":2})", "x"})
    CHECK_THROWS_AS(rpc_id_parameter(wrong), Error);
}
