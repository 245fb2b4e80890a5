#pragma once
// Human Preference Dataset v2 (Wu et al. 2023, https://arxiv.org/abs/2306.09341), as its card ymhao/HPDv2 describes it:
// JSON arrays of
//   {"prompt", "file_path": [...], "human_preference": [1 for the preferred, 0 for the others]} train.json
//   {"prompt", "image_path": [...], "rank": [...], "raw_annotations": [{"rank": [...], "user_hash"}, ...]} test.json
// where ranks are by picture, the least is the best, and "rank" is that of the averages.

#include <string>

#include "exchange/vote_pairs.h"

namespace kalon {

enum class Hpdv2Split { train, test };

// train: an object for each pair; of a tie both are preferred. [worker]
// test: one for each set of pictures of one prompt that was voted on, with an annotation for each vote, whichever
// number of pictures; certainty does not count there. Holds a number for each picture of each vote. [worker]
ExportResult export_hpdv2(const std::string &path, const PairSource &source, Hpdv2Split split, Task &task);

// Reads either, or a mixture. Objects with several annotations are a vote each; without raw_annotations the rank is
// one. Two pictures are a pair; more have ranks: 1 for the preferred and 2 for the others in the layout of train.json.
// Equal ranks of all are a tie, and none preferred both_bad. What is wrong is told by the number of the object and its
// line. Gives the number of votes. [worker]
uint64_t read_hpdv2(const std::string &path, const TakeVote &take, Task &task);

}  // namespace kalon
