#pragma once
// Starting jobs, and showing what came of them: an order in the grid, stacks, a column of scores.

#include <string>
#include <string_view>

#include "library/jobs.h"

namespace kalon::viewer {

struct Context;

// What can be started from the panel.
struct StartableTask {
  const char *method, *title, *what;  // what: what it does, in a sentence
};
const StartableTask *startable_tasks(size_t &count);

// Starts the method. parameters: a JSON object; without "paths" it is about what is open. False, and `why`, when they
// are none. [main]
bool start_task(Context &context, std::string_view method, std::string_view parameters, std::string *why);

}  // namespace kalon::viewer
