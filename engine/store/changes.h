#pragma once
// What tells a reader which rows of files changed: the table changed_files, and the photos that files share.

#include "store/state.h"

namespace kalon::changes {

// Stands for all files: imported attributes or scores changed.
constexpr uint64_t all_files = 0;

// That the row of a file changes with this commit, which gives the library a new revision.
void note(Reader::State &state, uint64_t file);

// Keeps the table of photos right when a row takes the place of another, or of none (null); notes the files whose
// photo the old row leaves.
void move_photo(Reader::State &state, const FileRow *old, const FileRow &row);

// Before a commit: a new revision, and the oldest notes go when they are many.
void finish(Reader::State &state);

// Whether a file belongs to a photo that is named by another picture than its own.
inline bool shares_photo(const Hash128 &picture, const Hash128 &photo) {
  return !photo.none() && photo != picture;
}

}  // namespace kalon::changes
