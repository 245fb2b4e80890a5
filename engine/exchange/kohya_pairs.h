#pragma once
// Pairs of pictures as folders, for training with kohya's sd-scripts: the layout of its preference subsets
// (https://github.com/kohya-ss/sd-scripts/pull/1427, Diffusion-DPO and MaPO):
//
//   FOLDER/N_NAME/w/000001.jpg    the better one of the first pair; N: how often a training epoch repeats the folder
//   FOLDER/N_NAME/w/000001.txt    its caption, where there is a prompt
//   FOLDER/N_NAME/l/000001.jpg    the worse one, under the same name
//   FOLDER/N_NAME/l/000001.txt
//   FOLDER/N_NAME/dataset.toml    a configuration that names the two folders to --dataset_config
//
// Pairs are found by equal names, so where the two pictures are of different formats the worse one has the name of the
// better one; sd-scripts, like all that reads with Pillow, goes by the content. Ties cannot be said and are left out.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "exchange/placement.h"
#include "exchange/vote_pairs.h"

namespace kalon {

struct KohyaSettings {
  std::string name = "pictures";  // no slash, no control characters
  uint32_t repeats = 1;           // from 1
  std::string caption_extension = ".txt";
};

// What is to be made in FOLDER/subfolder: by place_files(), and then the texts as new files beside.
struct KohyaPairs {
  std::string subfolder;  // "1_pictures"
  std::vector<Placement> placements;
  std::vector<std::pair<std::string, std::string>> texts;  // name inside the subfolder, content
  ExportResult result;                                     // rows: pairs
};

// One pair for each pair of votes, in their order. Throws invalid_argument for settings that make no name of a folder.
// [worker]
KohyaPairs plan_kohya_pairs(const PairSource &source, const KohyaSettings &settings, Task &task);

// Makes all of it in a new or empty folder. [worker]
PlacementResult write_kohya_pairs(const std::string &folder, const KohyaPairs &pairs, LinkKind kind, Task &task);

// The votes that such folders stand for: of every folder in this one, or of itself, that has w and l (or chosen and
// rejected) in it; by the names of the pictures without their extensions, in their order. Pictures that have no partner
// refuse the folder, by their names. [worker]
uint64_t read_kohya_pairs(const std::string &folder, const TakeVote &take, Task &task);

}  // namespace kalon
