// Methods "sort" and "order_vectors": pictures, or any vectors, in an order.

#include <algorithm>
#include <limits>

#include "arrange/mst_order.h"
#include "arrange/order.h"
#include "arrange/sections.h"
#include "exchange/npy.h"
#include "facade/json_object.h"
#include "facade/order_sheet.h"
#include "facade/placing.h"
#include "facade/vectors.h"

namespace kalon {
namespace {

// How long a better order is sought unless told: a number of steps, so that a second run gives the same order, which
// takes about three seconds for five thousand pictures; and no longer than this many seconds.
int64_t default_steps(int64_t pictures) {
  return 2000 + 10 * pictures;
}
double most_seconds(int64_t pictures) {
  return std::min(30.0, 2 + 0.002 * static_cast<double>(pictures));
}

// What an order by similarity is asked to be.
struct OrderRequest {
  bool by_search = true;  // else along the spanning tree
  double seconds = -1;    // -1: as the number of pictures suggests
  uint64_t seed = 1;
  bool divided = true;   // into sections
  int64_t sections = 0;  // 0: as many as suit the steps
};

OrderRequest order_request_from(const Parameters &parameters) {
  OrderRequest request;
  request.by_search = parameters.one_of("method", {"search", "mst"}) == "search";
  request.seconds = parameters.number("seconds", -1, 0, 86400);
  auto seed = parameters.integer("seed", -1, 0, std::numeric_limits<int64_t>::max());
  if (!request.by_search && (request.seconds >= 0 || seed >= 0))
    throw Error(Status::invalid_argument, "belongs to the method search; the method mst takes no time and no chance",
                request.seconds >= 0 ? "parameter seconds" : "parameter seed");
  if (seed >= 0) request.seed = static_cast<uint64_t>(seed);
  request.divided = parameters.one_of("sections", {"auto", "none"}) == "auto";
  request.sections = parameters.integer("section_count", 0, 1, std::numeric_limits<int32_t>::max());
  if (!request.divided && request.sections > 0)
    throw Error(Status::invalid_argument, "does not go with no sections", "parameter section_count");
  return request;
}

struct Divided {
  Order order;
  std::vector<int64_t> sections;  // positions at which they begin; empty when none were asked for
};

Divided ordered(MatrixView vectors, const OrderRequest &request, int64_t start, Task &task) {
  task.phase("order", static_cast<uint64_t>(vectors.rows));
  Divided divided;
  if (request.by_search) {
    OrderOptions options;
    options.seconds = request.seconds >= 0 ? request.seconds : most_seconds(vectors.rows);
    if (request.seconds < 0) options.most_steps = default_steps(vectors.rows);
    options.seed = request.seed;
    options.start = start;
    divided.order = order_by_similarity(vectors, options, task);
  } else {
    TreeOrderOptions options;
    options.start = start;
    divided.order = order_along_tree(vectors, options, task);
  }
  if (request.divided)
    divided.sections =
        sections_of(divided.order.steps, static_cast<int64_t>(divided.order.sequence.size()), request.sections);
  return divided;
}

void add_figures(JsonObject &summary, const OrderRequest &request, const Divided &divided) {
  const Order &order = divided.order;
  summary.add("method", request.by_search ? "search" : "mst");
  summary.add("length", order.length).add("mean_step", order.mean_step);
  summary.add("p99_step", order.p99_step).add("max_step", order.max_step);
  if (request.divided) summary.add("sections", divided.sections.size());
}

struct Sorted {
  std::vector<ChosenPhoto> photos;  // in their order
  Divided divided;                  // of a sort by similarity
  uint64_t missing = 0;             // photos without a vector, left out
};

// The photo that a path belongs to: the file itself, another file of its shot, or an exact copy.
Hash128 photo_at(const Reader &reader, const std::string &path) {
  auto file = reader.file_at(path);
  if (!file)
    throw Error(Status::not_found,
                is_there(path) ? "the order cannot start with it: it is not in the library; run `kalon index` on it"
                               : "the order cannot start with it: there is no such file",
                display_text(path));
  if (!file->outcome.ok() || file->vanished)
    throw Error(Status::not_found,
                file->vanished ? "the order cannot start with it: it is gone"
                               : "the order cannot start with it: it could not be read",
                display_text(path));
  return file->photo;
}

Sorted by_similarity(const MethodCall &call, const SpaceChoice &space, const Choice &choice,
                     const OrderRequest &request, const std::string &start) {
  Sorted sorted;
  PhotoVectors vectors;
  int64_t start_row = -1;
  {
    auto reader = call.library().read();
    auto photos = chosen_photos(reader, choice);
    Hash128 first;
    auto is_first = [&](const ChosenPhoto &photo) { return photo.photo == first; };
    if (!start.empty()) {
      first = photo_at(reader, start);
      if (std::none_of(photos.begin(), photos.end(), is_first))
        throw Error(Status::not_found,
                    "the order cannot start with it: it is excluded, or not among the pictures chosen by folder and "
                    "condition",
                    display_text(start));
    }
    vectors = vectors_of(reader, chosen_space(call, reader, space), std::move(photos));
    if (!start.empty()) {
      auto found = std::find_if(vectors.photos.begin(), vectors.photos.end(), is_first);
      if (found == vectors.photos.end())
        throw Error(Status::not_found,
                    "the order cannot start with it: it has no vector of this model; run `kalon index` on it",
                    display_text(start));
      start_row = found - vectors.photos.begin();
    }
  }
  sorted.missing = vectors.missing;
  sorted.divided = ordered(
      {vectors.values.data(), static_cast<int64_t>(vectors.photos.size()), static_cast<int64_t>(vectors.dimension)},
      request, start_row, call.task);
  for (int32_t row : sorted.divided.order.sequence)
    sorted.photos.push_back(std::move(vectors.photos[static_cast<size_t>(row)]));
  return sorted;
}

Sorted by_key(const MethodCall &call, const Choice &choice, const std::string &key) {
  Sorted sorted;
  sorted.photos = chosen_photos(call.library().read(), choice);
  // Stable on the order of paths, so that equal keys always come out the same.
  std::stable_sort(sorted.photos.begin(), sorted.photos.end(), [&](const ChosenPhoto &a, const ChosenPhoto &b) {
    if (key == "size") return a.size < b.size;
    if (key == "date") return a.time < b.time;
    return natural_compare(name_of(a.path), name_of(b.path)) < 0;
  });
  return sorted;
}

// What makes sense for an order by similarity alone.
void refuse_search_words(const Parameters &parameters, const std::string &by) {
  std::string given;
  for (const char *name : {"method", "start", "sections"})
    if (!parameters.text(name).empty()) given = name;
  for (const char *name : {"seed", "section_count"})
    if (parameters.integer(name, -1, 0, std::numeric_limits<int64_t>::max()) >= 0) given = name;
  if (parameters.number("seconds", -1, 0, 86400) >= 0) given = "seconds";
  if (!given.empty())
    throw Error(Status::invalid_argument, "belongs to an order by similarity, not to one by " + by,
                "parameter " + given);
}

}  // namespace

Ending run_sort(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto by = parameters.one_of("by", {"similarity", "name", "date", "size"});
  bool similar = by == "similarity";
  bool dry_run = parameters.flag("dry_run");
  // Who wants the order alone need not name a folder.
  auto folder = dry_run ? parameters.path("to") : parameters.required_path("to");
  auto kind = link_kind_from(parameters.one_of("link", {"hardlink", "symlink", "copy"}));
  bool without_sheet = parameters.flag("no_sheet");
  auto choice = choice_from(parameters);
  // Wrong values are told before any work.
  if (!similar) refuse_search_words(parameters, by);
  auto request = order_request_from(parameters);
  auto start = parameters.path("start");
  auto space = space_choice_from(parameters);
  parameters.reject_unknown();

  if (!folder.empty()) refuse_occupied(folder);
  auto sorted = similar ? by_similarity(call, space, choice, request, start) : by_key(call, choice, by);
  if (sorted.photos.empty())
    throw Error(
        Status::not_found,
        "no picture is left to sort: none is indexed there, or all of them are excluded, vanished or filtered out");
  std::vector<std::string> sources;
  for (const auto &photo : sorted.photos) sources.push_back(photo.path);
  auto placements = numbered_placements(sources);
  const auto &sections = sorted.divided.sections;

  JsonObject summary;
  summary.add("pictures", placements.size()).add("without_vector", sorted.missing);
  if (!folder.empty()) summary.add("folder", file_uri(folder)).add("folder_path", folder);
  summary.add("dry_run", dry_run);
  if (similar) add_figures(summary, request, sorted.divided);
  std::vector<std::pair<Placement, Outcome>> failed;
  if (!dry_run) {
    std::vector<MadeFile> made;
    if (!without_sheet) {
      auto sheet = draw_order_sheet(call, sorted.photos, placements, sections, by);
      made.push_back(std::move(sheet.file));
      sheet.figures.add_to(summary, folder);
    }
    call.task.phase("place", placements.size());
    auto placed = place_folder(call, folder, placements, kind, made);
    failed = std::move(placed.failed);
    summary.add("placed", placed.placed).add("failed", failed.size()).add("operation", placed.operation);
  }
  size_t section = 0;
  for (size_t i = 0; i < placements.size(); ++i) {
    JsonObject row;
    row.add("position", i + 1).add("id", sorted.photos[i].key.picture.hex()).add("photo", sorted.photos[i].photo.hex());
    row.add("uri", file_uri(placements[i].source)).add("path", placements[i].source).add("name", placements[i].name);
    if (section < sections.size() && sections[section] == static_cast<int64_t>(i)) ++section;
    if (!sections.empty()) row.add("section", section);
    call.rows.row(row.str());
  }
  tell_unplaced(call, failed);
  return {failed.empty() ? Status::ok : Status::partial, summary.str()};
}

Ending run_order_vectors(const MethodCall &call) {
  auto path = call.parameters.required_path("vectors");
  auto request = order_request_from(call.parameters);
  auto start = call.parameters.integer("start", -1, 0, std::numeric_limits<int32_t>::max());
  call.parameters.reject_unknown();
  auto table = read_npy(path);
  if (table.rows == 0) throw Error(Status::invalid_argument, "holds no vectors", display_text(path));
  auto divided = ordered({table.values.data(), table.rows, table.dimension}, request, start, call.task);
  JsonObject summary;
  auto numbers = [](const auto &values) {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (auto value : values) texts.push_back(std::to_string(value));
    return json_array(texts);
  };
  summary.raw("order", numbers(divided.order.sequence));
  add_figures(summary, request, divided);
  if (request.divided) summary.raw("section_begins", numbers(divided.sections));
  return {Status::ok, summary.str()};
}

}  // namespace kalon
