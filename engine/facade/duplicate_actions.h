#pragma once
// What is done to duplicates, by rule, and taken back as one.

#include <string>
#include <vector>

#include "facade/action_fate.h"
#include "facade/duplicate_groups.h"
#include "facade/placing.h"

namespace kalon {

struct DuplicateOutcome {
  ActionFate fate = ActionFate::done;
  size_t group = 0;  // number among the groups, from 0
  const DuplicateEntry *entry = nullptr;
  std::string path, kept;                  // paths; kept: what it is a duplicate of
  std::string name;                        // where it went: inside the folder, or in the trash; empty elsewhere
  Outcome outcome;                         // when it failed, or why it was left
  std::vector<std::string> sidecars = {};  // that went along, or would: paths
};

struct DuplicateActionReport {
  std::vector<DuplicateOutcome> outcomes;
  uint64_t operation = 0;  // 0: there is nothing to take back
  uint64_t pictures = 0;   // that were marked
};

struct DuplicateAction {
  const MethodCall &call;
  const DuplicateOptions &options;
  const FoundDuplicates &found;
  bool dry_run = false;
};

// Every picture that looks like the kept one is excluded, with the reason "duplicate of NAME", as one action. Copies
// are the same picture and are left. [worker]
DuplicateActionReport mark_duplicates(const DuplicateAction &action);

// Files of the same bytes become hard links to the kept one. [worker]
DuplicateActionReport link_duplicates(const DuplicateAction &action);

// A folder with one folder of links for each group, what is kept first. [worker]
DuplicateActionReport place_duplicates(const DuplicateAction &action, const std::string &folder, LinkKind kind);

// Redundant files go to the trash, each with its sidecars (see LeavingSidecars). [worker]
DuplicateActionReport trash_duplicates(const DuplicateAction &action);

}  // namespace kalon
