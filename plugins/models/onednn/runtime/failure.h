#pragma once
// How the runtime refuses: kalon::plugin::Failure with the status and the sentence that people see.

#include <kalon/plugin.hpp>
#include <string>

namespace onednn {

using kalon::plugin::Failure;

// The file contradicts the ONNX format or itself.
[[noreturn]] inline void corrupt(const std::string &text) {
  throw Failure(KALON_CORRUPT_DATA, text);
}
// A valid network that this runtime cannot run.
[[noreturn]] inline void unsupported(const std::string &text) {
  throw Failure(KALON_UNSUPPORTED, text);
}
// Refused for its size before any work was done.
[[noreturn]] inline void too_large(const std::string &text) {
  throw Failure(KALON_LIMIT_EXCEEDED, text);
}
// A fault of the runtime itself.
[[noreturn]] inline void fault(const std::string &text) {
  throw Failure(KALON_INTERNAL, text);
}

}  // namespace onednn
