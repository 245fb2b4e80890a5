#pragma once
// What stands where pictures would be while there are none: why, what goes on, and what to press.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "views/view.h"

namespace kalon::viewer {

struct Context;
struct Job;

// A long job of a view and what came of it.
struct ViewJob {
  uint64_t id = 0;  // of the newest one; answers of older ones are not taken
  bool running = false;
  std::string problem;  // why the newest failed; empty when it did not
};

// In the middle of the area: a title, a text below, and a button for each command ("order-again", "map-again:Text").
void draw_message(Context &context, const Area &area, std::string_view title, std::string_view text,
                  std::initializer_list<std::string_view> commands = {});
// How far the job is, with a button that cancels it; nothing when it does not run.
void draw_waiting(Context &context, const Area &area, const ViewJob &job);
// The same in one line, for a bar, in ImGui's flow.
void waiting_line(Context &context, const ViewJob &job);

// Faint text in ImGui's flow that does not wrap.
void faint_line(std::string_view text);

// Why nothing can be asked of the library; empty when it can be.
std::string without_library(const Context &context);
// "paths":[...] of what is open with a comma before it; empty when all of the library is.
std::string choice_members(const Context &context);
// What a failed job says to people, whom a parameter's name does not help.
std::string problem_text(std::string_view message);

}  // namespace kalon::viewer
