#include "facade/picture_groups.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/text.h"

namespace kalon {
namespace {

constexpr int64_t any_number = std::numeric_limits<int64_t>::max();
constexpr int64_t many_clusters = 1000;  // of so many, one start is as good as another
constexpr int64_t most_samples = 200;    // each costs 16 bytes a picture
constexpr double long_gap = 86400 * 366.0;

// What bursts are told by.
struct Captures {
  std::vector<BurstShot> shots;  // those with a time, in the natural order of their paths
  std::vector<int64_t> times;
  std::vector<std::optional<float>> sharpness;
  std::vector<uint64_t> pixels;
};

Captures captures_of(const Reader &reader, const std::vector<ChosenPhoto> &photos, bool use_mtime) {
  Captures captures;
  captures.times.assign(photos.size(), unknown_time);
  captures.sharpness.resize(photos.size());
  captures.pixels.resize(photos.size());
  std::vector<int32_t> camera(photos.size(), -1), order(photos.size());
  std::map<std::string, int32_t> cameras;
  bool any_attributes = reader.any_attributes();
  for (size_t i = 0; i < photos.size(); ++i) {
    auto file = reader.file_at(photos[i].path);
    if (!file) continue;
    captures.times[i] = file->capture_time;
    captures.pixels[i] = uint64_t{file->width} * file->height;
    if (captures.times[i] == unknown_time && use_mtime) captures.times[i] = file->stat.mtime_ns / 1000;
    auto name_camera = [&](const std::vector<Attribute> &attributes) {
      for (const auto &attribute : attributes)
        if (attribute.name == "camera")
          camera[i] = cameras.try_emplace(attribute.value, static_cast<int32_t>(cameras.size())).first->second;
    };
    name_camera(file->attributes);
    if (any_attributes) name_camera(reader.attributes(file->picture));
    if (auto fingerprint = reader.fingerprint(photos[i].key)) captures.sharpness[i] = fingerprint->sharpness;
  }
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return natural_compare(photos[a].path, photos[b].path) < 0; });
  for (int32_t i : order)
    if (captures.times[i] != unknown_time) captures.shots.push_back({captures.times[i], camera[i], i});
  return captures;
}

// The groups' rows: those of a burst in order of time, others ascending.
std::vector<std::vector<int32_t>> rows_of_bursts(const Captures &captures, const PhotoVectors &pictures,
                                                 const BurstOptions &options, Task &task) {
  auto bursts = members_of(find_bursts(captures.shots, view_of(pictures), options, task));
  for (auto &burst : bursts) {
    std::stable_sort(burst.begin(), burst.end(),
                     [&](int32_t a, int32_t b) { return captures.shots[a].time < captures.shots[b].time; });
    for (int32_t &shot : burst) shot = captures.shots[shot].row;
  }
  std::stable_sort(bursts.begin(), bursts.end(),
                   [&](const auto &a, const auto &b) { return captures.times[a.front()] < captures.times[b.front()]; });
  return bursts;
}

int64_t number_of_clusters(const GroupRequest &request, size_t pictures) {
  auto count = static_cast<double>(pictures);
  if (request.clusters) return *request.clusters;
  // Without a word about it, the rule of thumb sqrt(n / 2) (Mardia, Kent and Bibby 1979).
  double number = request.size ? count / static_cast<double>(*request.size) : std::sqrt(count / 2);
  return std::max<int64_t>(1, std::llround(number));
}

std::vector<std::vector<int32_t>> rows_of_clusters(PictureGroups &grouped, const GroupRequest &request, Task &task) {
  auto view = view_of(grouped.pictures);
  if (request.by == GroupedBy::density) {
    DensityOptions options;
    options.min_cluster_size = request.smallest;
    options.min_samples = request.min_samples;
    return members_of(density_clusters(view, options, task));
  }
  KMeansOptions options;
  options.clusters = number_of_clusters(request, grouped.pictures.photos.size());
  options.spherical = grouped.space.key.metric == KALON_METRIC_COSINE;
  options.seed = request.seed;
  if (options.clusters > many_clusters) options.restarts = 1;
  KMeans found = k_means(view, options, task);
  grouped.inertia = found.inertia;
  return members_of(found.grouping);
}

// The sharpest first. A small version of a picture, a preview or a screenshot, is sharp for its size alone.
void rank_burst(PictureGroup &group, const Captures &captures) {
  uint64_t most = 0;
  for (const auto &photo : group.photos) most = std::max(most, captures.pixels[photo.row]);
  auto rank = [&](size_t i) {
    const auto &photo = group.photos[i];
    bool small = captures.pixels[photo.row] < most / 2;
    return std::tuple(small, -photo.sharpness.value_or(-1.0f), i != group.medoid, i);
  };
  std::sort(group.ranked.begin(), group.ranked.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
  if (group.photos[group.ranked.front()].sharpness) group.sharpest = group.ranked.front();
}

PictureGroup described(const PictureGroups &grouped, const std::vector<int32_t> &rows, const GroupFigures &figures,
                       const Captures *captures) {
  PictureGroup group;
  group.least_similarity = figures.least_similarity;
  auto view = view_of(grouped.pictures);
  for (int32_t row : rows)
    group.photos.push_back({row, row_similarity(view.row(row), view.row(figures.medoid), view.dimension),
                            captures ? captures->sharpness[row] : std::nullopt});
  if (!captures)
    std::stable_sort(group.photos.begin(), group.photos.end(), [&](const GroupedPhoto &a, const GroupedPhoto &b) {
      return std::pair(a.row != figures.medoid, -a.similarity) < std::pair(b.row != figures.medoid, -b.similarity);
    });
  auto medoid = std::find_if(group.photos.begin(), group.photos.end(),
                             [&](const GroupedPhoto &photo) { return photo.row == figures.medoid; });
  group.medoid = static_cast<size_t>(medoid - group.photos.begin());
  group.ranked.resize(group.photos.size());
  std::iota(group.ranked.begin(), group.ranked.end(), size_t{0});
  if (captures) rank_burst(group, *captures);
  return group;
}

}  // namespace

