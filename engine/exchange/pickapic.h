#pragma once
// Pick-a-Pic: pairs of pictures of one prompt with the choice of a user, in the columns of the published data sets
// yuvalkirstain/pickapic_v1 and _v2 (Kirstain et al. 2023, https://arxiv.org/abs/2305.01569, and their dataset cards).

#include <functional>
#include <string>

#include "base/bytes.h"
#include "exchange/vote_pairs.h"

namespace kalon {

enum class PickapicFormat {
  parquet,  // with the bytes of the pictures
  jsonl,    // without
  csv,      // without
};

struct PickapicOptions {
  PickapicFormat format = PickapicFormat::parquet;
  // Pictures as structures of bytes and path, which `datasets` shows as pictures, instead of the published plain bytes.
  bool image_feature = false;
  // The bytes of a picture in a format that readers know; empty: those of its file. What it throws of other status than
  // cancelled is that picture's failure.
  std::function<Bytes(const PictureRow &)> bytes;
  // The attribute that tells which model made a picture; the first that a picture has counts.
  std::vector<std::string> model_attributes = {"model", "generator"};
};

// A row for each pair: label_0 and label_1 are 1 and 0, 0 and 1, or 0.5 and 0.5 in a tie, where best_image_uid is
// "tie". Uids are the pictures' ids (their paths, where they have none), urls file URIs. Users are numbered from 1 by
// their first vote. Behind the published columns stand annotator, criterion and certainty. Votes are asked for twice.
// Holds every prompt, and the bytes of a row group. [worker]
ExportResult export_pickapic(const std::string &path, const PairSource &source, const PickapicOptions &options,
                             Task &task);

// Reads such a file, by its extension .parquet, .jsonl or .csv: pictures by their uids, or by their urls without uids;
// the annotator is `annotator`, else `user_id`. Rows without label are skipped votes, and rows of one picture
// (are_different: false) none. Without label_0 the choice is best_image_uid. Gives the number of votes. [worker]
uint64_t read_pickapic(const std::string &path, const TakeVote &take, Task &task);

}  // namespace kalon
