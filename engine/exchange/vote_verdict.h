#pragma once
// What a report on votes says first: whom to look at, and whether annotators agree.

#include <cstddef>
#include <functional>
#include <string>

#include "rank/vote_quality.h"

namespace kalon {

// One or two sentences as HTML; empty where there are no votes. name: an annotator's, by number, as HTML. [any]
std::string verdict_text(const VoteQuality &quality, const std::function<std::string(size_t)> &name);

}  // namespace kalon
