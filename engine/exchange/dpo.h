#pragma once
// Lines for training: pairs as preference data sets have them ("prompt", "chosen", "rejected": the explicit-prompt
// preference type of TRL, https://huggingface.co/docs/trl/dataset_formats; with paths of pictures where text models
// have answers, which `datasets` turns into pictures by cast_column), and pictures with their scores.

#include <string>

#include "exchange/vote_pairs.h"

namespace kalon {

// A JSON line for each pair:
//   prompt, chosen, rejected   the paths of the pictures
//   label                      how much the chosen one was preferred: 1, or 0.5 in a tie
//   margin                     by how much its utility is estimated to be greater, negative where the vote went against
//                              the estimate; null where a picture has no mean
//   certainty                  P(the chosen one is better), or null
//   weight                     how often the vote counts
//   annotator, criterion       where any vote has one
//   id                         of a vote over two pictures, 32 hex digits, else empty; where any vote has one
// [worker]
ExportResult export_dpo(const std::string &path, const PairSource &source, Task &task);

// Reads JSON lines, CSV or Parquet with the columns chosen and rejected, and prompt, label, weight, annotator,
// criterion and id where they are: votes for the left one, or ties. Gives the number of votes. [worker]
uint64_t read_dpo(const std::string &path, const TakeVote &take, Task &task);

// A JSON line for each picture that has a score: image (its path), prompt where any picture has one, and score; sd
// where any has one. What has no score is without_order. [worker]
ExportResult export_rewards(const std::string &path, const GivePictures &pictures, Task &task);

}  // namespace kalon