GroupRequest group_request_from(const Parameters &parameters) {
  GroupRequest request;
  auto by = parameters.one_of("by", {"similarity", "burst", "cluster"});
  if (by == "similarity") {
    request.level = parameters.number("level", 0.9, 0, 1);
    request.smallest = parameters.integer("min_size", 2, 2, any_number);
  } else if (by == "burst") {
    request.by = GroupedBy::burst;
    request.bursts.level = parameters.number("level", BurstOptions().level, 0, 1);
    request.bursts.gap = parameters.number("gap", BurstOptions().gap, 0, long_gap);
    request.bursts.longest = parameters.number("max_length", BurstOptions().longest, 0, long_gap);
    request.use_mtime = parameters.flag("use_mtime");
    request.smallest = parameters.integer("min_size", 2, 2, any_number);
  } else if (parameters.one_of("algorithm", {"kmeans", "density"}) == "density") {
    request.by = GroupedBy::density;
    request.smallest = parameters.integer("min_size", DensityOptions().min_cluster_size, 2, any_number);
    request.min_samples = parameters.integer("min_samples", std::min(request.smallest, most_samples), 1, most_samples);
  } else {
    request.by = GroupedBy::k_means;
    request.smallest = 1;
    if (auto clusters = parameters.integer("clusters", -1, 1, any_number); clusters > 0) request.clusters = clusters;
    if (auto size = parameters.integer("size", -1, 1, any_number); size > 0) request.size = size;
    if (request.clusters && request.size)
      throw Error(Status::invalid_argument, "either the number of clusters or their size, not both");
    request.seed = static_cast<uint64_t>(parameters.integer("seed", 1, 0, any_number));
  }
  return request;
}

PictureGroups group_pictures(const MethodCall &call, const GroupRequest &request, const SpaceChoice &space,
                             const Choice &choice) {
  PictureGroups grouped;
  Captures captures;
  bool bursts = request.by == GroupedBy::burst;
  bool clusters = request.by == GroupedBy::k_means || request.by == GroupedBy::density;
  bool directions = true;  // what counts, except in clusters by Euclidean distance
  {
    auto reader = call.library().read();
    grouped.space = chosen_space(call, reader, space);
    grouped.pictures = vectors_of(reader, grouped.space, chosen_photos(reader, choice));
    directions = grouped.space.key.metric == KALON_METRIC_COSINE || !clusters;
    if (directions) drop_zeros(grouped.pictures);
    if (bursts) captures = captures_of(reader, grouped.pictures.photos, request.use_mtime);
  }
  auto &pictures = grouped.pictures;
  if (pictures.photos.empty())
    throw Error(Status::not_found,
                "no picture is left to group: none is indexed there, or all of them are excluded, vanished or filtered "
                "out");
  if (bursts && captures.shots.empty())
    throw Error(Status::not_found,
                "no picture has a capture time; --use-mtime takes the times of the files, if those mean anything");
  auto make_units = [&] { make_unit_rows(pictures.values, static_cast<int64_t>(pictures.dimension), call.task); };
  if (directions) make_units();

  std::vector<std::vector<int32_t>> rows;
  if (bursts)
    rows = rows_of_bursts(captures, pictures, request.bursts, call.task);
  else if (request.by == GroupedBy::similarity)
    rows = members_of(similar_groups(view_of(pictures), {request.level}, call.task));
  else
    rows = rows_of_clusters(grouped, request, call.task);
  std::erase_if(rows, [&](const auto &group) { return static_cast<int64_t>(group.size()) < request.smallest; });
  if (!bursts)
    std::stable_sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) { return a.size() > b.size(); });

  if (!directions) make_units();  // these too are told of by cosine
  uint64_t in_groups = 0;
  for (const auto &group : rows) in_groups += group.size();
  call.task.phase("comparing", in_groups);
  auto figures = group_figures(view_of(pictures), rows, call.task);
  for (size_t g = 0; g < rows.size(); ++g) {
    call.task.throw_if_cancelled();
    grouped.groups.push_back(described(grouped, rows[g], figures[g], bursts ? &captures : nullptr));
  }
  grouped.without_time = bursts ? pictures.photos.size() - captures.shots.size() : 0;
  grouped.alone = pictures.photos.size() - in_groups - grouped.without_time;
  grouped.times = std::move(captures.times);
  return grouped;
}

}  // namespace kalon
