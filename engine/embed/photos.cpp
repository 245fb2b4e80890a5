#include "embed/photos.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "base/text.h"

namespace kalon {
namespace {

constexpr int64_t same_shot_microseconds = 2'000'000;

const std::unordered_set<std::string> raw_extensions = {"3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "gpr",
                                                        "iiq", "k25", "kdc", "mef", "mos", "mrw", "nef", "nrw", "orf",
                                                        "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f"};

const std::unordered_set<std::string> rendered_extensions = {"jpg",  "jpeg", "jpe", "jfif", "heic", "heif", "hif",
                                                             "avif", "jxl",  "tif", "tiff", "png",  "webp"};

struct NameParts {
  std::string_view folder, stem, extension;
};

NameParts parts_of(std::string_view path) {
  auto slash = path.rfind('/');
  auto name = path.substr(slash + 1);
  auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {path.substr(0, slash), name, {}};
  return {path.substr(0, slash), name.substr(0, dot), name.substr(dot + 1)};
}

}  // namespace

bool is_raw_path(std::string_view path) {
  return raw_extensions.contains(ascii_lower(parts_of(path).extension));
}

std::vector<Hash128> photo_ids(std::span<const PhotoCandidate> same_stem) {
  std::vector<Hash128> ids;
  const PhotoCandidate *raw = nullptr, *rendered = nullptr;
  size_t raws = 0, renderings = 0;
  for (const auto &candidate : same_stem) {
    ids.push_back(candidate.picture);
    if (is_raw_path(candidate.path)) {
      ++raws;
      raw = &candidate;
    } else if (rendered_extensions.contains(ascii_lower(parts_of(candidate.path).extension))) {
      ++renderings;
      rendered = &candidate;
    }
  }
  // A file that gave no picture belongs to nothing, but still makes the choice ambiguous.
  if (raws != 1 || renderings != 1 || raw->picture.none() || rendered->picture.none()) return ids;
  bool times_known = raw->capture_time != unknown_time && rendered->capture_time != unknown_time;
  if (times_known && std::abs(raw->capture_time - rendered->capture_time) > same_shot_microseconds) return ids;
  ids[static_cast<size_t>(raw - same_stem.data())] = rendered->picture;
  return ids;
}

namespace {

// RAW files of one content, and what the rule made of each.
struct RawCopy {
  uint64_t file = 0;
  std::string path;
  Hash128 picture, stored, ruled;  // photos; ruled equals picture when it lies alone
  bool gone = false;               // what it was paired with may be gone with it, which others must learn
};

// The rule's answer for a RAW outside the folders that were looked through, as far as its stored photo tells.
Hash128 ruled_photo(const Reader &reader, const FileRow &raw) {
  if (raw.photo == raw.picture) return raw.picture;
  auto own = parts_of(raw.path);
  for (uint64_t id : reader.files_of(raw.photo)) {
    auto other = reader.file(id);
    if (!other || other->vanished) continue;
    auto parts = parts_of(other->path);
    if (parts.folder == own.folder && parts.stem == own.stem) return raw.photo;
  }
  return raw.picture;
}

// Gives copies that lie alone the photo of those that do not.
void join_copies(const Reader &reader, std::vector<RawCopy> &raws, std::vector<std::pair<uint64_t, Hash128>> &changes) {
  std::sort(raws.begin(), raws.end(), [](const RawCopy &a, const RawCopy &b) {
    return std::tie(a.picture, a.path) < std::tie(b.picture, b.path);
  });
  for (size_t begin = 0, end = 0; begin < raws.size(); begin = end) {
    while (end < raws.size() && raws[end].picture == raws[begin].picture) ++end;
    std::vector<RawCopy> copies(raws.begin() + static_cast<ptrdiff_t>(begin),
                                raws.begin() + static_cast<ptrdiff_t>(end));
    std::unordered_set<uint64_t> known;
    std::erase_if(copies,
                  [&](const RawCopy &copy) { return !known.insert(copy.file).second; });  // of folders in folders
    for (uint64_t id : reader.files_of(raws[begin].picture)) {
      if (known.contains(id)) continue;
      auto row = reader.file(id);
      if (row && !row->vanished && is_raw_path(row->path))
        copies.push_back({id, row->path, row->picture, row->photo, ruled_photo(reader, *row), false});
    }
    const RawCopy *paired = nullptr;
    for (const auto &copy : copies)
      if (copy.ruled != copy.picture && (!paired || copy.path < paired->path)) paired = &copy;
    for (const auto &copy : copies) {
      if (copy.gone) continue;
      auto photo = paired && copy.ruled == copy.picture ? paired->ruled : copy.ruled;
      if (photo != copy.stored) changes.emplace_back(copy.file, photo);
    }
  }
}

}  // namespace

uint64_t assign_photos(Library &library, const std::vector<std::string> &folders) {
  std::vector<std::pair<uint64_t, Hash128>> changes;
  std::vector<RawCopy> raws;
  // Paths come in byte order, so names that share what stands before their first dot come together; only the files
  // inside a folder whose name begins with the same letters ("DSC1.D/") may come between them.
  struct Run {
    std::string prefix;  // of the path, up to that dot
    std::vector<FileRow> rows;
  };
  std::vector<Run> open;
  auto finish = [&](const Run &run) {
    std::map<std::string_view, std::vector<PhotoCandidate>> by_stem;
    for (const auto &row : run.rows)
      by_stem[parts_of(row.path).stem].push_back({row.id, row.path, row.picture, row.photo, row.capture_time});
    for (const auto &[stem, candidates] : by_stem) {
      auto ids = photo_ids(candidates);
      for (size_t i = 0; i < ids.size(); ++i)
        if (const auto &file = candidates[i]; is_raw_path(file.path) && !file.picture.none())
          raws.push_back({file.file, std::string(file.path), file.picture, file.photo, ids[i], false});
        else if (ids[i] != file.photo)
          changes.emplace_back(file.file, ids[i]);
    }
  };
  auto finish_all_but = [&](std::string_view path) {
    while (!open.empty() && (path.empty() || !path.starts_with(open.back().prefix + "."))) {
      finish(open.back());
      open.pop_back();
    }
  };
  for (const auto &folder : folders) {
    library.read().scan_files(folder, {}, [&](const FileView &view) {
      if (view.vanished) {
        if (view.photo != view.picture && is_raw_path(view.path) && !view.picture.none())
          raws.push_back({view.id, std::string(view.path), view.picture, view.picture, view.picture, true});
        return true;
      }
      finish_all_but(view.path);
      auto slash = view.path.rfind('/');
      auto prefix = view.path.substr(0, std::min(view.path.find('.', slash + 1), view.path.size()));
      if (open.empty() || open.back().prefix != prefix) open.push_back({std::string(prefix), {}});
      FileRow row;
      row.id = view.id;
      row.path = view.path;
      row.picture = view.picture;
      row.photo = view.photo;
      row.capture_time = view.capture_time;
      open.back().rows.push_back(std::move(row));
      return true;
    });
    finish_all_but({});
  }
  if (!raws.empty()) join_copies(library.read(), raws, changes);
  if (!changes.empty()) {
    auto writer = library.write();
    for (const auto &[file, photo] : changes) writer.set_photo(file, photo);
    writer.commit();
  }
  return changes.size();
}

}  // namespace kalon
