#include "facade/duplicate_checks.h"

#include "base/text.h"
#include "exchange/folder.h"

namespace kalon {
namespace {

void require_unchanged(const KnownFile &file, const std::string &who) {
  FileStat now;
  try {
    now = stat_file(file.path);
  } catch (const Error &error) {
    throw Error(error.status(),
                who + (error.status() == Status::not_found ? "is not there" : error.message()) + "; it was left");
  }
  if (!is_unchanged(now, file.stat))
    throw Error(Status::busy, who + "changed since it was indexed; it was left; run `kalon index`");
}

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
        report.outcomes.push_back(outcome_for(target, DuplicateFate::left, {Status::ok, why}));
    }
  }
  return targets;
}

DuplicateOutcome outcome_for(const DuplicateTarget &target, DuplicateFate fate, Outcome outcome) {
  return {fate, target.group, target.entry, target.file.path, target.kept.path, {}, std::move(outcome)};
}

bool is_unchanged(const FileStat &now, const FileStat &known) {
  // The device's number changes from one mounting to the next.
  return now.size == known.size && now.mtime_ns == known.mtime_ns && now.inode == known.inode;
}

void check_unchanged(const DuplicateTarget &target) {
  require_unchanged(target.kept, "what would be kept, " + display_text(target.kept.path) + ", ");
  if (target.counterpart.path != target.kept.path)
    require_unchanged(target.counterpart, "its copy, " + display_text(target.counterpart.path) + ", ");
  require_unchanged(target.file, {});
}

void check_bytes(const DuplicateTarget &target, const Task &task) {
  check_unchanged(target);
  if (target.entry->relation != Relation::same_bytes) return;
  Folder folder(folder_of(target.file.path));
  if (!same_bytes(folder, name_in(target.file.path), target.counterpart.path, task))
    throw Error(Status::busy, "has other bytes than its copy now; it was left; run `kalon index`");
}

void refresh_rows(Library &library, const std::vector<std::string> &paths) {
  if (paths.empty()) return;
  auto writer = library.write();
  for (const auto &path : paths) {
    auto row = writer.file_at(path);
    if (!row || row->path != path) continue;
    try {
      auto now = stat_file(path);
      if (now.size != row->stat.size) continue;  // the next index looks into it
      row->stat = now;
      row->vanished = false;
      writer.put_file(*row);
    } catch (const Error &error) {
      if (error.status() == Status::not_found) writer.set_vanished(row->id, true);
    }
  }
  writer.commit();
}

}  // namespace kalon
