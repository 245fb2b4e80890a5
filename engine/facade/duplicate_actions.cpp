// Duplicates marked, and placed in folders to be looked through.

#include "facade/duplicate_actions.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "facade/duplicate_checks.h"

namespace kalon {
namespace {

// The photos of a picture's shots.
std::set<Hash128> photos_of(const FoundDuplicates &found, uint32_t shot) {
  std::set<Hash128> photos;
  for (uint32_t file : found.photos.shots[shot].files) photos.insert(found.photos.files[file].photo);
  return photos;
}

}  // namespace

DuplicateActionReport mark_duplicates(const DuplicateAction &action) {
  DuplicateActionReport report;
  const auto &found = action.found;
  auto targets = duplicate_targets(action, report, /*take_away=*/false, [](const DuplicateEntry &) { return true; });
  std::vector<Event> events;
  std::set<Hash128> marked;
  for (const auto &target : targets) {
    auto kept = photos_of(found, found.groups[target.group].keeper);
    const auto &photo = found.photos.files[target.entry->file].photo;
    if (target.entry->shot_relation != Relation::similar || kept.contains(photo)) {
      report.outcomes.push_back(
          outcome_for(target, ActionFate::left, {Status::ok, "is one picture with what is kept"}));
      continue;
    }
    report.outcomes.push_back(outcome_for(target, action.dry_run ? ActionFate::planned : ActionFate::done));
    if (!marked.insert(photo).second) continue;
    Event event;
    event.body = Exclude{photo, "duplicate of " + display_text(name_of(target.kept.path)), true};
    events.push_back(std::move(event));
  }
  report.pictures = events.size();
  if (action.dry_run || events.empty()) return report;
  auto writer = action.call.library().write();
  Hash128 one;
  for (auto &event : events) {
    event.action = one;
    one = writer.append_event(std::move(event)).action;
  }
  writer.commit();
  return report;
}

DuplicateActionReport place_duplicates(const DuplicateAction &action, const std::string &folder, LinkKind kind) {
  DuplicateActionReport report;
  const auto &found = action.found;
  std::vector<Placement> placements;
  {
    auto reader = action.call.library().read();
    std::vector<std::string> kept;
    for (const auto &group : found.groups) {
      auto row = reader.file(found.photos.first_file(group.keeper).id);
      kept.push_back(row ? row->path : "/");
    }
    auto outer = numbered_placements(kept);
    for (size_t g = 0; g < found.groups.size(); ++g) {
      // A folder is named as its keeper, without the extension.
      auto name = outer[g].name;
      if (auto dot = name.rfind('.'); dot != std::string::npos && dot > name.find('_') + 1) name.resize(dot);
      std::vector<std::string> sources;
      std::vector<const DuplicateEntry *> entries;
      for (const auto &entry : found.groups[g].entries)
        if (auto row = reader.file(found.photos.files[entry.file].id)) {
          sources.push_back(row->path);
          entries.push_back(&entry);
        }
      auto inner = numbered_placements(sources);
      for (size_t i = 0; i < inner.size(); ++i) {
        inner[i].name = name + "/" + inner[i].name;
        report.outcomes.push_back({action.dry_run ? ActionFate::planned : ActionFate::done,
                                   g,
                                   entries[i],
                                   inner[i].source,
                                   kept[g],
                                   inner[i].name,
                                   {}});
      }
      placements.insert(placements.end(), inner.begin(), inner.end());
    }
  }
  if (action.dry_run || placements.empty()) return report;
  auto placed = place_folder(action.call, folder, placements, kind, {});
  report.operation = placed.operation;
  std::unordered_map<std::string, Outcome> failed;
  for (auto &[placement, outcome] : placed.failed) failed.emplace(placement.name, std::move(outcome));
  for (auto &item : report.outcomes)
    if (auto why = failed.find(item.name); why != failed.end()) {
      item.fate = ActionFate::failed;
      item.outcome = why->second;
    }
  return report;
}

}  // namespace kalon
