#pragma once
// Groups of files that show the same, each with the one to keep, and what may be done to the others.

#include <optional>
#include <string>
#include <vector>

#include "arrange/duplicates.h"
#include "facade/duplicate_photos.h"
#include "facade/vectors.h"

namespace kalon {

// How a file relates to the one that is kept; each includes those before it.
enum class Relation { same_file /* a hard link, or another way to it */, same_bytes, same_payload, similar };

std::string_view relation_name(Relation relation);

struct DuplicateOptions {
  Choice choice;
  SpaceChoice space;
  Relation relation = Relation::similar;  // the weakest that is looked for
  double level = 0.98;                    // least cosine of what is similar
  int hash = 24;                          // side of the perceptual hash
  int distance = 63;                      // most bits that differ
  bool mirrored = true;                   // whether what shows the same mirrored is looked for too
  std::vector<KeepRule> rules;
  std::string keep_folder;
};

// Most bits of a hash of this side that may differ: 8 and 24 as their users have it. 24 asks for the same picture, and
// is safe where vectors tell little apart; 16 is for cropped pictures too: at 64 of 256 nineteen of twenty are found
// that lost a twentieth of their width and height, while of 91 wallpapers unrelated ones differ in 104 bits and more
// ninety-nine times of a hundred. There the vectors must be good: among small pictures of clothes on black, those of
// "descriptor" are alike at .98 for one in six, those of a trained network for none.
int default_distance(int hash);

struct DuplicateEntry {
  uint32_t file = 0, shot = 0;  // numbers among the photos' files and shots
  Relation relation = Relation::similar;
  Relation shot_relation = Relation::similar;  // the weakest among the files of its shot
  double similarity = 1;
  std::optional<double> mirrored_similarity;  // see DuplicateMember
  HashDistance distance;
  KeepRule lost_by = KeepRule::name;
  bool kept = false;    // of the shot that stays
  std::string guarded;  // why nothing is done to it; empty: it may be acted upon
  std::string torn;     // why it is not taken away all the same: the other half of its shot would stay
};

struct DuplicateFiles {
  uint32_t keeper = 0;                      // a shot
  Relation relation = Relation::same_file;  // the weakest
  double least_similarity = 1;
  size_t runner_up = 0;                 // the entry against which the keeper was decided
  std::vector<DuplicateEntry> entries;  // the kept shot's files, its picture's others, then the most similar first
};

struct FoundDuplicates {
  DuplicatePhotos photos;
  std::vector<DuplicateFiles> groups;  // in order of their keepers
  uint64_t missing = 0;                // pictures without a vector or a fingerprint, not compared by looks
  std::string model;                   // empty when looks were not compared
};

// Looks for duplicates. Holds one snapshot of the library while it searches. [worker]
FoundDuplicates find_duplicate_files(const MethodCall &call, const DuplicateOptions &options);

// Pictures ready to be compared by looks: those that have a vector and a fingerprint. Vectors are read in place: the
// reader must outlive it.
struct ComparablePictures {
  HashRows hashes;
  std::vector<const float *> vectors;
  int64_t dimension = 0;
  std::vector<uint32_t> pictures;            // row -> number among the photos' pictures
  std::vector<Standing> standings;           // with sharpness
  std::vector<std::vector<uint32_t>> apart;  // rows that people told apart
  uint64_t missing = 0;
  Space space;
};
ComparablePictures comparable_pictures(const MethodCall &call, const Reader &reader, const DuplicatePhotos &photos,
                                       const SpaceChoice &choice, int hash, bool mirrored);

}  // namespace kalon
