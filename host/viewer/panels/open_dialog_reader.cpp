#include "panels/open_dialog_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "library/natural.h"
#include "panels/open_dialog_paths.h"

namespace kalon::viewer {
namespace {

enum class Kind { folder, picture, other };

// follow: also what a symbolic link leads to, and what the file system tells no kind of; each costs a look.
Kind kind_of(int folder, const dirent &entry, bool follow) {
  if (entry.d_type == DT_DIR) return Kind::folder;
  if (entry.d_type == DT_REG) return is_picture_name(entry.d_name) ? Kind::picture : Kind::other;
  if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return Kind::other;
  if (is_picture_name(entry.d_name)) return Kind::picture;
  if (!follow) return Kind::other;
  struct stat status {};
  if (::fstatat(folder, entry.d_name, &status, 0) != 0) return Kind::other;
  return S_ISDIR(status.st_mode) ? Kind::folder : Kind::other;
}

// Calls take(kind, name) for each entry but "." and ".."; it returns false to end. errno's text when it cannot be read.
template <class Take>
std::string read_folder(const std::string &path, bool follow, Take take) {
  DIR *opened = ::opendir(path.c_str());
  if (opened == nullptr) return std::strerror(errno);
  for (;;) {
    errno = 0;
    const dirent *entry = ::readdir(opened);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (!take(kind_of(::dirfd(opened), *entry, follow), name)) break;
  }
  const int error = errno;
  ::closedir(opened);
  return error == 0 ? std::string() : std::string(std::strerror(error));
}

}  // namespace

FolderListing list_folder(const std::string &path, const std::function<bool()> &stop) {
  FolderListing listing;
  listing.path = path;
  uint64_t seen = 0;
  listing.problem = read_folder(path, true, [&](Kind kind, std::string_view name) {
    if (kind == Kind::folder) listing.folders.emplace_back(name);
    if (kind == Kind::picture) ++listing.pictures;
    return ++seen % 256 != 0 || !stop();
  });
  std::sort(listing.folders.begin(), listing.folders.end(), [](const std::string &one, const std::string &other) {
    const bool one_hidden = one.starts_with('.'), other_hidden = other.starts_with('.');
    if (one_hidden != other_hidden) return other_hidden;
    return natural_compare(one, other) < 0;
  });
  return listing;
}

FolderCount count_folder(const std::string &path, const std::function<bool()> &stop) {
  FolderCount count;
  count.path = path;
  uint64_t seen = 0;
  const auto problem = read_folder(path, false, [&](Kind kind, std::string_view) {
    if (kind == Kind::folder) ++count.folders;
    if (kind == Kind::picture) ++count.pictures;
    count.more = ++seen >= most_counted;
    return !count.more && (seen % 256 != 0 || !stop());
  });
  count.readable = problem.empty();
  return count;
}

// What the thread and the dialog both know; it outlives the dialog when a read hangs.
struct FolderReader::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  MainQueue *main = nullptr;  // null: nobody wants anything any more
  std::string to_list;
  std::function<void(FolderListing)> listed;
  uint64_t list_turn = 0, count_turn = 0;
  bool list_waits = false;
  std::deque<std::string> to_count;
  std::function<void(FolderCount)> counted;

  // Posted under the lock: the queue is there as long as `main` is.
  template <class Answer>
  void answer(std::unique_lock<std::mutex> &, const std::function<void(Answer)> &take, Answer answer) {
    if (main != nullptr) main->post([take, answer = std::move(answer)] { take(answer); });
  }
};

namespace {

void serve(const std::shared_ptr<FolderReader::Shared> &shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock,
                         [&] { return shared->main == nullptr || shared->list_waits || !shared->to_count.empty(); });
    if (shared->main == nullptr) return;
    if (shared->list_waits) {
      shared->list_waits = false;
      const auto turn = shared->list_turn;
      const auto path = shared->to_list;
      const auto listed = shared->listed;
      lock.unlock();
      auto listing = list_folder(path, [&] {
        std::lock_guard look(shared->mutex);
        return shared->main == nullptr || shared->list_turn != turn;
      });
      lock.lock();
      if (shared->list_turn == turn) shared->answer(lock, listed, std::move(listing));
      continue;
    }
    const auto turn = shared->count_turn;
    const auto path = std::move(shared->to_count.front());
    shared->to_count.pop_front();
    const auto counted = shared->counted;
    lock.unlock();
    auto count = count_folder(path, [&] {
      std::lock_guard look(shared->mutex);
      return shared->main == nullptr || shared->list_waits || shared->count_turn != turn;
    });
    lock.lock();
    if (!shared->list_waits && shared->count_turn == turn) shared->answer(lock, counted, std::move(count));
  }
}

}  // namespace

FolderReader::FolderReader(MainQueue &main) : shared_(std::make_shared<Shared>()) {
  shared_->main = &main;
  std::thread([shared = shared_] { serve(shared); }).detach();
}

FolderReader::~FolderReader() {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->main = nullptr;
  }
  shared_->changed.notify_all();
}

void FolderReader::list(std::string path, std::function<void(FolderListing)> listed) {
  {
    std::lock_guard lock(shared_->mutex);
    ++shared_->list_turn;
    shared_->list_waits = true;
    shared_->to_list = std::move(path);
    shared_->listed = std::move(listed);
    shared_->to_count.clear();
  }
  shared_->changed.notify_one();
}

void FolderReader::count(std::vector<std::string> paths, std::function<void(FolderCount)> counted) {
  {
    std::lock_guard lock(shared_->mutex);
    ++shared_->count_turn;
    shared_->to_count.assign(std::make_move_iterator(paths.begin()), std::make_move_iterator(paths.end()));
    shared_->counted = std::move(counted);
  }
  shared_->changed.notify_one();
}

}  // namespace kalon::viewer
