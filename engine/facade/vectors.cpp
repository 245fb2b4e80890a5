#include "facade/vectors.h"

#include <utility>

namespace kalon {

std::unique_ptr<ModelStreams> streams_from(const MethodCall &call) {
  return std::make_unique<ModelStreams>(call.registry, call.parameters.text("model"), call.parameters.text("crop"),
                                        static_cast<int>(ThumbnailSize::large));
}

Space space_of(const Reader &reader, const ModelStreams &model) {
  auto space = reader.space(model.space());
  if (space && space->rows > 0) return *space;
  for (const auto &other : reader.spaces())
    if (other.rows > 0 && other.key.model == model.space().model)
      throw Error(Status::not_found, "no picture was indexed with this model and crop (" + model.space().policy +
                                         "); run `kalon index FOLDER` with the same --model and --crop");
  throw Error(Status::not_found,
              "no picture was indexed with the model " + model.space().model + "; run `kalon index FOLDER` first");
}

PhotoVectors vectors_of(const Reader &reader, const Space &space, std::vector<ChosenPhoto> photos) {
  PhotoVectors result;
  result.dimension = space.key.dimension;
  result.values.resize(photos.size() * result.dimension);
  for (auto &photo : photos) {
    std::span<float> row(result.values.data() + result.photos.size() * result.dimension, result.dimension);
    if (reader.vector(space.id, photo.key, row))
      result.photos.push_back(std::move(photo));
    else
      ++result.missing;
  }
  result.values.resize(result.photos.size() * result.dimension);
  return result;
}

}  // namespace kalon
