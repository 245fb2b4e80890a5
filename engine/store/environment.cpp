#include "store/environment.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <utility>

#include "base/error.h"
#include "store/database.h"
#include "store/pages.h"

namespace kalon {
namespace {

constexpr size_t largest_map = size_t{1} << 40, smallest_map = size_t{1} << 30;
constexpr unsigned most_readers = 1022;
constexpr std::chrono::seconds patience{1};  // how long to wait for this process's own transactions

using Identity = std::pair<uint64_t, uint64_t>;  // device, inode of the folder
struct Registry {
  std::mutex mutex;
  std::map<Identity, std::weak_ptr<Environment>> open;
};
// Never destroyed: libraries may be closed by other static objects.
Registry &registry() {
  static auto *one = new Registry;
  return *one;
}

struct stat status_of(const std::string &path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw system_error(errno, "cannot open the library", path);
  return status;
}

// The map is reserved once and never resized: doing so while a reader is open crashed. Only address space is taken.
MDB_env *open_environment(const std::string &folder, unsigned flags, unsigned tables) {
  for (size_t size = largest_map;; size /= 2) {
    MDB_env *environment = nullptr;
    int code = mdb_env_create(&environment);
    if (code == MDB_SUCCESS) code = mdb_env_set_mapsize(environment, size);
    if (code == MDB_SUCCESS) code = mdb_env_set_maxdbs(environment, tables);
    if (code == MDB_SUCCESS) code = mdb_env_set_maxreaders(environment, most_readers);
    if (code == MDB_SUCCESS) code = mdb_env_open(environment, folder.c_str(), flags | MDB_NOTLS, 0666);
    if (code == MDB_SUCCESS) return environment;
    mdb_env_close(environment);
    bool refused = code == ENOMEM || code == EOVERFLOW || code == EFBIG;
    if (!refused || size <= smallest_map) database::fail(code, "cannot open the library", folder);
  }
}

void lock(int file, int operation, const std::string &folder) {
  while (::flock(file, operation) != 0)
    if (errno != EINTR) throw system_error(errno, "cannot lock the library", folder);
}

}  // namespace

bool Environment::exists(const std::string &folder) {
  // An empty file is what a crash between creating and writing it leaves.
  struct stat status {};
  return ::stat((folder + "/data.mdb").c_str(), &status) == 0 && status.st_size > 0;
}

std::shared_ptr<Environment> Environment::open(const std::string &folder, EnvironmentOptions options) {
  struct stat status = status_of(folder);
  Identity identity{status.st_dev, status.st_ino};
  std::lock_guard guard(registry().mutex);
  std::weak_ptr<Environment> &entry = registry().open[identity];
  // An environment from before a fork belongs to the parent; one whose file was taken away is somebody's ghost.
  if (auto present = entry.lock(); present && present->process_ == ::getpid() && present->same_files()) {
    if (options.writable && !present->writable_) present->make_writable();
    return present;
  }
  std::shared_ptr<Environment> made(new Environment(folder, std::move(options)));
  std::erase_if(registry().open, [](const auto &other) { return other.second.expired(); });
  registry().open[identity] = made;
  return made;
}

Environment::Environment(std::string folder, EnvironmentOptions options)
    : folder_(std::move(folder)), options_(std::move(options)), process_(::getpid()) {
  try {
    open_lock_file(options_.writable);
    open_handle(options_.writable);
  } catch (...) {
    close_handle();
    if (lock_file_ >= 0) ::close(lock_file_);
    throw;
  }
}

Environment::~Environment() {
  // A child of fork inherits its parent's environment: it must leave locks and reader slots alone.
  if (process_ != ::getpid()) return;
  close_handle();
  if (lock_file_ >= 0) ::close(lock_file_);
}

void Environment::open_lock_file(bool writable) {
  if (lock_file_ < 0) {
    std::string path = folder_ + "/library.lock";
    lock_file_ = ::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CREAT | O_CLOEXEC, 0666);
    bool refused = lock_file_ < 0 && (errno == EACCES || errno == EROFS || errno == EPERM);
    if (refused && writable)
      throw Error(Status::read_only, "cannot be written; allow it (chmod), or name another library with --library",
                  folder_);
    if (refused) lock_file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    // Where there is none and none can be made, nobody of this user's rights can compact either.
    if (lock_file_ < 0 && !refused) throw system_error(errno, "cannot write into the library's folder", folder_);
  }
  if (lock_file_ >= 0) lock(lock_file_, LOCK_SH, folder_);
}

