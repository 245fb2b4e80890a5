#pragma once
// Plain calls over LMDB: keys and values as views, failures as kalon::Error.

#include <cstdint>
#include <string>
#include <string_view>

struct MDB_txn;
struct MDB_cursor;

namespace kalon::database {

// Stands for a table that an older library lacks: reading it finds nothing.
constexpr unsigned no_table = ~0u;

constexpr size_t longest_key =
    511;  // LMDB's limit as Debian builds it; also that of a value in a table with duplicates

// What a status of LMDB means to a person. It is an Error of io (disk full, map full), corrupt_data, busy, ...
[[noreturn]] void fail(int code, std::string_view doing, const std::string &folder = {});

// The value stays valid until the transaction changes something or ends.
bool get(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view &value);
void put(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value);
// False, and nothing changed, when the key (in a table with duplicates: the pair) is there already.
bool insert(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value);
// Into a table whose keys only grow, faster than put(). Falls back to put() when the key is not the greatest.
void append(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value);
bool remove(MDB_txn *transaction, unsigned table, std::string_view key);
bool remove_pair(MDB_txn *transaction, unsigned table, std::string_view key, std::string_view value);
void clear(MDB_txn *transaction, unsigned table);
// Removes every entry whose key begins with prefix; gives their number. Not for tables with duplicates.
uint64_t remove_prefix(MDB_txn *transaction, unsigned table, std::string_view prefix);
uint64_t count(MDB_txn *transaction, unsigned table);  // entries, duplicates included
uint64_t transaction_number(MDB_txn *transaction);     // of the last commit it sees; of one that writes, its own

class Cursor {
 public:
  Cursor(MDB_txn *transaction, unsigned table);
  ~Cursor();
  Cursor(const Cursor &) = delete;
  Cursor &operator=(const Cursor &) = delete;

  // Each says whether there is such an entry; key and value then are those of it. In a table with duplicates next()
  // and previous() visit every pair.
  bool first();
  bool last();
  bool next();
  bool previous();
  bool seek(std::string_view key);   // the first entry whose key is not less
  bool exact(std::string_view key);  // the first value of this key
  bool last_value();                 // the last value of the current key
  bool next_value();                 // the next value of the current key
  bool previous_value();
  bool pair(std::string_view key, std::string_view value);  // whether there is this pair

  std::string_view key, value;

 private:
  bool move(int operation);
  MDB_cursor *cursor_ = nullptr;
};

}  // namespace kalon::database
