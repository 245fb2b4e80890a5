#pragma once
// JSON-RPC 2.0 as text: requests understood, responses and notifications composed. sdk/docs/json-rpc.md is the
// protocol.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kalon {

// https://www.jsonrpc.org/specification, section 5.1; what fails while a method runs is rpc_code().
enum class RpcFault : int32_t {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602
};

struct RpcRequest {
  std::optional<std::string> id;  // JSON text: a string, a number or null; nothing for a notification
  std::string method;
  std::string parameters = "{}";  // a JSON object, without the members that begin with '$'
  bool progress = false;          // "$progress": tell of it
  bool streams = false;           // "$rows" is "stream": rows go out as they come
  bool refused = false;           // it is none, or cannot be meant;
  std::string refusal;            // then the response to it, empty where none is wanted
};

struct RpcMessage {
  bool batch = false;  // answers go out together
  std::vector<RpcRequest> requests;
};

// One message: a request or an array of them. Whatever the bytes, what is wrong with them becomes a refusal. [any]
RpcMessage rpc_message(std::string_view text);

// Brackets inside one another at most; a message with more is refused before it is parsed.
constexpr int most_rpc_nesting = 64;

// The only parameter, "id", as JSON text. Throws invalid_argument. [any]
std::string rpc_id_parameter(std::string_view parameters);

// id: JSON text. result: JSON text. [any]
std::string rpc_result(std::string_view id, std::string_view result);
std::string rpc_fault(std::string_view id, RpcFault code, std::string_view message);
// summary: what a task that failed gives: a JSON object with status, message and context. [any]
std::string rpc_failure(std::string_view id, Status status, std::string_view summary);
std::string rpc_notification(std::string_view method, std::string_view params);

// -32602 for invalid_argument, else -32000 less the status's number. [any]
int32_t rpc_code(Status status);

}  // namespace kalon
