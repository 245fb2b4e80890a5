#pragma once
// One command line, understood.

#include <string>
#include <vector>

namespace kalon::cli {

// if_there: for reading, and none when there is no library; create: a library that is not there yet is made
enum class Access { none, if_there, read, write, create };

struct Invocation {
  std::string method;
  std::string parameters = "{}";  // JSON
  Access access = Access::none;
  std::string library;  // file:// URI; empty: the default library
  std::string engine_options = "{}";
  bool json = false;
  bool quiet = false;
  bool serves = false;              // JSON-RPC instead of one method:
  bool serves_socket = false;       // at a Unix socket, else at standard input and output
  std::string socket;               // its path; empty: the default
  bool views = false;               // a window of kalon-viewer, in place of this program, with:
  std::vector<std::string> viewed;  // paths as given
  std::string plugins;              // file:// URI; empty: none
  bool summary_only = false;        // the summary is the result, and is JSON in any case
};

}  // namespace kalon::cli
