#pragma once
// Rows and summaries for people.

#include <cstdint>
#include <string>
#include <string_view>

#include "invocation.h"

namespace kalon::cli {

// One row of a method, as it comes. Failures go to standard error, everything else to standard output.
void render_row(const Invocation &invocation, std::string_view row);
// The summary of a method that ended well or in part, after so many rows.
void render_summary(const Invocation &invocation, std::string_view summary, uint64_t rows);
// "context: message" of a method that failed.
std::string failure_text(std::string_view summary);

}  // namespace kalon::cli
