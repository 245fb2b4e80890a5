#pragma once
// What votes tell of those who gave them, as one HTML page of the house's look: tables and small bars, self-contained,
// without scripts.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "rank/vote_quality.h"

namespace kalon {

// The votes of one criterion. Names are UTF-8 or not, and may hold anything.
struct VoteReportPart {
  std::string criterion;  // empty: it has no name
  const VoteQuality *quality = nullptr;
  std::vector<std::string> annotators;       // by number; those beyond are called by their numbers
  std::function<std::string(int32_t)> item;  // a picture's name; empty: items are called by their numbers
  std::function<Bytes(int32_t)> jpeg;        // a small picture of it; may be empty, and give nothing
};

struct VoteReport {
  std::string title, subtitle, footer;
  std::vector<VoteReportPart> parts;
  double hurry = 0.3;  // seconds, VoteQualityOptions::hurry of all parts
};

// Writes the page piece by piece; what the functions throw goes through. [worker]
void write_vote_report(const VoteReport &report, const std::function<void(std::string_view)> &write);

}  // namespace kalon
