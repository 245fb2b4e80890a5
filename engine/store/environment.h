#pragma once
// One LMDB environment, opened once per process, with its tables and its pool of read transactions.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "store/layout.h"

struct MDB_env;
struct MDB_txn;

namespace kalon {

enum class Durability { full, cache };  // cache: a crash of the machine may lose the last writes, never more

struct EnvironmentOptions {
  std::span<const layout::TableDescription> tables;
  bool writable = true;
  Durability durability = Durability::full;
  uint64_t schema = 1;  // what `tables` describes
  // Called in the transaction that looks at an existing environment, and in each that writes, with the first table:
  // gives its schema, 1 to that above, or throws to refuse it. Without it the schema is the one above.
  std::function<uint64_t(MDB_txn *, unsigned)> accept;
  // Called in the transaction that makes the tables of a new one, with the first table.
  std::function<void(MDB_txn *, unsigned)> initialise;
  // Called when an environment of an older schema is opened for writing, in the transaction that has just made the
  // tables it lacked, with all tables and its schema.
  std::function<void(MDB_txn *, std::span<const unsigned>, uint64_t)> migrate;
};

class Environment {
 public:
  // The process's environment of this folder, which exists. Opens it, or turns one opened for reading into a writable
  // one when that is asked for now. Throws not_found (nothing there and not writable), corrupt_data, read_only, io, ...
  static std::shared_ptr<Environment> open(const std::string &folder, EnvironmentOptions options);
  // Whether there is anything to open in the folder.
  static bool exists(const std::string &folder);
  ~Environment();
  Environment(const Environment &) = delete;
  Environment &operator=(const Environment &) = delete;

  const std::string &folder() const { return folder_; }
  // database::no_table for one that an older environment lacks, which is open for reading.
  unsigned table(unsigned index) const { return handles_[index]; }

  MDB_txn *begin_read();
  void end_read(MDB_txn *transaction) noexcept;
  MDB_txn *begin_write();             // waits for other writers; ends on the thread that began it
  void commit(MDB_txn *transaction);  // ends it, also when it throws
  void abort(MDB_txn *transaction) noexcept;

  // One line for each fault in the pages of the transaction's snapshot.
  std::vector<std::string> check_pages(MDB_txn *transaction);
  void copy_to(const std::string &file);  // a compacted copy of the current snapshot; the file must not exist
  void compact();

 private:
  Environment(std::string folder, EnvironmentOptions options);
  void open_handle(bool writable);
  void close_handle() noexcept;
  void open_tables();
  void make_writable();
  void check_process() const;
  bool same_files();  // whether the folder still holds the file that is open here
  void open_lock_file(bool writable);
  void enter();
  void leave() noexcept;
  // Runs with no transaction open in this process and none beginning; busy when transactions stay open.
  void alone(const std::function<void()> &work);

  std::string folder_;
  EnvironmentOptions options_;
  bool writable_ = false;
  int process_;
  int lock_file_ = -1;  // flock: shared while open, exclusive while compacting
  MDB_env *handle_ = nullptr;
  std::vector<unsigned> handles_;

  std::mutex mutex_;
  std::condition_variable changed_;
  size_t users_ = 0;
  bool closing_ = false;
  std::vector<MDB_txn *> idle_;  // read transactions that were reset
  std::thread::id writer_;
};

}  // namespace kalon
