#pragma once
// What a person calls one picture: RAW, JPEG and sidecars of one shot.

#include <span>
#include <string_view>
#include <vector>

#include "store/library.h"

namespace kalon {

// One file as far as the rule looks at it.
struct PhotoCandidate {
  uint64_t file = 0;
  std::string_view path;
  Hash128 picture, photo;  // photo: as stored now
  int64_t capture_time = unknown_time;
};

// The photo ids of the files of one folder that share a stem, in the order given. Exactly one RAW and one rendered
// picture (JPEG, HEIC, AVIF, JPEG XL, TIFF, PNG, WebP) whose known capture times are at most two seconds apart are one
// photo under the rendered one's id; where there are several of either, all stay apart. Files of other kinds (a GIF, a
// layered PSD) always stand alone, and do not disturb the others. [any]
std::vector<Hash128> photo_ids(std::span<const PhotoCandidate> same_stem);

// Applies the rule to every file inside the folders, vanished ones left out, and stores what changed. A copy of a RAW
// file that lies alone, a backup without its pictures, is of the same photo as the RAW that has its picture beside it,
// wherever they lie (where several have: the first by path). Returns how many files got another photo. [worker]
uint64_t assign_photos(Library &library, const std::vector<std::string> &folders);

bool is_raw_path(std::string_view path);  // by its extension [any]

}  // namespace kalon
