#pragma once
// The checks before anything is done to a duplicate, and what the library is told afterwards.

#include <functional>
#include <string>
#include <vector>

#include "facade/duplicate_actions.h"

namespace kalon {

// A file as it was indexed.
struct KnownFile {
  std::string path;
  FileStat stat;
};

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

DuplicateOutcome outcome_for(const DuplicateTarget &target, DuplicateFate fate, Outcome outcome = {});

// Whether a file is as it was known, as far as can be told without reading it. [any]
bool is_unchanged(const FileStat &now, const FileStat &known);

// Throws unless what stays is there, and neither it nor the file has changed since it was indexed. [worker]
void check_unchanged(const DuplicateTarget &target);
// The same; and a file of the same bytes must have them now. [worker]
void check_bytes(const DuplicateTarget &target, const Task &task);

// Tells the library what became of files: whether they are gone, and their identity now where they are there and have
// the size that is known. [worker]
void refresh_rows(Library &library, const std::vector<std::string> &paths);

}  // namespace kalon
