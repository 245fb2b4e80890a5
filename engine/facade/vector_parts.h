#pragma once
// The files that vectors come in: arrays, and the lists that say which picture each row is of.

#include <cstdint>
#include <string>
#include <vector>

namespace kalon {

struct VectorPart {
  std::string array;  // .npy
  std::string list;   // a table or a list of names
  uint64_t rows = 0;
};

struct VectorSource {
  std::vector<VectorPart> parts;
  std::string name;  // what they may be called: the stem of the file, or the name of the folder
  uint32_t dimension = 0;
  uint64_t rows = 0;  // of all parts
};

// path: a .npy file, with its list; where that is empty, one that lies beside it: of the same stem, as `export vectors`
// writes it, or metadata_N for img_emb_N.npy. Or a folder as clip-retrieval writes it: img_emb_N.npy with metadata_N
// (.parquet, .csv, .tsv, .jsonl) in it, or in its folders img_emb and metadata; the parts come in the order of their
// numbers. Throws invalid_argument, not_found, corrupt_data, and what reading arrays and tables throws; every array has
// as many rows as its list, and all have rows of one dimension. [worker]
VectorSource vector_source(const std::string &path, const std::string &list);

}  // namespace kalon
