#include "facade/duplicate_photos.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/disjoint_sets.h"
#include "embed/photos.h"
#include "facade/duplicate_worth.h"

namespace kalon {
namespace {

// How good a format is for keeping. Those that may be either way count as lossy.
constexpr int8_t few_colours = 0, lossy = 1, lossless = 2, camera_raw = 3;
constexpr int32_t raw_with_picture = 4;

int8_t quality_of(std::string_view format, bool raw) {
  if (raw) return camera_raw;
  for (std::string_view known : {"png", "tiff", "bmp", "tga", "exr", "hdr", "psd", "dpx"})
    if (format == known) return lossless;
  return format == "gif" ? few_colours : lossy;
}

// The path without its extension, and which photo it belongs to: RAW and picture of one shot share both.
Hash128 shot_key(std::string_view path, const Hash128 &photo) {
  auto name = path.rfind('/') + 1, dot = path.rfind('.');
  auto stem = dot == std::string_view::npos || dot <= name ? path : path.substr(0, dot);
  return hash_of(photo.hex() + std::string(stem));
}

bool inside(std::string_view path, std::string_view folder) {
  return !folder.empty() &&
         (folder == "/" || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/')));
}

// False when the file is not there.
bool look_at(const std::string &path, DuplicateFile &file) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return false;
  file.symlink = S_ISLNK(status.st_mode);
  if (file.symlink && ::stat(path.c_str(), &status) != 0) return false;
  file.inode = status.st_ino;
  file.device = status.st_dev;
  return S_ISREG(status.st_mode);
}

// Which keys of shots have a RAW beside a picture, in the whole library. A RAW that carries its picture's name as photo
// is one, unless it is the copy of such a RAW elsewhere.
std::unordered_set<Hash128> raw_companions(const Reader &reader) {
  std::unordered_set<Hash128> raws, keys;
  auto visit = [&](bool with_raw, std::unordered_set<Hash128> &found) {
    reader.scan_files({}, {}, [&](const FileView &file) {
      if (file.vanished || file.status != Status::ok || file.picture.none()) return true;
      if ((file.photo != file.picture) != with_raw) return true;
      auto key = shot_key(file.path, file.photo);
      if (with_raw || raws.contains(key)) found.insert(key);
      return true;
    });
  };
  visit(true, raws);
  if (!raws.empty()) visit(false, keys);
  return keys;
}

class Gathering {
 public:
  Gathering(const Reader &reader, const Choice &choice, const std::string &keep_folder, CopiesBy copies, Task &task)
      : reader_(reader), choice_(choice), keep_folder_(keep_folder), copies_(copies), task_(task) {}

  DuplicatePhotos run(std::span<const KeepRule> rules) {
    task_.phase("looking", reader_.file_count());
    visit();
    group_shots();
    for (auto &picture : photos_.pictures) choose_shot(picture, rules);
    return std::move(photos_);
  }

 private:
  void visit() {
    Exclusions exclusions(reader_);
    auto companions = raw_companions(reader_);
    std::unordered_map<Hash128, uint32_t> open;  // shots whose other half is still to come
    visit_chosen(reader_, choice_, {}, [&](const FileView &row, const std::vector<Attribute> &imported) {
      task_.advance();
      task_.throw_if_cancelled();
      if (row.vanished || row.status != Status::ok || row.picture.none()) return true;
      if (exclusions.holds(row.picture, row.photo)) return true;
      DuplicateFile file;
      std::string path(row.path);
      if (!look_at(path, file)) return true;
      file.id = row.id;
      file.key = {row.picture, row.render};
      file.photo = row.photo;
      file.file_hash = row.file_hash;
      file.stat = row.stat;
      file.width = row.width;
      file.height = row.height;
      file.time = row.capture_time != unknown_time ? row.capture_time : row.stat.mtime_ns / 1000;
      file.raw = is_raw_path(path);
      file.format = format_number(row.format);
      file.quality = quality_of(row.format, file.raw);
      file.worth = worth_of(row, imported);
      file.in_folder = inside(path, keep_folder_);
      add(file, shot_key(path, row.photo), companions, open);
      return true;
    });
    for (const auto &[key, shot] : open) photos_.shots[shot].torn = true;
  }

  uint16_t format_number(std::string_view name) {
    auto &formats = photos_.formats;
    auto found = std::find(formats.begin(), formats.end(), name);
    if (found == formats.end()) found = formats.insert(found, std::string(name));
    return static_cast<uint16_t>(found - formats.begin());
  }

