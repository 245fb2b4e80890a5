#pragma once
// The checks before anything is done to a duplicate.

#include <functional>
#include <string>
#include <vector>

#include "facade/duplicate_actions.h"
#include "facade/file_journal.h"

namespace kalon {

// One file that is to be acted upon, and the files that make it redundant.
struct DuplicateTarget {
  size_t group = 0;
  const DuplicateEntry *entry = nullptr;
  KnownFile file;
  KnownFile kept;         // the first file of the shot that stays
  KnownFile counterpart;  // what it is a copy of; the same as kept when it only looks alike
};

// The files for which `wanted` holds, in order of groups; files of one shot side by side. Those on which nothing is
// done by rule become outcomes. take_away: torn shots are left too. [worker]
std::vector<DuplicateTarget> duplicate_targets(const DuplicateAction &action, DuplicateActionReport &report,
                                               bool take_away,
                                               const std::function<bool(const DuplicateEntry &)> &wanted);

DuplicateOutcome outcome_for(const DuplicateTarget &target, ActionFate fate, Outcome outcome = {});

// Throws unless what stays is there, and neither it nor the file has changed since it was indexed. [worker]
void check_unchanged(const DuplicateTarget &target);
// The same; and a file of the same bytes must have them now. [worker]
void check_bytes(const DuplicateTarget &target, const Task &task);

}  // namespace kalon
