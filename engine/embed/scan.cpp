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
const char result_sheet[] = "contact-sheet.png";
const char result_sheet_jpeg[] = "contact-sheet.jpg";

namespace {

struct Entry {
  std::string name;
  unsigned char type;
};

using Names = std::unordered_set<std::string>;

Outcome outcome_of(const Error &error) {
  return {error.status(), error.message()};
}

class Walk {
 public:
  Walk(const std::vector<std::string> &roots, const ScanOptions &options,
       const std::function<void(FoundFile &&)> &visit, const Task &task)
      : options_(options), visit_(visit), task_(task) {
    for (const auto &root : roots) {
      struct stat status {};
      if (::stat(root.c_str(), &status) != 0) {
        fail(root, system_error(errno, "cannot open", {}));
        continue;
      }
      bool is_folder = S_ISDIR(status.st_mode);
      if (!is_folder) named_files_.insert(root);
      roots_.emplace_back(root, is_folder);
    }
  }

  ScanReport run() {
    for (const auto &[path, is_folder] : roots_) {
      if (is_folder) {
        walk(path);
      } else {
        auto slash = path.rfind('/');
        file(path.substr(0, slash), path.substr(slash + 1), nullptr);
      }
    }
    // Links last: a folder that is reached both ways is known by its own path, as it is without following links.
    for (size_t i = 0; i < links_.size(); ++i) walk(std::string(links_[i]), /*is_root=*/false);
    return std::move(report_);
  }

 private:
  // A folder that waits to be looked into, or a file in one.
  struct Item {
    std::string path;
    bool is_folder;
    std::shared_ptr<const Names> beside;  // of a file: what lies in its folder
  };

  void walk(const std::string &top, bool is_root = true) {
    std::vector<Item> waiting{{top, true, nullptr}};  // last first
    while (!waiting.empty()) {
      task_.throw_if_cancelled();
      auto next = std::move(waiting.back());
      waiting.pop_back();
      if (next.is_folder) {
        folder(next.path, is_root, waiting);
      } else {
        auto slash = next.path.rfind('/');
        file(next.path.substr(0, slash), next.path.substr(slash + 1), next.beside.get());
      }
      is_root = false;
    }
  }

  void fail(const std::string &path, const Error &error) { report_.failures.emplace_back(path, outcome_of(error)); }

  // The entries of a folder in byte order; an unreadable one is a failure and gives none.
  std::vector<Entry> entries(const std::string &path) {
    std::vector<Entry> result;
    std::unique_ptr<DIR, int (*)(DIR *)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder) {
      fail(path, system_error(errno, "cannot open the folder", {}));
      return result;
    }
    while (true) {
      errno = 0;
      auto *entry = ::readdir(folder.get());
      if (!entry) break;
      std::string_view name = entry->d_name;
      if (name != "." && name != "..") result.push_back({std::string(name), entry->d_type});
    }
    if (errno != 0) fail(path, system_error(errno, "cannot read the folder", {}));
    std::sort(result.begin(), result.end(), [](const Entry &a, const Entry &b) { return a.name < b.name; });
    return result;
  }

