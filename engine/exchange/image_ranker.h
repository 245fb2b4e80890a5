#pragma once
// The files of image-ranker (https://github.com/QuentinWach/image-ranker), as its version of 2025 writes and reads
// them: image_rankings.csv, comparisons.csv, and of its autosaves exclusions_autosave_DATE.json and
// skipped_pairs_autosave_DATE.json. Pictures are the paths or names that the file has.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "exchange/vote_rows.h"

namespace kalon {

// A line of image_rankings.csv: Image,ELO,Uncertainty,Upvotes,Downvotes. A table of results, which makes no votes.
struct RankedImage {
  std::string image;
  double mean = 0, sd = 0;  // mu and sigma of its TrueSkill; sd 0 where the file has none
  uint64_t upvotes = 0, downvotes = 0;
  uint64_t line = 0;
};

// A picture taken out: a line of comparisons.csv whose winner is None, or a member of the exclusions.
struct RemovedImage {
  std::string image, reason;  // the reason may be empty
  uint64_t line = 0;
};

// All in the order of the file, repeated ones as often as they come. A line that is wrong refuses the file. [worker]
void read_image_rankings(const std::string &path, const std::function<void(RankedImage &&)> &take, Task &task);
// Votes have the winner on the left, and their placement is not known.
void read_comparisons(const std::string &path, const TakeVote &take,
                      const std::function<void(RemovedImage &&)> &take_removed, Task &task);
// A JSON object of names and reasons, or an array of names. Reasons that are null or no text are empty.
void read_exclusions(const std::string &path, const std::function<void(RemovedImage &&)> &take, Task &task);
// A JSON array of arrays of two names; given as votes that skip.
void read_skipped_pairs(const std::string &path, const TakeVote &take, Task &task);

// Numbers as image-ranker writes them: rounded to two decimals. [worker]
void write_image_rankings(const std::string &path, const std::vector<RankedImage> &images, Task &task);

struct ComparisonCounts {
  uint64_t lines = 0;          // comparisons written
  uint64_t ties = 0;           // left out: the format has none
  uint64_t without_order = 0;  // left out: skipped and both bad
};
// A vote over several is a line for each two of different ranks. removed: come last, with None as their winner. Throws
// invalid_argument for a picture that is named None. [worker]
ComparisonCounts write_comparisons(const std::string &path, const GiveVotes &votes,
                                   const std::vector<RemovedImage> &removed, Task &task);
// An object; where there is no reason, "excluded", which image-ranker itself puts there. [worker]
void write_exclusions(const std::string &path, const std::vector<RemovedImage> &removed, Task &task);
// The pairs of votes that skip, each once, their names in order. [worker]
void write_skipped_pairs(const std::string &path, const GiveVotes &votes, Task &task);

}  // namespace kalon
