#pragma once
// The files of a library as duplicates see them: shots, and pictures that several shots hold.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "arrange/duplicate_keeper.h"
#include "facade/rows.h"

namespace kalon {

// A file that is there now. `stat` is what was indexed, the rest of the identity what was found.
struct DuplicateFile {
  uint64_t id = 0;  // of its row
  VectorKey key;
  Hash128 photo, file_hash;
  FileStat stat;
  uint64_t inode = 0, device = 0;
  uint32_t width = 0, height = 0;
  int64_t time = 0;     // capture time, else the file's modification time; microseconds
  uint16_t format = 0;  // number among the photos' formats
  int8_t quality = 0;   // of its format
  int8_t worth = 0;     // see worth_of()
  bool raw = false, symlink = false, in_folder = false;

  bool same_file(const DuplicateFile &other) const { return inode == other.inode && device == other.device; }
};

// What lies side by side and belongs together: a picture, and the RAW file of its own where there is one.
struct Shot {
  std::vector<uint32_t> files;  // one or two; the rendered one first
  bool has_raw = false;
  bool torn = false;  // its RAW, or the picture made of it, is not among the chosen files
};

// What makes two files copies of one another.
enum class CopiesBy { bytes, payload };

// A picture and its copies: shots that share files of the same payload, or of the same bytes.
struct DuplicatePicture {
  std::vector<uint32_t> shots;    // ascending; the one to keep is `keeper`
  uint32_t keeper = 0;            // a shot
  std::vector<KeepRule> lost_by;  // parallel to shots; that of the keeper: what decided
  Standing standing;              // of the keeper
};

struct DuplicatePhotos {
  std::vector<std::string> formats;        // "jpeg", ...
  std::vector<DuplicateFile> files;        // in order of their folders and paths
  std::vector<Shot> shots;                 // in order of their first files
  std::vector<DuplicatePicture> pictures;  // in order of their first shots

  const DuplicateFile &first_file(uint32_t shot) const { return files[shots[shot].files.front()]; }
  const DuplicateFile &keeper_file(const DuplicatePicture &picture) const { return first_file(picture.keeper); }
};

// The chosen files that are there, readable and not excluded. keep_folder: what lies in it is preferred where the rules
// ask; empty: none. Sharpness is not known here. [worker]
DuplicatePhotos duplicate_photos(const Reader &reader, const Choice &choice, const std::string &keep_folder,
                                 std::span<const KeepRule> rules, CopiesBy copies, Task &task);

}  // namespace kalon
