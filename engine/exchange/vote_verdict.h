#pragma once
// What a report on votes says first: whom to look at, and whether annotators agree.

#include <cstddef>
#include <functional>
#include <string>

#include "rank/vote_quality.h"

namespace kalon {

// "too little", "tentative" or "good": what Krippendorff (2004, Content Analysis, 2nd edition, page 241) asks of alpha
// for conclusions, .667 for tentative and .8 for other ones. [any]
const char *agreement_word(double alpha);

// One or two sentences as HTML; empty where there are no votes. name: an annotator's, by number, as HTML. [any]
std::string verdict_text(const VoteQuality &quality, const std::function<std::string(size_t)> &name);

}  // namespace kalon
