#include "facade/rpc_message.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "facade/json_object.h"

namespace kalon {
namespace {

using nlohmann::json;

constexpr size_t longest_id = 1000, most_requests = 1000, most_values = 1'000'000;

// The parser would take any depth and any number of values, at a cost for each. What is wrong with the text; empty when
// nothing is.
std::string shape_refusal(std::string_view text) {
  int depth = 0;
  size_t values = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > most_rpc_nesting) return "is nested deeper than " + std::to_string(most_rpc_nesting) + " levels";
      ++values;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',') {
      ++values;
    }
    if (values > most_values) return "holds more than " + std::to_string(most_values) + " values";
  }
  return {};
}

std::string dumped(const json &value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_id(const json &value) {
  // Larger ones would come back rounded.
  if (value.is_number_float() && !(std::abs(value.get<double>()) < 0x1p63)) return false;
  return value.is_null() || value.is_number() ||
         (value.is_string() && value.get_ref<const std::string &>().size() <= longest_id);
}

RpcRequest refused(const std::string &id, RpcFault fault, std::string_view why) {
  RpcRequest request;
  request.refused = true;
  request.refusal = rpc_fault(id, fault, why);
  return request;
}

// What the request says to the service and not to the method. Empty: all is well.
std::string take_options(json &params, RpcRequest &request) {
  for (auto member = params.begin(); member != params.end();) {
    if (!member.key().starts_with('$')) {
      ++member;
      continue;
    }
    if (member.key() == "$progress" && member->is_boolean())
      request.progress = member->get<bool>();
    else if (member.key() == "$rows" && (*member == "stream" || *member == "collect"))
      request.streams = *member == "stream";
    else if (member.key() == "$progress" || member.key() == "$rows")
      return member.key() + (member.key() == "$rows" ? " is \"collect\" or \"stream\"" : " is true or false");
    else
      return "there is no option " + member.key() + "; there are: $progress, $rows";
    member = params.erase(member);
  }
  return {};
}

RpcRequest request_in(json value) {
  if (!value.is_object()) return refused("null", RpcFault::invalid_request, "a request is a JSON object");
  auto id = value.find("id");
  bool answered = id != value.end();
  if (answered && !is_id(*id))
    return refused("null", RpcFault::invalid_request,
                   "an id is a string of at most 1000 bytes, a number of 64 bits or null");
  auto name = answered ? dumped(*id) : std::string("null");
  auto version = value.find("jsonrpc");
  if (version == value.end() || *version != "2.0")
    return refused(name, RpcFault::invalid_request, "the member jsonrpc must be \"2.0\"");
  auto method = value.find("method");
  if (method == value.end() || !method->is_string())
    return refused(name, RpcFault::invalid_request, "the member method must be a string");
  RpcRequest request;
  request.method = method->get<std::string>();
  if (answered) request.id = name;
  auto params = value.find("params");
  if (params == value.end()) return request;
  std::string wrong =
      params->is_object() ? take_options(*params, request) : "params are a JSON object: every parameter has a name";
  request.parameters = dumped(*params);
  request.refused = !wrong.empty();
  // Nobody waits for an answer to a notification, whatever is wrong with its params.
  if (request.refused && answered) request.refusal = rpc_fault(name, RpcFault::invalid_params, wrong);
  return request;
}

std::string response(std::string_view id, const char *member, std::string_view value) {
  return JsonObject().add("jsonrpc", "2.0").raw("id", id).raw(member, value).str();
}

}  // namespace

RpcMessage rpc_message(std::string_view text) {
  RpcMessage message;
  if (auto why = shape_refusal(text); !why.empty()) {
    message.requests.push_back(refused("null", RpcFault::invalid_request, why));
    return message;
  }
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    message.requests.push_back(refused("null", RpcFault::parse_error, "is no JSON; a message is one line"));
    return message;
  }
  if (!value.is_array()) {
    message.requests.push_back(request_in(std::move(value)));
    return message;
  }
  if (value.empty() || value.size() > most_requests) {
    message.requests.push_back(refused("null", RpcFault::invalid_request,
                                       "a batch holds 1 to " + std::to_string(most_requests) + " requests"));
    return message;
  }
  message.batch = true;
  for (auto &one : value) message.requests.push_back(request_in(std::move(one)));
  return message;
}

std::string rpc_id_parameter(std::string_view parameters) {
  auto object = json::parse(parameters, nullptr, false);
  if (!object.is_object() || object.size() != 1 || !object.contains("id") || !is_id(object["id"]))
    throw Error(Status::invalid_argument, "takes the id of a request that is at work, and nothing else",
                "parameter id");
  return dumped(object["id"]);
}

std::string rpc_result(std::string_view id, std::string_view result) {
  return response(id, "result", result);
}

std::string rpc_fault(std::string_view id, RpcFault code, std::string_view message) {
  JsonObject error;
  error.add("code", static_cast<int64_t>(code)).add("message", message);
  // As where a method says it.
  if (code == RpcFault::invalid_params)
    error.raw("data", JsonObject().add("status", status_name(Status::invalid_argument)).str());
  return response(id, "error", error.str());
}

std::string rpc_failure(std::string_view id, Status status, std::string_view summary) {
  auto parsed = json::parse(summary, nullptr, false);
  auto text = [&](const char *name) {
    auto found = parsed.is_object() ? parsed.find(name) : parsed.end();
    return parsed.is_object() && found != parsed.end() && found->is_string() ? found->get<std::string>()
                                                                             : std::string();
  };
  auto context = text("context"), message = text("message");
  JsonObject data;
  data.add("status", status_name(status));
  if (!context.empty()) data.add("context", context);
  JsonObject error;
  error.add("code", static_cast<int64_t>(rpc_code(status)));
  error.add("message", context.empty() ? message : context + ": " + message).raw("data", data.str());
  return response(id, "error", error.str());
}

std::string rpc_notification(std::string_view method, std::string_view params) {
  return JsonObject().add("jsonrpc", "2.0").add("method", method).raw("params", params).str();
}

int32_t rpc_code(Status status) {
  if (status == Status::invalid_argument) return static_cast<int32_t>(RpcFault::invalid_params);
  return -32000 - static_cast<int32_t>(status);
}

}  // namespace kalon
