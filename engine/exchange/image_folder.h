#pragma once
// Folders that `datasets` loads by load_dataset("imagefolder", data_dir=FOLDER): pictures, and metadata.jsonl with a
// row for each picture or pair. https://huggingface.co/docs/datasets/image_dataset#imagefolder

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/placement.h"
#include "exchange/vote_pairs.h"

namespace kalon {

constexpr std::string_view image_folder_metadata = "metadata.jsonl";

// What such a folder will hold. Pictures that cannot be read are in result.failed, and no row names them.
struct ImageFolder {
  std::vector<Placement> placements;
  // Of each row, the placements that it names (of pictures alone both are the same), and the rest of it.
  struct Row {
    std::array<uint32_t, 2> files{};
    std::string columns;  // JSON members behind the names of the files
  };
  std::vector<Row> rows;
  std::array<std::string, 2> file_columns;  // "file_name" alone, or "chosen_file_name" and "rejected_file_name"
  ExportResult result;
};

// A row for each picture: file_name (`image` once loaded), id, prompt, rank, score, mean, sd and its attributes, each
// where any picture has it. Attributes whose names are taken, or would be taken for names of files, get "_" behind
// them. Files are numbered in the order given. Pictures are asked for twice. [worker]
ImageFolder image_folder_of_pictures(const GivePictures &pictures, Task &task);

// A row for each pair: chosen_file_name and rejected_file_name (`chosen` and `rejected` once loaded), prompt, label,
// chosen_score and rejected_score, certainty, annotator and criterion, as export_dpo() has them. Each picture
// is there once, numbered by its first appearance. Votes are asked for twice. [worker]
ImageFolder image_folder_of_pairs(const PairSource &source, Task &task);

// The text of metadata.jsonl; without the rows that name a placement that failed. [any]
std::string metadata_of(const ImageFolder &folder, std::span<const std::pair<Placement, Outcome>> failed = {});

// Makes the folder: the pictures as place_files() does, then metadata.jsonl, as a file that must not be there yet.
// Throws what that throws, and invalid_argument where there is no row. [worker]
PlacementResult write_image_folder(const std::string &path, const ImageFolder &folder, LinkKind kind,
                                   const std::function<void(std::span<const Placement>)> &record, Task &task);

}  // namespace kalon
