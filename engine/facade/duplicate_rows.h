#pragma once
// Duplicates as rows for hosts.

#include <string>

#include "facade/duplicate_groups.h"

namespace kalon {

// Why one file is kept and not another: "6000x4000 against 3000x2000", "PNG against JPEG", "sharper", "older".
std::string reason_text(const DuplicateOptions &options, const FoundDuplicates &found, const DuplicateFiles &group,
                        const DuplicateEntry &against);

// Whether a file is one too many: not kept, not guarded, not the kept file itself, and of a relation that is meant.
bool redundant(const DuplicateEntry &entry, Relation weakest);

// A similarity as rows carry it: six digits are more than any model's are worth.
double shown_similarity(double similarity);

struct DuplicateTotals {
  uint64_t files = 0, redundant = 0, bytes = 0;
};
// bytes: what the redundant files take, each file under several names once.
DuplicateTotals totals_of(const FoundDuplicates &found, const DuplicateFiles &group, Relation weakest);

// One group with its files, as JSON. number: from 1. [worker]
std::string group_row(const Reader &reader, const DuplicateOptions &options, const FoundDuplicates &found,
                      const DuplicateFiles &group, uint64_t number);

}  // namespace kalon
