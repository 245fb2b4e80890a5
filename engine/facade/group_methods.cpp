// Method "groups": pictures that belong together.

#include <cmath>
#include <unordered_map>

#include "base/clock.h"
#include "facade/group_folder.h"
#include "facade/import_columns.h"
#include "facade/json_object.h"
#include "facade/photo_column.h"

namespace kalon {
namespace {

constexpr std::string_view column_source = "groups: ";

std::string_view word_for(GroupedBy by) {
  return by == GroupedBy::similarity ? "similarity" : by == GroupedBy::burst ? "burst" : "cluster";
}

// What the groups were made with, every choice told.
std::string parameters_json(const GroupRequest &request, const PictureGroups &grouped) {
  JsonObject object;
  object.add("by", word_for(request.by));
  switch (request.by) {
    case GroupedBy::similarity:
      object.add("level", request.level).add("min_size", request.smallest);
      break;
    case GroupedBy::burst:
      object.add("level", request.bursts.level).add("gap", request.bursts.gap);
      if (std::isfinite(request.bursts.longest)) object.add("max_length", request.bursts.longest);
      object.add("use_mtime", request.use_mtime).add("min_size", request.smallest);
      break;
    case GroupedBy::k_means:
      object.add("algorithm", "kmeans").add("clusters", grouped.groups.size());
      if (request.size) object.add("size", *request.size);
      object.add("seed", request.seed);
      break;
    case GroupedBy::density:
      object.add("algorithm", "density").add("min_size", request.smallest).add("min_samples", request.min_samples);
      break;
  }
  return object.str();
}

std::string file_json(const PictureGroups &grouped, const GroupedPhoto &member, const std::string &placed) {
  const auto &photo = grouped.pictures.photos[member.row];
  JsonObject file;
  file.add("uri", file_uri(photo.path)).add("path", photo.path);
  file.add("id", photo.key.picture.hex()).add("photo", photo.photo.hex()).add("similarity", member.similarity);
  if (!grouped.times.empty()) {
    file.add("capture_time", format_utc(grouped.times[member.row]));
    if (member.sharpness) file.add("sharpness", *member.sharpness);
  }
  if (!placed.empty()) file.add("name", placed);
  return file.str();
}

std::string group_json(const PictureGroups &grouped, size_t number, const std::vector<std::string> &placed) {
  const auto &group = grouped.groups[number];
  auto path_of = [&](size_t place) -> const std::string & {
    return grouped.pictures.photos[group.photos[place].row].path;
  };
  JsonObject row;
  row.add("group", number + 1).add("size", group.photos.size()).add("min_similarity", group.least_similarity);
  row.add("medoid", file_uri(path_of(group.medoid))).add("medoid_path", path_of(group.medoid));
  if (!grouped.times.empty()) {
    size_t best = group.ranked.front();
    row.add("best", file_uri(path_of(best))).add("best_path", path_of(best));
    row.add("best_by", group.sharpest ? "sharpness" : "similarity");
    int64_t first = grouped.times[group.photos.front().row], last = grouped.times[group.photos.back().row];
    row.add("start", format_utc(first)).add("seconds", static_cast<double>(last - first) / 1e6);
  }
  std::vector<std::string> files;
  for (size_t i = 0; i < group.photos.size(); ++i)
    files.push_back(file_json(grouped, group.photos[i], placed.empty() ? std::string() : placed[i]));
  return row.raw("files", json_array(files)).str();
}

// The number of its group for each picture of a photo that has one; those of earlier groups go.
uint64_t store_groups(const MethodCall &call, const std::string &name, const PictureGroups &grouped,
                      const std::string &parameters) {
  std::unordered_map<Hash128, double> group_of_photo;
  for (size_t g = 0; g < grouped.groups.size(); ++g)
    for (const auto &member : grouped.groups[g].photos)
      group_of_photo[grouped.pictures.photos[member.row].photo] = static_cast<double>(g + 1);
  ScoreColumn column;
  column.name = name;
  column.source = std::string(column_source) + parameters;
  column.model = grouped.space.key.model;
  column.weights_hash = grouped.space.key.weights_hash;
  return store_photo_column(call, column, column_source, group_of_photo);
}

}  // namespace

Ending run_groups(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto request = group_request_from(parameters);
  auto column = parameters.text("as");
  auto to = parameters.path("to");
  std::optional<GroupFolderRequest> folder;
  if (!to.empty()) folder = group_folder_request_from(parameters, to);
  auto choice = choice_from(parameters);
  auto space = space_choice_from(parameters);
  parameters.reject_unknown();
  if (!column.empty()) {
    require_score_name(column);
    refuse_other_column(call.library().read(), column, column_source);
  }
  if (folder) refuse_occupied(folder->folder);

  auto grouped = group_pictures(call, request, space, choice);
  auto made_with = parameters_json(request, grouped);
  std::optional<GroupFolder> placed;
  if (folder && !grouped.groups.empty()) placed = place_groups(call, grouped, *folder);
  std::optional<uint64_t> stored;
  if (!column.empty()) stored = store_groups(call, column, grouped, made_with);

  uint64_t in_groups = 0;
  for (size_t g = 0; g < grouped.groups.size(); ++g) {
    in_groups += grouped.groups[g].photos.size();
    call.rows.row(group_json(grouped, g, placed ? placed->names[g] : std::vector<std::string>()));
  }
  JsonObject summary;
  summary.add("groups", grouped.groups.size()).add("grouped", in_groups).add("alone", grouped.alone);
  summary.add("without_vector", grouped.pictures.missing);
  if (request.by == GroupedBy::burst) summary.add("without_time", grouped.without_time);
  summary.add("model", grouped.space.key.model).raw("parameters", made_with);
  if (grouped.inertia) summary.add("inertia", *grouped.inertia);
  if (stored) summary.add("column", column).add("stored", *stored);
  if (!placed) return {Status::ok, summary.str()};

  const auto &failed = placed->placed.failed;
  tell_unplaced(call, failed);
  summary.add("folder", file_uri(to)).add("folder_path", to);
  summary.add("placed", placed->placed.placed).add("failed", failed.size()).add("operation", placed->placed.operation);
  if (placed->sheet) placed->sheet->add_to(summary, to);
  return {failed.empty() ? Status::ok : Status::partial, summary.str()};
}

}  // namespace kalon
