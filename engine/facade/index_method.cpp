// Method "index": folders into the library.

#include <array>

#include "embed/index_folders.h"
#include "facade/duplicate_arrivals.h"
#include "facade/duplicate_rows.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/vectors.h"

namespace kalon {
namespace {

std::string_view fate_name(FileFate fate) {
  static constexpr std::array<std::string_view, 5> names = {"embedded", "reused", "unchanged", "failed", "vanished"};
  return names[static_cast<size_t>(fate)];
}

std::string fate_row(const FileRow &file, FileFate fate) {
  JsonObject row;
  row.add("uri", file_uri(file.path)).add("path", file.path).add("fate", fate_name(fate));
  row.add("status", status_name(file.outcome.status));
  if (!file.outcome.ok()) row.add("message", file.outcome.text);
  if (!file.picture.none()) row.add("id", file.picture.hex());
  return row.str();
}

std::string duplicate_row(const DuplicateArrival &arrival) {
  JsonObject row;
  row.add("uri", file_uri(arrival.path)).add("path", arrival.path).add("fate", "duplicate");
  row.add("status", status_name(Status::ok)).add("duplicate_of", file_uri(arrival.duplicate_of));
  row.add("duplicate_of_path", arrival.duplicate_of).add("relation", relation_name(arrival.relation));
  row.add("similarity", shown_similarity(arrival.similarity)).add("larger", arrival.larger);
  return row.str();
}

}  // namespace

Ending run_index(const MethodCall &call) {
  const auto &parameters = call.parameters;
  IndexOptions options;
  options.roots = parameters.paths("paths");
  auto space = space_choice_from(parameters);
  options.model = space.model;
  options.crop = space.crop;
  options.parameters = space.parameters;
  options.follow_links = parameters.flag("follow_links");
  options.retry_failed = parameters.flag("retry_failed");
  bool skip_duplicates = parameters.flag("skip_duplicates");
  bool all_rows = parameters.one_of("rows", {"failures", "all"}) == "all";
  parameters.reject_unknown();
  if (options.roots.empty()) throw Error(Status::invalid_argument, "names no folder or file", "parameter paths");

  // Rows are numbered as they come and never go.
  uint64_t last_known = call.library().read().file_count();
  auto report = index_folders(
      call.library(), call.thumbnails(), call.registry, options,
      [&](const FileRow &file, FileFate fate) {
        if (all_rows || fate == FileFate::failed) call.rows.row(fate_row(file, fate));
      },
      call.task);
  std::vector<DuplicateArrival> duplicates;
  if (skip_duplicates) duplicates = exclude_duplicate_arrivals(call, space, last_known);
  for (const auto &arrival : duplicates) call.rows.row(duplicate_row(arrival));
  JsonObject summary;
  summary.add("found", report.found).add("embedded", report.embedded).add("reused", report.reused);
  summary.add("unchanged", report.unchanged).add("failed", report.failed).add("vanished", report.vanished);
  summary.add("unsupported", report.unsupported).add("seconds", report.wall_seconds);
  summary.add("decode_cpu_seconds", report.decode_cpu_seconds).add("model_cpu_seconds", report.model_cpu_seconds);
  if (skip_duplicates) summary.add("duplicates", duplicates.size());
  summary.add("library", file_uri(call.library().folder())).add("library_path", call.library().folder());
  return {report.failed > 0 ? Status::partial : Status::ok, summary.str()};
}

}  // namespace kalon
