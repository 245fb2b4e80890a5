#pragma once
// Vectors of mirrored pictures, made when duplicates ask for them.

#include <memory>
#include <mutex>
#include <semaphore>
#include <unordered_map>
#include <vector>

#include "facade/duplicate_groups.h"

namespace kalon {

// Networks see left and right: of 38 wallpapers, 27 were less than .98 alike with their own mirror images by
// EfficientNet-Lite0. What the hashes take for a mirrored copy is therefore compared by the vector of the mirrored
// picture, which no library holds. Borrows everything.
class MirroredVectors {
 public:
  MirroredVectors(const MethodCall &call, const Reader &reader, const DuplicatePhotos &photos,
                  const ComparablePictures &comparable, const SpaceChoice &choice);
  ~MirroredVectors();
  MirroredVectors(const MirroredVectors &) = delete;
  MirroredVectors &operator=(const MirroredVectors &) = delete;

  // Of a comparable row; valid as long as this is. Null when it cannot be made: the vectors were imported or made by
  // another revision of the model, or the file changed or cannot be read now. [worker]
  const float *of(uint32_t row);

 private:
  std::vector<float> made(uint32_t row);

  const MethodCall &call_;
  const Reader &reader_;
  const DuplicatePhotos &photos_;
  const ComparablePictures &comparable_;
  std::unique_ptr<ModelStreams> model_;                       // null: none that made these vectors is here
  std::counting_semaphore<> decoding_{2};                     // each decoded picture may be a large one
  std::mutex mutex_;                                          // of the reader and of vectors_
  std::unordered_map<uint32_t, std::vector<float>> vectors_;  // by row; empty: none
};

}  // namespace kalon
