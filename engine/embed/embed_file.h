#pragma once
// One file embedded by itself, as the pipeline would.

#include <string>
#include <vector>

#include "base/hash.h"
#include "embed/model_streams.h"

namespace kalon {

struct EmbeddedFile {
  Hash128 picture;
  std::vector<float> vector;  // model.dimension() values
};

// The vector that index_folders would store of the file, or, mirrored, of a file that shows it left to right. Throws as
// PictureFile and ModelStreams, in the file's name. [worker]
EmbeddedFile embed_file(Registry &registry, ModelStreams &model, const std::string &path, bool mirrored = false);

}  // namespace kalon
