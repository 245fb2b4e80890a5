#include "facade/duplicate_rows.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/clock.h"
#include "facade/duplicate_worth.h"
#include "facade/json_object.h"

namespace kalon {
namespace {

std::string size_text(const DuplicatePhotos &photos, const Shot &shot) {
  auto pixels = [&](uint32_t i) { return uint64_t{photos.files[i].width} * photos.files[i].height; };
  auto largest = *std::max_element(shot.files.begin(), shot.files.end(),
                                   [&](uint32_t a, uint32_t b) { return pixels(a) < pixels(b); });
  return std::to_string(photos.files[largest].width) + "x" + std::to_string(photos.files[largest].height);
}

std::string format_text(const DuplicatePhotos &photos, const Shot &shot) {
  const auto &first = photos.files[shot.files.front()];
  if (first.raw) return "RAW";
  auto name = photos.formats[first.format];
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return shot.has_raw ? "RAW and " + name : name;
}

int8_t worth_of(const DuplicatePhotos &photos, const Shot &shot) {
  int8_t most = INT8_MIN;
  for (uint32_t i : shot.files) most = std::max(most, photos.files[i].worth);
  return most;
}

std::string file_json(const Reader &reader, const DuplicateOptions &options, const FoundDuplicates &found,
                      const DuplicateFiles &group, const DuplicateEntry &entry) {
  const auto &file = found.photos.files[entry.file];
  auto row = reader.file(file.id);
  if (!row) return {};
  JsonObject json;
  json.add("uri", file_uri(row->path)).add("path", row->path).add("keep", entry.kept);
  if (!entry.kept) {
    json.add("relation", relation_name(entry.relation)).add("similarity", shown_similarity(entry.similarity));
    if (entry.mirrored_similarity) json.add("mirrored_similarity", shown_similarity(*entry.mirrored_similarity));
    json.add("distance", entry.distance.bits).add("mirrored", entry.distance.mirrored);
    json.add("redundant", redundant(entry, options.relation)).add("reason", reason_text(options, found, group, entry));
    if (const auto &guard = entry.guarded.empty() ? entry.torn : entry.guarded; !guard.empty())
      json.add("guarded", guard);
  }
  json.add("id", file.key.picture.hex()).add("photo", file.photo.hex());
  json.add("width", file.width).add("height", file.height).add("format", row->format).add("size", file.stat.size);
  json.add("mtime", format_utc(file.stat.mtime_ns / 1000));
  if (row->capture_time != unknown_time) json.add("capture_time", format_utc(row->capture_time));
  return json.str();
}

}  // namespace

std::string reason_text(const DuplicateOptions &options, const FoundDuplicates &found, const DuplicateFiles &group,
                        const DuplicateEntry &against) {
  const auto &photos = found.photos;
  if (against.relation == Relation::same_file) return "the same file under another name";
  const auto &kept = photos.shots[group.keeper], &other = photos.shots[against.shot];
  // Of links alone one is chosen as of files.
  if (photos.files[against.file].symlink && !photos.first_file(group.keeper).symlink) return "a link to another file";
  switch (against.lost_by) {
    case KeepRule::folder:
      return "in " + options.keep_folder;
    case KeepRule::pixels:
      return size_text(photos, kept) + " against " + size_text(photos, other);
    case KeepRule::metadata:
      return worth_text(worth_of(photos, kept), worth_of(photos, other));
    case KeepRule::compression:
      return "less compressed";
    case KeepRule::format:
      return format_text(photos, kept) + " against " + format_text(photos, other);
    case KeepRule::sharpness:
      return "sharper";
    case KeepRule::oldest:
      return "older";
    case KeepRule::newest:
      return "newer";
    case KeepRule::name:
      break;
  }
  return "first by name";
}

bool redundant(const DuplicateEntry &entry, Relation weakest) {
  return !entry.kept && entry.guarded.empty() && entry.torn.empty() && entry.relation != Relation::same_file &&
         entry.shot_relation <= weakest;
}

double shown_similarity(double similarity) {
  return std::round(similarity * 1e6) / 1e6;
}

DuplicateTotals totals_of(const FoundDuplicates &found, const DuplicateFiles &group, Relation weakest) {
  DuplicateTotals totals;
  std::set<std::pair<uint64_t, uint64_t>> counted;
  for (const auto &entry : group.entries) {
    ++totals.files;
    if (!redundant(entry, weakest)) continue;
    ++totals.redundant;
    const auto &file = found.photos.files[entry.file];
    if (!file.symlink && counted.emplace(file.device, file.inode).second) totals.bytes += file.stat.size;
  }
  return totals;
}

std::string group_row(const Reader &reader, const DuplicateOptions &options, const FoundDuplicates &found,
                      const DuplicateFiles &group, uint64_t number) {
  std::vector<std::string> files;
  for (const auto &entry : group.entries)
    if (auto file = file_json(reader, options, found, group, entry); !file.empty()) files.push_back(std::move(file));
  auto kept = reader.file(found.photos.first_file(group.keeper).id);
  auto totals = totals_of(found, group, options.relation);
  JsonObject json;
  json.add("group", number).add("relation", relation_name(group.relation));
  json.add("similarity", shown_similarity(group.least_similarity));
  if (kept) json.add("keep", file_uri(kept->path)).add("keep_path", kept->path);
  json.add("reason", reason_text(options, found, group, group.entries[group.runner_up]));
  json.add("redundant", totals.redundant).add("bytes", totals.bytes).raw("files", json_array(files));
  return json.str();
}

}  // namespace kalon
