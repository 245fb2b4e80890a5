#include "store/database.h"

#include <lmdb.h>

#include <cerrno>

#include "base/error.h"

namespace kalon::database {
namespace {

MDB_val value_of(std::string_view view) {
  return {view.size(), const_cast<char *>(view.data())};
}
std::string_view view_of(const MDB_val &value) {
  return {static_cast<const char *>(value.mv_data), value.mv_size};
}

void check(int code, std::string_view doing) {
  if (code != MDB_SUCCESS) fail(code, doing);
}

}  // namespace

void fail(int code, std::string_view doing, const std::string &folder) {
  auto error = [&](Status status, std::string_view why) {
    return Error(status, std::string(doing) + ": " + std::string(why), folder);
  };
  switch (code) {
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
      throw error(Status::io,
                  "the library has reached the largest size that this system lets it reserve; raise the limit of "
                  "address space (ulimit -v) and run the command again");
    case MDB_MAP_RESIZED:
      throw error(Status::out_of_memory,
                  "the library has grown past what this process could reserve; raise the limit of "
                  "address space (ulimit -v) and run the command again");
    case MDB_READERS_FULL:
      throw error(Status::busy, "too many readers have the library open; close some of them");
    case ENOSPC:
    case EDQUOT:
      throw error(Status::io,
                  "the disk is full; nothing of this step was stored; free some space and run the command again");
    case EIO:
      // LMDB says EIO for a short write too, which is how most disks report that they are full.
      throw error(Status::io,
                  "the disk is full or failing; nothing of this step was stored; free some space, check the disk "
                  "and run the command again");
    case EFBIG:
      throw error(Status::io, "the file system or a limit (ulimit -f) does not allow a file as large as the library");
    case EROFS:
    case EACCES:
    case EPERM:
      throw error(Status::read_only, "not allowed to write there");
    case ENOMEM:
      throw error(Status::out_of_memory, "not enough memory");
    case MDB_PANIC:
      throw error(Status::io, "an earlier write failed badly; close the library and open it again");
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
      throw error(Status::corrupt_data, std::string("the library's file is damaged (") + mdb_strerror(code) +
                                            "); restore it from a copy made by `kalon doctor`");
    case MDB_BAD_VALSIZE:
      throw error(Status::invalid_argument, "a key is empty or too long");
    default:
      break;
  }
  if (code > 0) throw system_error(code, doing, folder);
  throw error(Status::internal, mdb_strerror(code));
}

bool get(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view &value) {
  if (table == no_table) return false;
  MDB_val k = value_of(key), v;
  int code = mdb_get(transaction, table, &k, &v);
  if (code == MDB_NOTFOUND) return false;
  check(code, "cannot read");
  value = view_of(v);
  return true;
}

void put(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value) {
  MDB_val k = value_of(key), v = value_of(value);
  check(mdb_put(transaction, table, &k, &v, 0), "cannot write");
}

bool insert(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value) {
  unsigned flags = 0;
  check(mdb_dbi_flags(transaction, table, &flags), "cannot write");
  MDB_val k = value_of(key), v = value_of(value);
  int code = mdb_put(transaction, table, &k, &v, flags & MDB_DUPSORT ? MDB_NODUPDATA : MDB_NOOVERWRITE);
  if (code == MDB_KEYEXIST) return false;
  check(code, "cannot write");
  return true;
}

void append(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value) {
  MDB_val k = value_of(key), v = value_of(value);
  int code = mdb_put(transaction, table, &k, &v, MDB_APPEND);
  if (code == MDB_KEYEXIST) return put(transaction, table, key, value);
  check(code, "cannot write");
}

bool remove(MDB_txn *transaction, unsigned table, std::string_view key) {
  MDB_val k = value_of(key);
  int code = mdb_del(transaction, table, &k, nullptr);
  if (code == MDB_NOTFOUND) return false;
  check(code, "cannot write");
  return true;
}

bool remove_pair(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value) {
  MDB_val k = value_of(key), v = value_of(value);
  int code = mdb_del(transaction, table, &k, &v);
  if (code == MDB_NOTFOUND) return false;
  check(code, "cannot write");
  return true;
}

void clear(MDB_txn *transaction, unsigned table) {
  check(mdb_drop(transaction, table, 0), "cannot write");
}

uint64_t remove_prefix(MDB_txn *transaction, unsigned table, std::string_view prefix) {
  struct Position {
    MDB_cursor *handle = nullptr;
    ~Position() {
      if (handle) mdb_cursor_close(handle);
    }
  } cursor;
  check(mdb_cursor_open(transaction, table, &cursor.handle), "cannot write");
  for (uint64_t removed = 0;; ++removed) {
    MDB_val k = value_of(prefix), v;
    int code = mdb_cursor_get(cursor.handle, &k, &v, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND) return removed;
    check(code, "cannot read");
    if (!view_of(k).starts_with(prefix)) return removed;
    check(mdb_cursor_del(cursor.handle, 0), "cannot write");
  }
}

uint64_t count(MDB_txn *transaction, unsigned table) {
  if (table == no_table) return 0;
  MDB_stat status{};
  check(mdb_stat(transaction, table, &status), "cannot read");
  return status.ms_entries;
}

uint64_t transaction_number(MDB_txn *transaction) {
  return mdb_txn_id(transaction);
}

Cursor::Cursor(MDB_txn *transaction, unsigned table) {
  if (table != no_table) check(mdb_cursor_open(transaction, table, &cursor_), "cannot read");
}

Cursor::~Cursor() {
  if (cursor_) mdb_cursor_close(cursor_);
}

bool Cursor::move(int operation) {
  if (!cursor_) return false;
  MDB_val k = value_of(key), v = value_of(value);
  int code = mdb_cursor_get(cursor_, &k, &v, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND) return false;
  check(code, "cannot read");
  // LAST_DUP does not give the key again; the cursor still stands on it.
  if (operation != MDB_LAST_DUP) key = view_of(k);
  value = view_of(v);
  return true;
}

bool Cursor::first() {
  return move(MDB_FIRST);
}
bool Cursor::last() {
  return move(MDB_LAST);
}
bool Cursor::next() {
  return move(MDB_NEXT);
}
bool Cursor::previous() {
  return move(MDB_PREV);
}
bool Cursor::next_value() {
  return move(MDB_NEXT_DUP);
}
bool Cursor::previous_value() {
  return move(MDB_PREV_DUP);
}
bool Cursor::last_value() {
  return move(MDB_LAST_DUP);
}

bool Cursor::seek(std::string_view wanted) {
  if (wanted.empty()) return first();
  key = wanted;
  return move(MDB_SET_RANGE);
}

bool Cursor::exact(std::string_view wanted) {
  key = wanted;
  return move(MDB_SET_KEY);
}

bool Cursor::pair(std::string_view wanted_key, std::string_view wanted_value) {
  key = wanted_key;
  value = wanted_value;
  return move(MDB_GET_BOTH);
}

}  // namespace kalon::database
