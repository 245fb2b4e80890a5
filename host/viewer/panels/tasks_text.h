#pragma once
// What the panel of tasks says of a job.

#include <string>
#include <string_view>

#include "library/jobs.h"

namespace kalon::viewer {

// "less than a minute left", "about 3 min left", "about 1 h 20 min left"; empty when it is not known: no number, or not
// above 0. [any]
std::string time_left_text(double seconds);

// "32 a second", "4 a minute", "2 an hour"; empty when nothing moves. [any]
std::string rate_text(double per_second);

// Of a job that runs: "Reading · 1,234 of 5,000 · 32 a second · about 2 min left". [any]
std::string progress_text(const Job &job);

// Of a job that ended, what came of it, from its status and summary. [any]
std::string result_text(const Job &job);

// What share is done, 0 to 1; below 0 while it is not known. [any]
double share_done(const Job &job);

}  // namespace kalon::viewer
