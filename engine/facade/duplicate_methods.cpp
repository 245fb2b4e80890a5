// Methods "duplicates" and "not_duplicates".

#include <algorithm>
#include <set>

#include "base/text.h"
#include "facade/duplicate_actions.h"
#include "facade/duplicate_rows.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/unknown_file.h"

namespace kalon {
namespace {

// Rows made from one snapshot before it is let go.
constexpr size_t page_groups = 64;

struct Request {
  DuplicateOptions options;
  std::string action, to;
  LinkKind link = LinkKind::hardlink;
  bool dry_run = false;
};

std::vector<KeepRule> rules_from(const Parameters &parameters, std::string &keep_folder) {
  auto keep = parameters.one_of("keep", {"pixels", "format", "sharpness", "oldest", "newest", "folder"});
  keep_folder = parameters.path("keep_folder");
  if (keep == "folder" && keep_folder.empty())
    throw Error(Status::invalid_argument, "is missing; it names the folder whose files are kept",
                "parameter keep_folder");
  auto first = keep == "format"      ? KeepRule::format
               : keep == "sharpness" ? KeepRule::sharpness
               : keep == "oldest"    ? KeepRule::oldest
               : keep == "newest"    ? KeepRule::newest
                                     : KeepRule::pixels;
  auto rules = keep_rules(first);
  // A slip of the finger would leave the choice to the other rules, without a word.
  if (!keep_folder.empty() && !is_there(keep_folder))
    throw Error(Status::not_found, "is not there, and nothing in it can be kept; name the folder as it is written",
                display_text(keep_folder));
  if (!keep_folder.empty()) rules.insert(rules.begin(), KeepRule::folder);
  return rules;
}

Relation relation_from(const Parameters &parameters, const std::string &action) {
  bool careful = action == "trash" || action == "link";
  auto text = parameters.text("relation");
  if (text.empty()) return careful ? Relation::same_bytes : Relation::similar;
  text = parameters.one_of("relation", {"same_bytes", "same_payload", "similar"});
  auto relation = text == "same_bytes"     ? Relation::same_bytes
                  : text == "same_payload" ? Relation::same_payload
                                           : Relation::similar;
  if (action == "link" && relation != Relation::same_bytes)
    throw Error(Status::invalid_argument, "only files of the same bytes can be linked to one another",
                "parameter relation");
  return relation;
}

Request request_from(const Parameters &parameters) {
  Request request;
  auto &options = request.options;
  request.action = parameters.one_of("action", {"list", "mark", "link", "folder", "trash"});
  request.to = parameters.path("to");
  request.link = link_kind_from(parameters.one_of("link", {"hardlink", "symlink", "copy"}));
  request.dry_run = parameters.flag("dry_run");
  options.choice = choice_from(parameters);
  options.space = space_choice_from(parameters);
  options.relation = relation_from(parameters, request.action);
  options.level = parameters.number("level", options.level, 0, 1);
  auto hash = parameters.integer("hash", options.hash, 8, 24);
  if (hash != 8 && hash != 16 && hash != 24)
    throw Error(Status::invalid_argument, "must be 8, 16 or 24", "parameter hash");
  options.hash = static_cast<int>(hash);
  options.distance = static_cast<int>(parameters.integer("distance", default_distance(options.hash), 0, hash * hash));
  options.mirrored = !parameters.flag("no_mirrored");
  options.rules = rules_from(parameters, options.keep_folder);
  parameters.reject_unknown();
  if (request.action == "folder" && request.to.empty())
    throw Error(Status::invalid_argument, "is missing; it names the folder to make", "parameter to");
  if (request.action != "folder" && !request.to.empty())
    throw Error(Status::invalid_argument, "goes with the action folder only", "parameter to");
  return request;
}

void tell_groups(const MethodCall &call, const Request &request, const FoundDuplicates &found) {
  call.task.phase("list", found.groups.size());
  for (size_t begin = 0; begin < found.groups.size(); begin += page_groups) {
    size_t end = std::min(found.groups.size(), begin + page_groups);
    std::vector<std::string> rows;
    {
      auto reader = call.library().read();
      for (size_t i = begin; i < end; ++i)
        rows.push_back(group_row(reader, request.options, found, found.groups[i], i + 1));
    }
    for (const auto &row : rows) call.rows.row(row);
    call.task.advance(rows.size());
  }
}

std::string outcome_row(const Request &request, const DuplicateOutcome &item) {
  JsonObject row;
  row.add("uri", file_uri(item.path)).add("path", item.path).add("action", request.action);
  row.add("fate", fate_name(item.fate)).add("status", status_name(item.outcome.status));
  if (!item.outcome.text.empty()) row.add("message", item.outcome.text);
  row.add("group", item.group + 1);
  if (!item.entry->kept) {
    row.add("duplicate_of", file_uri(item.kept)).add("duplicate_of_path", item.kept);
    row.add("relation", relation_name(item.entry->relation));
    row.add("similarity", shown_similarity(item.entry->similarity));
  }
  if (!item.name.empty()) row.add("name", item.name);
  std::vector<std::string> sidecars;
  for (const auto &sidecar : item.sidecars) sidecars.push_back(json_string(file_uri(sidecar)));
  if (!sidecars.empty()) row.raw("sidecars", json_array(sidecars));
  return row.str();
}

DuplicateActionReport act(const MethodCall &call, const Request &request, const FoundDuplicates &found) {
  DuplicateAction action{call, request.options, found, request.dry_run};
  if (request.action == "mark") return mark_duplicates(action);
  if (request.action == "link") return link_duplicates(action);
  if (request.action == "folder") return place_duplicates(action, request.to, request.link);
  if (request.action == "trash") return trash_duplicates(action);
  return {};
}

}  // namespace

Ending run_duplicates(const MethodCall &call) {
  auto request = request_from(call.parameters);
  const auto &options = request.options;
  bool acts = request.action != "list";
  if (acts && !request.dry_run && call.library().access() != Access::write)
    throw Error(Status::read_only, "the library was opened for reading only", call.library().folder());
  if (request.action == "folder" && !request.dry_run) refuse_occupied(request.to);

  auto found = find_duplicate_files(call, options);
  DuplicateTotals totals;
  for (const auto &group : found.groups) {
    auto each = totals_of(found, group, options.relation);
    totals.files += each.files;
    totals.redundant += each.redundant;
    totals.bytes += each.bytes;
  }
  auto report = act(call, request, found);
  if (acts)
    for (const auto &item : report.outcomes) call.rows.row(outcome_row(request, item));
  else
    tell_groups(call, request, found);

  JsonObject summary;
  summary.add("groups", found.groups.size()).add("files", totals.files).add("redundant", totals.redundant);
  summary.add("bytes", totals.bytes).add("relation", relation_name(options.relation));
  if (options.relation == Relation::similar)
    summary.add("missing", found.missing)
        .add("model", found.model)
        .add("level", options.level)
        .add("hash", options.hash)
        .add("distance", options.distance);
  uint64_t counts[4] = {};
  uint64_t sidecars = 0;
  for (const auto &item : report.outcomes) {
    ++counts[static_cast<size_t>(item.fate)];
    sidecars += item.sidecars.size();
  }
  summary.add("action", request.action);
  if (acts) {
    summary.add("dry_run", request.dry_run).add("done", counts[static_cast<size_t>(ActionFate::done)]);
    summary.add("planned", counts[static_cast<size_t>(ActionFate::planned)]);
    summary.add("left", counts[static_cast<size_t>(ActionFate::left)]);
    summary.add("failed", counts[static_cast<size_t>(ActionFate::failed)]);
  }
  if (request.action == "mark") summary.add("pictures", report.pictures);
  if (request.action == "trash") summary.add("sidecars", sidecars);
  if (request.action == "folder") summary.add("folder", file_uri(request.to)).add("folder_path", request.to);
  if (report.operation != 0) summary.add("operation", report.operation);
  bool failed = counts[static_cast<size_t>(ActionFate::failed)] > 0;
  return {failed ? Status::partial : Status::ok, summary.str()};
}

Ending run_not_duplicates(const MethodCall &call) {
  auto paths = call.parameters.paths("paths");
  call.parameters.reject_unknown();
  if (paths.size() < 2) throw Error(Status::invalid_argument, "must name at least two files", "parameter paths");
  NotDuplicates apart;
  std::set<Hash128> photos;
  auto writer = call.library().write();
  for (const auto &path : paths) {
    auto file = writer.file_at(path);
    if (!file || file->picture.none()) throw Error(Status::not_found, unknown_file(path), display_text(path));
    if (!photos.insert(file->photo).second)
      throw Error(
          Status::invalid_argument,
          "is one picture with another of these files (a copy, or RAW and JPEG of one shot); such cannot be told "
          "apart",
          display_text(path));
    apart.pictures.push_back(file->picture);
  }
  auto told = apart.pictures.size();
  Event event;
  event.body = std::move(apart);
  writer.append_event(std::move(event));
  writer.commit();
  return {Status::ok, JsonObject().add("told_apart", told).str()};
}

}  // namespace kalon
