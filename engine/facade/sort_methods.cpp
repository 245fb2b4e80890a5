// Methods "sort" and "order_vectors": pictures, or any vectors, in an order.

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>

#include "arrange/order.h"
#include "embed/scan.h"
#include "exchange/contact_sheet.h"
#include "exchange/npy.h"
#include "facade/json_object.h"
#include "facade/placing.h"
#include "facade/thumbnails.h"
#include "facade/vectors.h"
#include "image/codec.h"

namespace kalon {
namespace {

// By default small sets get less time: they are as good as ordered long before it is over.
// Five thousand take three seconds, their neighbours included.
constexpr double seconds_for_each = 1.0 / 1850, longest_seconds = 2.7;

OrderOptions order_options(const Parameters &parameters, uint64_t pictures) {
  OrderOptions options;
  double fallback = std::min(longest_seconds, static_cast<double>(pictures) * seconds_for_each);
  options.seconds = parameters.number("seconds", fallback, 0, 86400);
  options.seed = static_cast<uint64_t>(parameters.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  return options;
}

void add_figures(JsonObject &summary, const Order &order) {
  summary.add("length", order.length).add("p99_step", order.p99_step).add("max_step", order.max_step);
}

struct Sorted {
  std::vector<ChosenPhoto> photos;  // in their order
  std::optional<Order> order;       // of a sort by similarity
  uint64_t missing = 0;             // photos without a vector, left out
};

Sorted by_similarity(const MethodCall &call, const SpaceChoice &space, const Choice &choice) {
  Sorted sorted;
  PhotoVectors vectors;
  {
    auto reader = call.library().read();
    vectors = vectors_of(reader, chosen_space(call, reader, space), chosen_photos(reader, choice));
  }
  sorted.missing = vectors.missing;
  call.task.phase("order", vectors.photos.size());
  MatrixView view{vectors.values.data(), static_cast<int64_t>(vectors.photos.size()),
                  static_cast<int64_t>(vectors.dimension)};
  sorted.order = order_by_similarity(view, order_options(call.parameters, vectors.photos.size()), call.task);
  for (int32_t row : sorted.order->sequence)
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

// The folder that all pictures lie in, with its slash.
std::string common_folder(const std::vector<ChosenPhoto> &photos) {
  std::string_view common = photos.front().path;
  for (const auto &photo : photos) {
    auto end = std::mismatch(common.begin(), common.end(), photo.path.begin(), photo.path.end()).first;
    common = common.substr(0, static_cast<size_t>(end - common.begin()));
  }
  return std::string(common.substr(0, common.rfind('/') + 1));
}

struct Sheet {
  Bytes png;
  uint64_t shown = 0, without_thumbnail = 0;
};

Sheet draw_sheet(const MethodCall &call, const Sorted &sorted, const std::vector<Placement> &placements,
                 const std::string &by) {
  std::vector<SheetItem> items;
  auto common = common_folder(sorted.photos);
  for (size_t i = 0; i < sorted.photos.size(); ++i) {
    auto below = std::filesystem::path(sorted.photos[i].path.substr(common.size())).parent_path().native();
    auto position = placements[i].name.substr(0, placements[i].name.find('_'));
    items.push_back(
        {display_text(name_of(sorted.photos[i].path)), position + (below.empty() ? "" : "  ") + display_text(below)});
  }
  SheetOptions options;
  options.subtitle = display_text(common);
  // A few pictures may be large; of many, the whole is what one looks at.
  if (items.size() <= 4) options.columns = static_cast<int>(items.size());
  options.cell = items.size() <= 4     ? 512
                 : items.size() <= 12  ? 384
                 : items.size() <= 300 ? 256
                 : items.size() <= 800 ? 192
                                       : 144;
  options.title = std::to_string(sorted.photos.size()) + (sorted.photos.size() == 1 ? " picture" : " pictures") +
                  (by == "similarity" ? " in visual order" : " by " + by);
  Sheet sheet;
  sheet.shown = std::min<uint64_t>(items.size(), static_cast<uint64_t>(options.max_items));
  call.task.phase("sheet", sheet.shown);
  auto size = options.cell > 256 ? ThumbnailSize::large : ThumbnailSize::small;
  auto drawn = draw_contact_sheet(items, options, [&](size_t i) {
    call.task.throw_if_cancelled();
    call.task.advance();
    auto picture = thumbnail(call, sorted.photos[i], size);
    if (picture.empty()) ++sheet.without_thumbnail;
    return picture;
  });
  call.task.phase("write sheet");
  sheet.png = encode_png(drawn);
  return sheet;
}

}  // namespace

Ending run_sort(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto by = parameters.one_of("by", {"similarity", "name", "date", "size"});
  auto folder = parameters.required_path("to");
  auto kind = link_kind_from(parameters.one_of("link", {"hardlink", "symlink", "copy"}));
  bool dry_run = parameters.flag("dry_run");
  bool without_sheet = parameters.flag("no_sheet");
  auto choice = choice_from(parameters);
  order_options(parameters, 0);  // wrong values are told before any work
  auto space = space_choice_from(parameters);
  parameters.reject_unknown();

  refuse_occupied(folder);
  auto sorted = by == "similarity" ? by_similarity(call, space, choice) : by_key(call, choice, by);
  if (sorted.photos.empty())
    throw Error(
        Status::not_found,
        "no picture is left to sort: none is indexed there, or all of them are excluded, vanished or filtered out");
  std::vector<std::string> sources;
  for (const auto &photo : sorted.photos) sources.push_back(photo.path);
  auto placements = numbered_placements(sources);

  JsonObject summary;
  summary.add("pictures", placements.size()).add("without_vector", sorted.missing);
  summary.add("folder", file_uri(folder)).add("folder_path", folder).add("dry_run", dry_run);
  if (sorted.order) add_figures(summary, *sorted.order);
  std::vector<std::pair<Placement, Outcome>> failed;
  if (!dry_run) {
    std::vector<MadeFile> made;
    if (!without_sheet) {
      auto sheet = draw_sheet(call, sorted, placements, by);
      made.push_back({result_sheet, std::move(sheet.png)});
      if (sheet.shown < placements.size()) summary.add("sampled", sheet.shown);
      if (sheet.without_thumbnail > 0) summary.add("without_thumbnail", sheet.without_thumbnail);
    }
    call.task.phase("place", placements.size());
    auto placed = place_folder(call, folder, placements, kind, made);
    failed = std::move(placed.failed);
    summary.add("placed", placed.placed).add("failed", failed.size()).add("operation", placed.operation);
    if (!without_sheet)
      summary.add("sheet", file_uri(folder + "/" + result_sheet)).add("sheet_path", folder + "/" + result_sheet);
  }
  for (size_t i = 0; i < placements.size(); ++i) {
    JsonObject row;
    row.add("position", i + 1).add("id", sorted.photos[i].key.picture.hex()).add("photo", sorted.photos[i].photo.hex());
    row.add("uri", file_uri(placements[i].source)).add("path", placements[i].source).add("name", placements[i].name);
    call.rows.row(row.str());
  }
  for (const auto &[placement, outcome] : failed)
    call.rows.row(JsonObject()
                      .add("uri", file_uri(placement.source))
                      .add("path", placement.source)
                      .add("name", placement.name)
                      .add("status", status_name(outcome.status))
                      .add("message", outcome.text)
                      .str());
  return {failed.empty() ? Status::ok : Status::partial, summary.str()};
}

Ending run_order_vectors(const MethodCall &call) {
  auto path = call.parameters.required_path("vectors");
  order_options(call.parameters, 0);  // wrong values are told before any work
  call.parameters.reject_unknown();
  auto table = read_npy(path);
  auto options = order_options(call.parameters, static_cast<uint64_t>(table.rows));
  call.task.phase("order", static_cast<uint64_t>(table.rows));
  auto order = order_by_similarity({table.values.data(), table.rows, table.dimension}, options, call.task);
  std::vector<std::string> sequence;
  for (int32_t row : order.sequence) sequence.push_back(std::to_string(row));
  JsonObject summary;
  summary.raw("order", json_array(sequence));
  add_figures(summary, order);
  return {Status::ok, summary.str()};
}

}  // namespace kalon
