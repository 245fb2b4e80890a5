#pragma once
// Files moved to the trash of the desktop, with their sidecars: in chunks that the journal knows of before.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "facade/action_fate.h"
#include "facade/methods.h"

namespace kalon {

struct FileToTrash {
  std::string path;
  size_t shot = 0;  // files side by side that have the same number go together or not at all
};

struct TrashOptions {
  bool sidecars = true;  // go along, see LeavingSidecars
  bool dry_run = false;
  // Called with a file's number, it throws what makes the file stay: first when there is time, and once more right
  // before it is moved, while nobody else writes to the library.
  std::function<void(size_t file)> check, check_again;
};

// What became of one file.
struct TrashOutcome {
  ActionFate fate = ActionFate::left;
  std::string name;                   // where it is now
  Outcome outcome;                    // when it failed, or why it was left
  std::vector<std::string> sidecars;  // that went along, or would: paths
};

struct TrashReport {
  std::vector<TrashOutcome> files;  // in the order given
  uint64_t operation = 0;           // 0: there is nothing to take back
};

// Never across file systems. Symbolic links are left: they are only names. [worker]
TrashReport trash_files(const MethodCall &call, std::span<const FileToTrash> files, const TrashOptions &options);

}  // namespace kalon
