#include "facade/duplicate_checks.h"

#include "base/text.h"
#include "exchange/folder.h"

namespace kalon {
namespace {

// The files of the shot that stays.
struct Kept {
  std::vector<KnownFile> files;

  Kept(const Reader &reader, const DuplicatePhotos &photos, const Shot &shot) {
    for (uint32_t i : shot.files) {
      auto row = reader.file(photos.files[i].id);
      files.push_back({row ? row->path : std::string(), photos.files[i].stat});
    }
  }
  const KnownFile &copy_of(const DuplicateFile &file, const DuplicatePhotos &photos, const Shot &shot) const {
    size_t best = 0;
    for (size_t i = 0; i < files.size(); ++i) {
      const auto &other = photos.files[shot.files[i]];
      if (other.file_hash == file.file_hash) return files[i];
      if (other.key.picture == file.key.picture) best = i;
    }
    return files[best];
  }
};

}  // namespace

std::vector<DuplicateTarget> duplicate_targets(const DuplicateAction &action, DuplicateActionReport &report,
                                               bool take_away,
                                               const std::function<bool(const DuplicateEntry &)> &wanted) {
  std::vector<DuplicateTarget> targets;
  const auto &photos = action.found.photos;
  auto reader = action.call.library().read();
  for (size_t g = 0; g < action.found.groups.size(); ++g) {
    action.call.task.throw_if_cancelled();
    const auto &group = action.found.groups[g];
    const auto &shot = photos.shots[group.keeper];
    Kept kept(reader, photos, shot);
    for (const auto &entry : group.entries) {
      if (entry.kept || entry.relation == Relation::same_file || !wanted(entry)) continue;
      const auto &file = photos.files[entry.file];
      auto row = reader.file(file.id);
      if (!row) continue;
      DuplicateTarget target{
          g, &entry, {std::move(row->path), file.stat}, kept.files.front(), kept.copy_of(file, photos, shot)};
      auto why = entry.guarded;
      if (why.empty() && take_away) why = entry.torn;
      if (why.empty())
        targets.push_back(std::move(target));
      else
        report.outcomes.push_back(outcome_for(target, ActionFate::left, {Status::ok, why}));
    }
  }
  return targets;
}

DuplicateOutcome outcome_for(const DuplicateTarget &target, ActionFate fate, Outcome outcome) {
  return {fate, target.group, target.entry, target.file.path, target.kept.path, {}, std::move(outcome)};
}

void check_unchanged(const DuplicateTarget &target) {
  require_unchanged(target.kept, "what would be kept, " + display_text(target.kept.path) + ", ");
  if (target.counterpart.path != target.kept.path)
    require_unchanged(target.counterpart, "its copy, " + display_text(target.counterpart.path) + ", ");
  require_unchanged(target.file);
}

void check_bytes(const DuplicateTarget &target, const Task &task) {
  check_unchanged(target);
  if (target.entry->relation != Relation::same_bytes) return;
  Folder folder(folder_of(target.file.path));
  if (!same_bytes(folder, name_in(target.file.path), target.counterpart.path, task))
    throw Error(Status::busy, "has other bytes than its copy now; it was left; run `kalon index`");
}

}  // namespace kalon
