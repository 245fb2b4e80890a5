// The command "serve".

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {

void add_serve_command(CommandSet &set) {
  auto stdio = std::make_shared<bool>(false);
  auto *sub = set.command("serve", "Serve other programs: JSON-RPC over a pipe or a Unix socket", Access::none, "",
                          [&set, stdio] {
                            auto &invocation = set.invocation();
                            const auto *given = set.app().get_subcommand("serve");
                            invocation.serves = true;
                            invocation.serves_socket = given->count("--unix") > 0;
                            if (*stdio == invocation.serves_socket)
                              usage_error("name one of --stdio and --unix [PATH]");
                            return json::object();
                          });
  sub->add_flag("--stdio", *stdio, "One client: standard input and output");
  sub->add_option("--unix", set.invocation().socket,
                  "Many clients: a Unix socket that only this user may open; default: $XDG_RUNTIME_DIR/kalon/socket")
      ->type_name("[PATH]")
      ->expected(0, 1);
  sub->footer(
      "One JSON-RPC 2.0 message a line, the methods and parameters of the SDK's docs/methods.md; docs/json-rpc.md\n"
      "tells the rest. A client that goes away takes its work with it. SIGTERM ends the server.\n\n"
      "  kalon serve --stdio\n"
      "  {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list\",\"params\":{\"limit\":5}}");
}

}  // namespace kalon::cli
