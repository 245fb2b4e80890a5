// Method "similar": the pictures nearest to one picture.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "embed/embed_file.h"
#include "facade/flags.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/vectors.h"
#include "index/distance.h"

namespace kalon {
namespace {

// The picture that neighbours are asked for: from the library, or embedded now when the library does not know it.
struct Query {
  Hash128 photo, picture;
  std::vector<float> vector;
};

Query query_for(const MethodCall &call, const SpaceChoice &choice, const Space &space, const std::string &path) {
  {
    auto reader = call.library().read();
    if (auto file = reader.file_at(path); file && file->outcome.ok() && stat_file(path) == file->stat) {
      Query query{file->photo, file->picture, std::vector<float>(space.key.dimension)};
      if (reader.vector(space.id, {file->picture, file->render}, query.vector)) return query;
    }
  }
  if (space.key.policy == imported_policy)
    throw Error(Status::not_found,
                "has no vector among those imported as " + space.key.model + ", and no model here can make one",
                display_text(path));
  auto model = streams_of(call, {space.key.model, choice.crop, choice.parameters});
  if (model->space() != space.key)
    throw Error(Status::not_found,
                "is not in the library, and its vectors were made with another revision or crop of the model " +
                    space.key.model + "; run `kalon index` on the file first",
                display_text(path));
  auto embedded = embed_file(call.registry, *model, path);
  return {embedded.picture, embedded.picture, std::move(embedded.vector)};
}

// Distances to every vector of a space.
struct Distances {
  std::vector<Hash128> pictures;
  std::vector<float> values;
};

Distances all_distances(const Reader &reader, const Space &space, const std::vector<float> &query, const Task &task) {
  Distances all;
  auto dimension = static_cast<int64_t>(space.key.dimension);
  all.pictures.reserve(space.rows);
  all.values.reserve(space.rows);
  reader.scan_vectors(space.id, [&](std::span<const VectorKey> keys, const float *rows) {
    task.throw_if_cancelled();
    for (size_t i = 0; i < keys.size(); ++i) {
      all.pictures.push_back(keys[i].picture);
      all.values.push_back(fast_distance(query.data(), rows + static_cast<int64_t>(i) * dimension, dimension));
    }
  });
  return all;
}

}  // namespace

Ending run_similar(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto path = parameters.required_path("path");
  auto k = static_cast<size_t>(parameters.integer("k", 10, 1, 100000));
  auto choice = choice_from(parameters);
  auto space_choice = space_choice_from(parameters);
  parameters.reject_unknown();

  Space space = chosen_space(call, call.library().read(), space_choice);
  ChoiceFilter(call.library().read(), choice);  // a slip is told before any work
  Query query = query_for(call, space_choice, space, path);
  call.task.phase("similar");
  std::vector<std::string> rows;
  {
    auto reader = call.library().read();
    Exclusions exclusions(reader);
    ChoiceFilter filter(reader, choice);
    std::vector<Attribute> known;
    auto all = all_distances(reader, space, query.vector, call.task);
    std::vector<uint32_t> order(all.values.size());
    std::iota(order.begin(), order.end(), 0u);
    auto nearer = [&](uint32_t a, uint32_t b) {
      return all.values[a] != all.values[b] ? all.values[a] < all.values[b] : all.pictures[a] < all.pictures[b];
    };
    std::unordered_set<Hash128> taken{query.photo, query.picture};
    // Sorted piece by piece: most of a large library is never looked at.
    size_t sorted = 0;
    for (size_t next = 0; next < order.size() && rows.size() < k; ++next) {
      if (next == sorted) {
        sorted = std::min(order.size(), sorted + std::max<size_t>(k * 2, 256));
        std::partial_sort(order.begin() + static_cast<ptrdiff_t>(next), order.begin() + static_cast<ptrdiff_t>(sorted),
                          order.end(), nearer);
      }
      const auto &picture = all.pictures[order[next]];
      for (uint64_t id : reader.files_of(picture)) {
        auto file = reader.file(id);
        if (!file || file->vanished || !file->outcome.ok() || taken.contains(file->photo)) continue;
        if (exclusions.holds(file->picture, file->photo) || !is_there(file->path)) continue;
        bool chosen = false;
        FlagValue flag = FlagValue::none;
        if (filter.in_folders(file->path))
          reader.scan_files(file->path, {}, [&](const FileView &view) {
            chosen = filter.matches(view, known);
            if (chosen) flag = flag_of(view, known);
            return false;
          });
        if (!chosen) continue;
        taken.insert(file->photo);
        double distance = all.values[order[next]];
        JsonObject row;
        row.add("rank", rows.size() + 1).add("distance", distance);
        if (space.key.metric == KALON_METRIC_COSINE) row.add("similarity", 1 - distance * distance / 2);
        row.add("id", file->picture.hex()).add("photo", file->photo.hex());
        row.add("uri", file_uri(file->path)).add("path", file->path);
        row.add("width", file->width).add("height", file->height).add("format", file->format);
        if (flag != FlagValue::none) row.add("flag", flag_name(flag));
        rows.push_back(row.str());
        break;
      }
    }
  }
  for (const auto &row : rows) call.rows.row(row);
  return {Status::ok, JsonObject().add("found", rows.size()).add("model", space.key.model).str()};
}

}  // namespace kalon
