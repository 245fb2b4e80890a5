#pragma once
// Results as folders: numbered links in an order, never overwriting anything, and undone as one.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task.h"

namespace kalon {

enum class LinkKind { hardlink, symlink, copy };

struct Placement {
  std::string source;  // absolute path
  std::string name;    // file name inside the target folder, or in a folder directly inside it ("1_a/2_b.jpg")
  std::string goes_with =
      {};  // the name of an earlier one that this is a sidecar of: it is placed only if that one was
};

// "{position}_{stem}{ext}" for each source: positions from 1, zero-padded to the width of the last, stems shortened on
// UTF-8 boundaries so that every name fits 255 bytes. Sources are absolute paths. [any]
std::vector<Placement> numbered_placements(const std::vector<std::string> &sources);

struct PlacementResult {
  uint64_t done = 0;
  std::vector<std::pair<Placement, Outcome>> failed;
};

// Makes the folder (parents included) and the links or copies. When the folder exists and is not empty the whole call
// is refused first (invalid_argument, naming the folder); a name that appears meanwhile is a failure of that item alone
// and is never overwritten. hardlink becomes symlink where the file system refuses it. Before files are made, record is
// called with the placements of each chunk, so that a journal knows of everything that may exist after a kill. [worker]
PlacementResult place_files(const std::string &folder, const std::vector<Placement> &placements, LinkKind kind,
                            const std::function<void(std::span<const Placement>)> &record, Task &task);

// The same in a folder that may hold others, of which none is touched.
PlacementResult place_among_others(const std::string &folder, const std::vector<Placement> &placements, LinkKind kind,
                                   const std::function<void(std::span<const Placement>)> &record, Task &task);

// Takes placements back. A file goes only while it is provably the one that was made: a hardlink that is the same inode
// as its source, a symlink that points to it, a copy with the same bytes. Names that are gone already count as
// neither done nor failed; anything else is left and reported. Folders in it that the names speak of go when they are
// empty; a folder that is not there is not_found. [worker]
PlacementResult remove_placed(const std::string &folder, const std::vector<Placement> &placements, Task &task);

// The folders that place_files would make for this one, itself last: none when it is there. [any]
std::vector<std::string> missing_folders(const std::string &folder);
// Takes them back, as far as they are empty and there. [any]
void remove_empty_folders(const std::vector<std::string> &made);

}  // namespace kalon
