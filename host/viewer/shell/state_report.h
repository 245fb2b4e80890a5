#pragma once
// What is shown, as JSON: for tests, and for whoever wants to know what a script led to.

#include <string>

#include "shell/application.h"

namespace kalon::viewer {

// Why it could not be written; empty when it was.
std::string write_state_report(const Context &context, const FrameCosts &costs, const Session &session,
                               const std::string &file);
std::string window_title(const Context &context);

}  // namespace kalon::viewer
