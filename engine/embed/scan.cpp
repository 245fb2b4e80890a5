#include "embed/scan.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_set>

#include "base/hash.h"
#include "base/text.h"
#include "metadata/metadata.h"

namespace kalon {

const char result_marker[] = ".kalon-result";

namespace {

struct Entry {
  std::string name;
  unsigned char type;
};

class Walk {
 public:
  Walk(const ScanOptions &options, const std::function<void(FoundFile &&)> &visit, const Task &task)
      : options_(options), visit_(visit), task_(task) {}

  ScanReport report;

  void root(const std::string &path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw system_error(errno, "cannot open", display_text(path));
    if (S_ISDIR(status.st_mode)) {
      folders_.push_back(path);
      is_root_ = true;
      while (!folders_.empty()) {
        auto next = std::move(folders_.back());
        folders_.pop_back();
        folder(next);
        is_root_ = false;
      }
      return;
    }
    auto slash = path.rfind('/');
    auto parent = path.substr(0, slash);
    std::unordered_set<std::string> names;
    for (auto &entry : entries(parent.empty() ? "/" : parent)) names.insert(std::move(entry.name));
    file(parent, path.substr(slash + 1), names);
  }

 private:
  // The entries of a folder in byte order; an unreadable one is a failure and gives none.
  std::vector<Entry> entries(const std::string &path) {
    std::vector<Entry> result;
    std::unique_ptr<DIR, int (*)(DIR *)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder) {
      report.failures.emplace_back(path, Outcome{status_from_errno(errno), system_error(errno, "cannot open the folder", "").message()});
      return result;
    }
    errno = 0;
    while (auto *entry = ::readdir(folder.get())) {
      std::string_view name = entry->d_name;
      if (name != "." && name != "..") result.push_back({std::string(name), entry->d_type});
    }
    if (errno != 0)
      report.failures.emplace_back(path, Outcome{Status::io, system_error(errno, "cannot read the folder", "").message()});
    std::sort(result.begin(), result.end(), [](const Entry &a, const Entry &b) { return a.name < b.name; });
    return result;
  }

  void folder(const std::string &path) {
    task_.throw_if_cancelled();
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !visited_.emplace(status.st_dev, status.st_ino).second) return;
    auto inside = entries(path);
    std::unordered_set<std::string> names;
    for (const auto &entry : inside) names.insert(entry.name);
    if (!is_root_ && names.contains(result_marker)) return;
    std::vector<std::string> below;
    for (const auto &entry : inside) {
      if (entry.name.starts_with('.')) continue;
      auto full = path == "/" ? "/" + entry.name : path + "/" + entry.name;
      auto kind = kind_of(full, entry.type);
      if (kind == Kind::folder) below.push_back(std::move(full));
      if (kind != Kind::file) continue;
      auto dot = entry.name.rfind('.');
      if (dot == std::string::npos || !options_.known_extension(ascii_lower(std::string_view(entry.name).substr(dot + 1)))) {
        ++report.unsupported;
        continue;
      }
      file(path == "/" ? "" : path, entry.name, names);
    }
    folders_.insert(folders_.end(), std::make_move_iterator(below.rbegin()), std::make_move_iterator(below.rend()));
  }

  enum class Kind { folder, skipped_folder, file };
  Kind kind_of(const std::string &path, unsigned char type) const {
    if (type == DT_DIR) return Kind::folder;
    if (type != DT_LNK && type != DT_UNKNOWN) return Kind::file;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return Kind::file;
    bool link = S_ISLNK(status.st_mode);
    if (link && ::stat(path.c_str(), &status) != 0) return Kind::file;
    if (!S_ISDIR(status.st_mode)) return Kind::file;
    return link && !options_.follow_links ? Kind::skipped_folder : Kind::folder;
  }

  void file(const std::string &parent, const std::string &name, const std::unordered_set<std::string> &names) {
    FoundFile found;
    found.path = parent + "/" + name;
    try {
      found.stat = stat_file(found.path);
    } catch (const Error &error) {
      report.failures.emplace_back(found.path, Outcome{error.status(), error.message()});
      return;
    }
    Hasher fingerprint;
    for (auto &candidate : sidecar_names(name)) {
      if (!names.contains(candidate)) continue;
      auto path = parent + "/" + candidate;
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      auto facts = candidate + '\0' + std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) + ' ' +
                   std::to_string(status.st_mtim.tv_nsec) + '\n';
      fingerprint.add(bytes_of(facts));
      found.sidecar_paths.push_back(std::move(path));
    }
    if (!found.sidecar_paths.empty()) found.sidecars = std::hash<Hash128>{}(fingerprint.finish()) | 1;
    visit_(std::move(found));
  }

  const ScanOptions &options_;
  const std::function<void(FoundFile &&)> &visit_;
  const Task &task_;
  std::vector<std::string> folders_;  // still to be walked, last first
  std::set<std::pair<dev_t, ino_t>> visited_;
  bool is_root_ = false;
};

}  // namespace

ScanReport scan(const std::vector<std::string> &roots, const ScanOptions &options,
                const std::function<void(FoundFile &&)> &visit, const Task &task) {
  Walk walk(options, visit, task);
  for (const auto &root : roots) walk.root(root);
  return std::move(walk.report);
}

}  // namespace kalon
