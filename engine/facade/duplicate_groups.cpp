#include "facade/duplicate_groups.h"

#include <algorithm>
#include <unordered_set>

#include "facade/duplicate_mirrors.h"

namespace kalon {
namespace {

Relation relation_of(const DuplicateFile &file, const Shot &kept, const std::vector<DuplicateFile> &files) {
  auto best = Relation::similar;
  for (uint32_t i : kept.files) {
    const auto &other = files[i];
    // Turned in metadata alone, or with another colour profile: whatever its render, it is the same picture.
    bool same_picture = file.key.picture == other.key.picture;
    auto relation = file.same_file(other)                               ? Relation::same_file
                    : same_picture && file.file_hash == other.file_hash ? Relation::same_bytes
                    : same_picture                                      ? Relation::same_payload
                                                                        : Relation::similar;
    best = std::min(best, relation);
  }
  return best;
}

class Composition {
 public:
  Composition(const DuplicatePhotos &photos, Relation weakest) : photos_(photos), weakest_(weakest) {}

  // A group of the picture that stays and of those that look like it; nothing when no file of it is a duplicate.
  std::optional<DuplicateFiles> of(uint32_t picture, const DuplicateGroup *alike,
                                   const std::vector<uint32_t> &pictures) const {
    const auto &kept = photos_.pictures[picture];
    DuplicateFiles group;
    group.keeper = kept.keeper;
    add_shot(group, kept.keeper, {});
    for (size_t i = 0; i < kept.shots.size(); ++i) {
      if (kept.shots[i] == kept.keeper) continue;
      DuplicateEntry like;
      like.lost_by = kept.lost_by[i];
      add_shot(group, kept.shots[i], like);
    }
    auto decided = kept.lost_by[static_cast<size_t>(std::ranges::find(kept.shots, kept.keeper) - kept.shots.begin())];
    if (alike) {
      decided = alike->decided_by;
      group.least_similarity = alike->least_similarity;
      for (const auto &member : alike->members) {
        const auto &other = photos_.pictures[pictures[member.row]];
        DuplicateEntry like;
        like.similarity = member.similarity;
        like.mirrored_similarity = member.mirrored_similarity;
        like.distance = member.distance;
        like.lost_by = member.lost_by;
        if (!shot_of(group.keeper).has_raw && any_raw(other))
          like.guarded = "it has a RAW file, and what would be kept has none";
        for (uint32_t shot : other.shots) add_shot(group, shot, like);
      }
    }
    if (std::none_of(group.entries.begin(), group.entries.end(), [&](const auto &entry) { return counts(entry); }))
      return std::nullopt;
    std::erase_if(group.entries, [&](const auto &entry) { return !entry.kept && entry.relation > weakest_; });
    for (const auto &entry : group.entries) group.relation = std::max(group.relation, entry.relation);
    group.runner_up = runner_up(group, decided, alike != nullptr);
    return group;
  }

 private:
  const Shot &shot_of(uint32_t number) const { return photos_.shots[number]; }
  bool counts(const DuplicateEntry &entry) const {
    return !entry.kept && entry.relation != Relation::same_file && entry.relation <= weakest_;
  }
  bool any_raw(const DuplicatePicture &picture) const {
    return std::any_of(picture.shots.begin(), picture.shots.end(),
                       [&](uint32_t shot) { return shot_of(shot).has_raw; });
  }

  void add_shot(DuplicateFiles &group, uint32_t number, const DuplicateEntry &like) const {
    const auto &shot = shot_of(number);
    auto weakest = Relation::same_file;
    size_t begin = group.entries.size();
    for (uint32_t file : shot.files) {
      auto entry = like;
      entry.file = file;
      entry.shot = number;
      entry.kept = number == group.keeper;
      entry.relation = relation_of(photos_.files[file], shot_of(group.keeper), photos_.files);
      if (entry.relation < Relation::similar) {
        entry.similarity = 1;
        entry.mirrored_similarity.reset();
        entry.distance = {};
      }
      weakest = std::max(weakest, entry.relation);
      if (shot.torn)
        entry.torn = photos_.files[file].raw ? "the picture made of it is not among the chosen files"
                                             : "its RAW file is not among the chosen files";
      if (entry.guarded.empty() && shot.has_raw && !shot_of(group.keeper).has_raw)
        entry.guarded = "it has a RAW file, and what would be kept has none";
      group.entries.push_back(std::move(entry));
    }
    for (size_t i = begin; i < group.entries.size(); ++i) group.entries[i].shot_relation = weakest;
  }

  // Against pictures that look alike when there are such, else against copies.
  static size_t runner_up(const DuplicateFiles &group, KeepRule decided, bool alike) {
    size_t any = 0;
    for (size_t i = 0; i < group.entries.size(); ++i) {
      const auto &entry = group.entries[i];
      if (entry.kept || entry.relation == Relation::same_file) continue;
      if (any == 0) any = i;
      if (entry.lost_by == decided && (!alike || entry.shot_relation == Relation::similar)) return i;
    }
    return any;
  }

  const DuplicatePhotos &photos_;
  Relation weakest_;
};

}  // namespace

std::string_view relation_name(Relation relation) {
  switch (relation) {
    case Relation::same_file:
      return "same_file";
    case Relation::same_bytes:
      return "same_bytes";
    case Relation::same_payload:
      return "same_payload";
    case Relation::similar:
      return "similar";
  }
  return {};
}

int default_distance(int hash) {
  return hash == 8 ? 10 : hash == 16 ? 64 : 63;
}

FoundDuplicates find_duplicate_files(const MethodCall &call, const DuplicateOptions &options) {
  FoundDuplicates found;
  auto reader = call.library().read();
  auto copies = options.relation <= Relation::same_bytes ? CopiesBy::bytes : CopiesBy::payload;
  found.photos = duplicate_photos(reader, options.choice, options.keep_folder, options.rules, copies, call.task);
  std::vector<DuplicateGroup> alike;
  std::vector<uint32_t> pictures;
  if (options.relation == Relation::similar) {
    auto comparable = comparable_pictures(call, reader, found.photos, options.space, options.hash, options.mirrored);
    MirroredVectors mirrored(call, reader, found.photos, comparable, options.space);
    Likeness likeness(comparable.hashes, comparable.vectors, comparable.dimension, options.distance, options.level,
                      comparable.apart, [&](uint32_t row) { return mirrored.of(row); });
    alike = find_duplicates(likeness, comparable.standings, options.rules, call.task);
    found.missing = comparable.missing;
    found.model = comparable.space.key.model;
    pictures = std::move(comparable.pictures);
  }
  Composition composition(found.photos, options.relation);
  std::unordered_set<uint32_t> grouped;
  auto add = [&](std::optional<DuplicateFiles> group) {
    if (group) found.groups.push_back(std::move(*group));
  };
  for (const auto &group : alike) {
    add(composition.of(pictures[group.keeper], &group, pictures));
    grouped.insert(pictures[group.keeper]);
    for (const auto &member : group.members) grouped.insert(pictures[member.row]);
  }
  for (uint32_t i = 0; i < found.photos.pictures.size(); ++i)
    if (found.photos.pictures[i].shots.size() > 1 && !grouped.contains(i)) add(composition.of(i, nullptr, pictures));
  auto first = [&](const DuplicateFiles &group) { return found.photos.shots[group.keeper].files.front(); };
  std::sort(found.groups.begin(), found.groups.end(),
            [&](const auto &a, const auto &b) { return first(a) < first(b); });
  return found;
}

}  // namespace kalon
