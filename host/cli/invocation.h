#pragma once
// One command line, understood.

#include <string>

namespace kalon::cli {

enum class Access { none, read, write, create };  // create: a library that is not there yet is made

struct Invocation {
  std::string method;
  std::string parameters = "{}";  // JSON
  Access access = Access::none;
  std::string library;  // file:// URI; empty: the default library
  std::string engine_options = "{}";
  bool json = false;
  bool quiet = false;
  bool summary_only = false;  // the summary is the result, and is JSON in any case
};

}  // namespace kalon::cli