void Environment::open_handle(bool writable) {
  unsigned tables = static_cast<unsigned>(options_.tables.size());
  if (writable) {
    // Without the metadata's own sync a crash of the machine loses the last transaction, not the file.
    handle_ = open_environment(folder_, options_.durability == Durability::cache ? MDB_NOMETASYNC : 0, tables);
  } else {
    if (!exists(folder_)) throw Error(Status::not_found, "holds no library", folder_);
    try {
      handle_ = open_environment(folder_, MDB_RDONLY, tables);
    } catch (const Error &error) {
      if (error.status() != Status::read_only) throw;
      // The folder's lock file cannot be written by this user, so readers cannot announce themselves. Reading goes on
      // without locks: right as long as nobody with more rights writes at the same moment.
      handle_ = open_environment(folder_, MDB_RDONLY | MDB_NOLOCK, tables);
    }
  }
  writable_ = writable;
  int dead = 0;
  mdb_reader_check(handle_, &dead);  // slots of processes that were killed would keep pages from being reused
  open_tables();
}

void Environment::close_handle() noexcept {
  for (MDB_txn *transaction : idle_) mdb_txn_abort(transaction);
  idle_.clear();
  if (handle_) mdb_env_close(handle_);
  handle_ = nullptr;
}

void Environment::make_writable() {
  alone([&] {
    open_lock_file(true);
    close_handle();
    try {
      open_handle(true);
    } catch (...) {
      close_handle();
      open_handle(false);
      throw;
    }
  });
}

bool Environment::same_files() {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return !closing_; });
  int file = -1;
  struct stat inside {
  }, outside{};
  return handle_ && mdb_env_get_fd(handle_, &file) == MDB_SUCCESS && ::fstat(file, &inside) == 0 &&
         ::stat((folder_ + "/data.mdb").c_str(), &outside) == 0 && inside.st_ino == outside.st_ino &&
         inside.st_dev == outside.st_dev;
}

void Environment::check_process() const {
  if (process_ != ::getpid())
    throw Error(Status::internal, "the library was opened before a fork; the child must open it again", folder_);
}

void Environment::enter() {
  check_process();
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return !closing_; });
  if (!handle_) throw Error(Status::io, "the library could not be opened again; close it and open it anew", folder_);
  ++users_;
}

void Environment::leave() noexcept {
  {
    std::lock_guard guard(mutex_);
    --users_;
  }
  changed_.notify_all();
}

void Environment::alone(const std::function<void()> &work) {
  check_process();
  {
    std::unique_lock guard(mutex_);
    if (!changed_.wait_for(guard, patience, [&] { return users_ == 0 && !closing_; }))
      throw Error(Status::busy, "this program is still reading or writing the library; try again when it is done",
                  folder_);
    closing_ = true;
  }
  struct Reopen {
    Environment &environment;
    ~Reopen() {
      {
        std::lock_guard guard(environment.mutex_);
        environment.closing_ = false;
      }
      environment.changed_.notify_all();
    }
  } reopen{*this};
  work();
}

MDB_txn *Environment::begin_read() {
  enter();
  MDB_txn *transaction = nullptr;
  {
    std::lock_guard guard(mutex_);
    if (!idle_.empty()) {
      transaction = idle_.back();
      idle_.pop_back();
    }
  }
  int code = transaction ? mdb_txn_renew(transaction) : mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &transaction);
  if (code == MDB_READERS_FULL && !transaction) {
    int dead = 0;
    mdb_reader_check(handle_, &dead);
    code = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &transaction);
  }
  if (code == MDB_SUCCESS) return transaction;
  if (transaction) mdb_txn_abort(transaction);
  leave();
  database::fail(code, "cannot read the library", folder_);
}

