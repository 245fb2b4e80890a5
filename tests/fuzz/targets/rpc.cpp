// Messages of clients.
#include "facade/rpc_message.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return refusing([&] {
    auto message = kalon::rpc_message({reinterpret_cast<const char *>(data), size});
    promise(!message.requests.empty(), "something comes of every message");
    for (const auto &request : message.requests) {
      promise(request.refused || !request.parameters.empty(), "requests have parameters");
      promise(request.refusal.find('\n') == std::string::npos, "an answer is one line");
      if (request.id) promise(request.id->find('\n') == std::string::npos, "an id is one line");
      // What was understood once is understood again.
      if (request.refused || !request.id) continue;
      auto again = kalon::rpc_message(R"({"jsonrpc":"2.0","id":)" + *request.id + R"(,"method":"m","params":)" +
                                      request.parameters + "}");
      promise(again.requests.size() == 1 && !again.requests[0].refused &&
                  again.requests[0].parameters == request.parameters,
              "parameters come back");
    }
  });
}