  void folder(const std::string &path, bool is_root, std::vector<Item> &waiting) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return fail(path, system_error(errno, "cannot open the folder", {}));
    std::pair identity(status.st_dev, status.st_ino);
    if (visited_.contains(identity)) return;
    auto inside = entries(path);
    auto names = std::make_shared<Names>();
    for (const auto &entry : inside) names->insert(entry.name);
    // Not yet visited, then: it may still be named as a root.
    if (!is_root && names->contains(result_marker)) return;
    visited_.insert(identity);
    bool is_result = names->contains(result_marker);
    Names others;  // files of other kinds
    std::vector<Item> items;
    auto prefix = path == "/" ? path : path + "/";
    for (const auto &entry : inside) {
      if (entry.name.starts_with('.')) continue;
      if (is_result && (entry.name == result_sheet || entry.name == result_sheet_jpeg)) continue;
      task_.throw_if_cancelled();
      auto full = prefix + entry.name;
      auto kind = kind_of(full, entry.type);
      if (kind != Kind::file) {
        if (kind == Kind::folder) items.push_back({std::move(full), true, nullptr});
        if (kind == Kind::linked_folder && options_.follow_links) links_.push_back(std::move(full));
        continue;
      }
      auto dot = entry.name.rfind('.');
      if (dot == std::string::npos ||
          !options_.known_extension(ascii_lower(std::string_view(entry.name).substr(dot + 1)))) {
        others.insert(entry.name);
        continue;
      }
      items.push_back({std::move(full), false, names});
    }
    // Of a large folder this takes as long as all else, and most hold nothing but pictures.
    for (auto item = items.begin(); item != items.end() && !others.empty(); ++item)
      if (!item->is_folder)
        for (const auto &sidecar : sidecar_names(item->path.substr(prefix.size()))) others.erase(sidecar);
    report_.unsupported += others.size();
    arrange(items);
    waiting.insert(waiting.end(), std::make_move_iterator(items.rbegin()), std::make_move_iterator(items.rend()));
  }

  // The entries of one folder, in order of their names, in the order in which they are visited.
  void arrange(std::vector<Item> &items) const {
    if (!options_.by_path) {
      std::stable_partition(items.begin(), items.end(), [](const Item &item) { return !item.is_folder; });
      return;
    }
    // The slash behind a folder's name counts as one of the path's bytes.
    for (auto &item : items)
      if (item.is_folder) item.path += '/';
    std::sort(items.begin(), items.end(), [](const Item &a, const Item &b) { return a.path < b.path; });
    for (auto &item : items)
      if (item.is_folder) item.path.pop_back();
  }

  enum class Kind { folder, linked_folder, file };
  static Kind kind_of(const std::string &path, unsigned char type) {
    if (type == DT_DIR) return Kind::folder;
    if (type != DT_LNK && type != DT_UNKNOWN) return Kind::file;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return Kind::file;
    bool link = S_ISLNK(status.st_mode);
    if (link && ::stat(path.c_str(), &status) != 0) return Kind::file;
    if (!S_ISDIR(status.st_mode)) return Kind::file;
    return link ? Kind::linked_folder : Kind::folder;
  }

  // names: what lies in the folder, when that is known; else each possible sidecar is looked for.
  void file(const std::string &parent, const std::string &name, const Names *names) {
    FoundFile found;
    found.path = parent + "/" + name;
    if (named_files_.contains(found.path) && !given_.insert(found.path).second) return;
    try {
      found.stat = stat_file(found.path);
    } catch (const Error &error) {
      fail(found.path, error);
      return;
    }
    Hasher fingerprint;
    for (auto &candidate : sidecar_names(name)) {
      if (names && !names->contains(candidate)) continue;
      auto path = parent + "/" + candidate;
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      auto facts = candidate + '\0' + std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) +
                   ' ' + std::to_string(status.st_mtim.tv_nsec) + '\n';
      fingerprint.add(bytes_of(facts));
      found.sidecar_paths.push_back(std::move(path));
    }
    if (!found.sidecar_paths.empty()) found.sidecars = std::hash<Hash128>{}(fingerprint.finish()) | 1;
    visit_(std::move(found));
  }

  const ScanOptions &options_;
  const std::function<void(FoundFile &&)> &visit_;
  const Task &task_;
  ScanReport report_;
  std::vector<std::pair<std::string, bool>> roots_;  // whether each is a folder
  std::set<std::string> named_files_, given_;        // files that are roots; those of them that were visited
  std::vector<std::string> links_;                   // linked folders, to be walked last
  std::set<std::pair<dev_t, ino_t>> visited_;
};

}  // namespace

ScanReport scan(const std::vector<std::string> &roots, const ScanOptions &options,
                const std::function<void(FoundFile &&)> &visit, const Task &task) {
  return Walk(roots, options, visit, task).run();
}

}  // namespace kalon
