#include "facade/vectors.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"

namespace kalon {
namespace {

bool any_picture(const Reader &reader) {
  bool any = false;
  reader.scan_files({}, {}, [&](const FileView &file) { return !(any = !file.picture.none()); });
  return any;
}

// The model of a choice; a name that is none is told what else it could have been.
std::unique_ptr<ModelStreams> model_or_hint(const MethodCall &call, const Reader &reader, const SpaceChoice &choice) {
  try {
    return streams_of(call, choice);
  } catch (const Error &error) {
    std::string imported;
    for (const auto &space : imported_spaces(reader))
      imported += (imported.empty() ? "" : ", ") + display_text(space.key.model);
    if (error.status() != Status::not_found || choice.model.empty() || imported.empty()) throw;
    throw Error(Status::not_found, error.message() + "; and imported vectors: " + imported, error.context());
  }
}

}  // namespace

SpaceChoice space_choice_from(const Parameters &parameters) {
  return {parameters.text("model"), parameters.text("crop"),
          parameters.has("model_parameters") ? parameters.json_of("model_parameters") : std::string()};
}

std::unique_ptr<ModelStreams> streams_of(const MethodCall &call, const SpaceChoice &choice) {
  return std::make_unique<ModelStreams>(call.registry, choice.model, choice.crop,
                                        static_cast<int>(ThumbnailSize::large), choice.parameters);
}

Space chosen_space(const MethodCall &call, const Reader &reader, const SpaceChoice &choice) {
  auto spaces = reader.spaces();
  std::erase_if(spaces, [](const Space &space) { return space.rows == 0; });
  auto fuller = [](const Space &a, const Space &b) { return a.rows < b.rows; };
  if (!choice.model.empty()) {
    auto imported = imported_spaces(reader);
    auto named = std::find_if(imported.begin(), imported.end(),
                              [&](const Space &space) { return space.key.model == choice.model; });
    if (named != imported.end()) return *named;
  }
  auto model = model_or_hint(call, reader, choice);
  if (auto space = reader.space(model->space()); space && space->rows > 0) return *space;
  auto of_model = std::find_if(spaces.begin(), spaces.end(),
                               [&](const Space &space) { return space.key.model == model->space().model; });
  if (of_model != spaces.end())
    throw Error(Status::not_found, "no picture was indexed with this model, crop and parameters (" +
                                       model->space().policy +
                                       "); run `kalon index FOLDER` with the same --model and --crop");
  if (choice.model.empty() && choice.crop.empty() && choice.parameters.empty() && !spaces.empty())
    return *std::max_element(spaces.begin(), spaces.end(), fuller);
  if (!any_picture(reader)) return {0, model->space(), 0};
  throw Error(Status::not_found,
              "no picture was indexed with the model " + model->space().model + "; run `kalon index FOLDER` first");
}

std::vector<Space> imported_spaces(const Reader &reader) {
  // Vectors may have been imported under one name several times, with other weights: the last ones are meant.
  std::map<std::string, Space> last;
  for (auto &space : reader.spaces())
    if (space.rows > 0 && space.key.policy == imported_policy) last[space.key.model] = space;
  std::vector<Space> spaces;
  for (auto &[name, space] : last) spaces.push_back(std::move(space));
  return spaces;
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

MatrixView view_of(const PhotoVectors &vectors) {
  return {vectors.values.data(), static_cast<int64_t>(vectors.photos.size()), static_cast<int64_t>(vectors.dimension)};
}

void drop_zeros(PhotoVectors &vectors) {
  size_t kept = 0;
  auto dimension = static_cast<ptrdiff_t>(vectors.dimension);
  for (size_t i = 0; i < vectors.photos.size(); ++i) {
    auto row = vectors.values.begin() + static_cast<ptrdiff_t>(i) * dimension;
    if (std::all_of(row, row + dimension, [](float value) { return value == 0; })) continue;
    if (kept != i) {
      std::copy(row, row + dimension, vectors.values.begin() + static_cast<ptrdiff_t>(kept) * dimension);
      vectors.photos[kept] = std::move(vectors.photos[i]);
    }
    ++kept;
  }
  vectors.missing += vectors.photos.size() - kept;
  vectors.photos.resize(kept);
  vectors.values.resize(kept * vectors.dimension);
}

}  // namespace kalon
