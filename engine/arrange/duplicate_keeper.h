#pragma once
// Which of several pictures that show the same should stay, and why.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kalon {

// What decides, one after another. `name` is the order of the pictures themselves, and always decides.
enum class KeepRule { folder, pixels, metadata, format, compression, sharpness, oldest, newest, name };

// A picture as far as the rules look at it.
struct Standing {
  bool in_folder = false;  // lies in the folder that is to be kept
  uint64_t pixels = 0;
  int32_t metadata = 0;   // worth of what only its file tells of it, such as a rating; higher is better
  int32_t format = 0;     // higher is better
  float sharpness = 0;    // at least 0
  uint64_t bytes = 0;     // of a lossy file; 0 for others
  int32_t codec = 0;      // what made them: bytes are compared within one
  int64_t time = 0;       // when it was taken, else last changed
  int64_t last_time = 0;  // decides where `time` does not
};

// Nobody sees less than this: the sharpest picture beats those that it surpasses by this factor.
constexpr float clearly_sharper = 1.1f;
// A lossy file with less than this share of the bytes of another of its codec lost more; and what seems sharper in one
// with less than this share of any other's are its artefacts.
constexpr double least_bytes = 0.8;

// pixels, metadata, format, compression, sharpness, oldest, name; with another rule before them all. [any]
std::vector<KeepRule> keep_rules(std::optional<KeepRule> first = std::nullopt);

// Whether a stands before b by all rules but compression and sharpness, which are no orders ("clearly sharper" is not
// transitive); rows decide at last. A total order. [any]
bool stands_before(std::span<const Standing> standings, uint32_t a, uint32_t b, std::span<const KeepRule> rules);

// The one that stays of some rows (at least one, ascending): rule by rule, those that are not best are out. lost_by is
// parallel to the rows; that of the keeper itself is the rule that decided against the last of the others.
struct Election {
  uint32_t keeper = 0;
  std::vector<KeepRule> lost_by;
};
Election elect_keeper(std::span<const Standing> standings, std::span<const uint32_t> rows,
                      std::span<const KeepRule> rules);

}  // namespace kalon