void Environment::end_read(MDB_txn *transaction) noexcept {
  if (process_ != ::getpid()) return;
  mdb_txn_reset(transaction);
  {
    std::lock_guard guard(mutex_);
    idle_.push_back(transaction);
  }
  leave();
}

MDB_txn *Environment::begin_write() {
  enter();
  bool nested = false;
  {
    std::lock_guard guard(mutex_);
    nested = writer_ == std::this_thread::get_id();
  }
  MDB_txn *transaction = nullptr;
  int code = MDB_SUCCESS;
  if (!nested) code = mdb_txn_begin(handle_, nullptr, 0, &transaction);
  if (nested || code != MDB_SUCCESS) {
    leave();
    // LMDB's lock would wait for itself forever.
    if (nested) throw Error(Status::internal, "this thread already writes to the library", folder_);
    database::fail(code, "cannot write to the library", folder_);
  }
  // A newer program may have migrated it meanwhile: what this one wrote would be missing in the tables that it lacks.
  try {
    if (options_.accept) options_.accept(transaction, handles_[0]);
  } catch (...) {
    mdb_txn_abort(transaction);
    leave();
    throw;
  }
  std::lock_guard guard(mutex_);
  writer_ = std::this_thread::get_id();
  return transaction;
}

void Environment::commit(MDB_txn *transaction) {
  // Before the lock is given back: the next writer of this process announces itself right after.
  {
    std::lock_guard guard(mutex_);
    writer_ = {};
  }
  int code = mdb_txn_commit(transaction);
  leave();
  if (code != MDB_SUCCESS) database::fail(code, "cannot write to the library", folder_);
}

void Environment::abort(MDB_txn *transaction) noexcept {
  if (process_ != ::getpid()) return;
  {
    std::lock_guard guard(mutex_);
    writer_ = {};
  }
  mdb_txn_abort(transaction);
  leave();
}

std::vector<std::string> Environment::check_pages(MDB_txn *transaction) {
  return kalon::check_pages(handle_, transaction);
}

void Environment::copy_to(const std::string &file) {
  enter();
  int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  int code = out < 0 ? errno : mdb_env_copyfd2(handle_, out, MDB_CP_COMPACT);
  if (code == MDB_SUCCESS && ::fsync(out) != 0) code = errno;
  if (out >= 0) ::close(out);
  leave();
  if (code == MDB_SUCCESS) return;
  if (out >= 0) ::unlink(file.c_str());
  database::fail(code, "cannot copy the library", file);
}

void Environment::compact() {
  if (!writable_) throw Error(Status::read_only, "was opened for reading; open it for writing to compact it", folder_);
  alone([&] {
    // Closed before its lock is given up: between shared and exclusive another process may swap the file.
    close_handle();
    struct Back {
      Environment &environment;
      ~Back() noexcept(false) {
        try {
          lock(environment.lock_file_, LOCK_SH, environment.folder_);
          environment.open_handle(true);
        } catch (...) {
          environment.close_handle();
          if (std::uncaught_exceptions() == 0) throw;
        }
      }
    } back{*this};
    if (::flock(lock_file_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK)
        throw Error(Status::busy, "another program has the library open; close it there and try again", folder_);
      throw system_error(errno, "cannot lock the library", folder_);
    }
    std::string smaller = folder_ + "/data.mdb.compact", current = folder_ + "/data.mdb";
    ::unlink(smaller.c_str());  // left by a crash
    MDB_env *environment = open_environment(folder_, MDB_RDONLY, static_cast<unsigned>(options_.tables.size()));
    int out = ::open(smaller.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int code = out < 0 ? errno : mdb_env_copyfd2(environment, out, MDB_CP_COMPACT);
    if (code == MDB_SUCCESS && ::fsync(out) != 0) code = errno;
    if (out >= 0) ::close(out);
    mdb_env_close(environment);
    if (code == MDB_SUCCESS && ::rename(smaller.c_str(), current.c_str()) != 0) code = errno;
    if (code != MDB_SUCCESS) {
      ::unlink(smaller.c_str());
      database::fail(code, "cannot compact the library", folder_);
    }
    int parent = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0) {
      ::fsync(parent);
      ::close(parent);
    }
  });
}

}  // namespace kalon
