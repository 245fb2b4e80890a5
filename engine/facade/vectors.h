#pragma once
// The vectors that methods compare pictures by.

#include <memory>
#include <string>
#include <vector>

#include "embed/model_streams.h"
#include "facade/rows.h"

namespace kalon {

// The space of a model in a library, as `index` made it. not_found says how to make it.
Space space_of(const Reader &reader, const ModelStreams &model);

// The model that the parameters `model` and `crop` name, with index's own decode policy.
std::unique_ptr<ModelStreams> streams_from(const MethodCall &call);

// Vectors of photos, row by row; photos without a vector are dropped from the list and counted.
struct PhotoVectors {
  std::vector<ChosenPhoto> photos;
  std::vector<float> values;  // photos.size() x dimension
  uint64_t dimension = 0;
  uint64_t missing = 0;
};
PhotoVectors vectors_of(const Reader &reader, const Space &space, std::vector<ChosenPhoto> photos);

}  // namespace kalon