  void add(const DuplicateFile &file, const Hash128 &key, const std::unordered_set<Hash128> &companions,
           std::unordered_map<Hash128, uint32_t> &open) {
    auto number = static_cast<uint32_t>(photos_.files.size());
    photos_.files.push_back(file);
    bool paired = companions.contains(key);
    if (auto other = open.find(key); paired && other != open.end()) {
      auto &shot = photos_.shots[other->second];
      if (photos_.files[shot.files.front()].raw != file.raw) {
        shot.files.insert(file.raw ? shot.files.end() : shot.files.begin(), number);
        open.erase(other);
        return;
      }
    }
    Shot shot{{number}, file.raw || paired, false};
    if (paired) open.emplace(key, static_cast<uint32_t>(photos_.shots.size()));
    photos_.shots.push_back(std::move(shot));
  }

  // What copies of a file have in common.
  const Hash128 &common(const DuplicateFile &file) const {
    return copies_ == CopiesBy::bytes ? file.file_hash : file.key.picture;
  }

  // Shots that have copies in common are one picture, and so are those that have some with them.
  void group_shots() {
    auto &shots = photos_.shots;
    DisjointSets together(static_cast<int64_t>(shots.size()));
    std::unordered_map<Hash128, uint32_t> first;
    first.reserve(photos_.files.size());
    for (uint32_t shot = 0; shot < shots.size(); ++shot)
      for (uint32_t file : shots[shot].files) {
        auto [found, is_new] = first.try_emplace(common(photos_.files[file]), shot);
        if (!is_new) together.join(static_cast<int32_t>(found->second), static_cast<int32_t>(shot));
      }
    std::vector<uint32_t> picture_of(shots.size());
    for (uint32_t shot = 0; shot < shots.size(); ++shot) {
      auto top = static_cast<uint32_t>(together.of(static_cast<int32_t>(shot)));
      if (top == shot) {
        picture_of[shot] = static_cast<uint32_t>(photos_.pictures.size());
        photos_.pictures.emplace_back();
      }
      photos_.pictures[picture_of[top]].shots.push_back(shot);
    }
  }

  Standing standing_of(uint32_t number) const {
    const auto &shot = photos_.shots[number];
    Standing standing;
    standing.metadata = std::numeric_limits<int32_t>::min();
    for (uint32_t i : shot.files) {
      const auto &file = photos_.files[i];
      standing.pixels = std::max(standing.pixels, uint64_t{file.width} * file.height);
      standing.in_folder |= file.in_folder;
      standing.metadata = std::max<int32_t>(standing.metadata, file.worth);
    }
    const auto &first = photos_.files[shot.files.front()];
    standing.format = shot.has_raw && !first.raw ? raw_with_picture : first.quality;
    standing.bytes = first.quality < lossless ? first.stat.size : 0;
    standing.codec = first.format;
    standing.time = first.time;
    standing.last_time = first.stat.mtime_ns / 1000;
    return standing;
  }

  // A link to a picture is never kept instead of the picture.
  void choose_shot(DuplicatePicture &picture, std::span<const KeepRule> rules) const {
    auto is_link = [&](uint32_t shot) { return photos_.first_file(shot).symlink; };
    bool all_links = std::all_of(picture.shots.begin(), picture.shots.end(), is_link);
    std::vector<Standing> standings;
    std::vector<uint32_t> among;
    for (uint32_t i = 0; i < picture.shots.size(); ++i) {
      standings.push_back(standing_of(picture.shots[i]));
      if (all_links || !is_link(picture.shots[i])) among.push_back(i);
    }
    // Of one payload the bytes differ by metadata alone, which says nothing of the loss.
    auto alike = standings;
    for (auto &standing : alike) standing.bytes = 0;
    auto election = elect_keeper(alike, among, rules);
    picture.keeper = picture.shots[election.keeper];
    picture.standing = standings[election.keeper];
    picture.lost_by.assign(picture.shots.size(), KeepRule::name);
    for (size_t i = 0; i < among.size(); ++i) picture.lost_by[among[i]] = election.lost_by[i];
  }

  const Reader &reader_;
  const Choice &choice_;
  const std::string &keep_folder_;
  CopiesBy copies_;
  Task &task_;
  DuplicatePhotos photos_;
};

}  // namespace

DuplicatePhotos duplicate_photos(const Reader &reader, const Choice &choice, const std::string &keep_folder,
                                 std::span<const KeepRule> rules, CopiesBy copies, Task &task) {
  return Gathering(reader, choice, keep_folder, copies, task).run(rules);
}

}  // namespace kalon
