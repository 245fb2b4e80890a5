#pragma once
// The vectors that methods compare pictures by.

#include <memory>
#include <string>
#include <vector>

#include "embed/model_streams.h"
#include "facade/rows.h"
#include "index/neighbours.h"

namespace kalon {

// What the parameters `model`, `crop` and `model_parameters` (JSON) say; each may be empty.
struct SpaceChoice {
  std::string model{}, crop{}, parameters{};
};
SpaceChoice space_choice_from(const Parameters &parameters);

// The space of the library that a choice means: of the named model as `index` made it, or of imported vectors of that
// name. Without a name: that of the default model if the library has vectors of it, else the one that has most. Of a
// library without any picture: the one that `index` would make, empty. not_found says how to make it. [any]
Space chosen_space(const MethodCall &call, const Reader &reader, const SpaceChoice &choice);

// The model that a choice names, with index's own decode policy.
std::unique_ptr<ModelStreams> streams_of(const MethodCall &call, const SpaceChoice &choice);

// Vectors of photos, row by row; photos without a vector are dropped from the list and counted.
struct PhotoVectors {
  std::vector<ChosenPhoto> photos;
  std::vector<float> values;  // photos.size() x dimension
  uint64_t dimension = 0;
  uint64_t missing = 0;
};
PhotoVectors vectors_of(const Reader &reader, const Space &space, std::vector<ChosenPhoto> photos);
// Drops photos whose vector is zero, which has no direction to be compared by; they count as missing.
void drop_zeros(PhotoVectors &vectors);
MatrixView view_of(const PhotoVectors &vectors);

// The spaces of imported vectors, one for each name: the last that took it. By name. [any]
std::vector<Space> imported_spaces(const Reader &reader);

// The policy of spaces whose vectors came from a file: no model here can add to them.
inline constexpr char imported_policy[] = "imported";

}  // namespace kalon
