#pragma once
// What stands where pictures would be while there are none: why, what goes on, and what to press.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "views/view.h"

namespace kalon::viewer {

struct Answer;
struct Context;
struct Job;

// A long job of a view and what came of it.
struct ViewJob {
  uint64_t id = 0;    // of the newest one
  uint64_t turn = 0;  // grows with each; answers of older ones are not taken
  bool running = false;
  std::string problem;  // why the newest failed; empty when it did not
};

// Starts it in place of the one that runs. on_row: on the job's thread. made: with what came of it, unless it failed,
// was cancelled, or something else was asked for or opened meanwhile. failed: "The map could not be made".
void start_view_job(Context &context, ViewJob &job, std::string title, std::string method, std::string parameters,
                    std::string failed, std::function<void(std::string_view)> on_row,
                    std::function<void(const Answer &)> made);

// In the middle of the area: a title, a text below, and a button for each command ("order-again", "map-again:Text").
void draw_message(Context &context, const Area &area, std::string_view title, std::string_view text,
                  std::initializer_list<std::string_view> commands = {});
// How far the job is, with a button that cancels it; nothing when it does not run.
void draw_waiting(Context &context, const Area &area, const ViewJob &job);
// Why there is nothing to show of what a job makes, and what can be done. of: what is made, "order"; made: it is there,
// if hidden; resolved: its pictures are known.
struct ResultTexts {
  const char *title, *of, *none, *failed, *about, *make;  // make: a command with its button's text
  const char *again;                                      // the same, after a failure
};
void draw_no_result(Context &context, const Area &area, const ViewJob &job, const ResultTexts &texts, bool made,
                    bool resolved);
// How far the job is in one line, for a bar, in ImGui's flow.
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
