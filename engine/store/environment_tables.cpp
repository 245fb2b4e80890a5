// Opening the tables of an environment, or making them in a new one.

#include <lmdb.h>

#include <utility>

#include "base/error.h"
#include "store/database.h"
#include "store/environment.h"
#include "store/pages.h"

namespace kalon {

void Environment::open_tables() {
  struct Transaction {
    MDB_txn *handle = nullptr;
    ~Transaction() {
      if (handle) mdb_txn_abort(handle);
    }
  };
  auto begin = [&](Transaction &transaction, unsigned flags) {
    int code = mdb_txn_begin(handle_, nullptr, flags, &transaction.handle);
    if (code != MDB_SUCCESS) database::fail(code, "cannot open the library", folder_);
  };
  auto finish = [&](Transaction &transaction) {
    int code = mdb_txn_commit(std::exchange(transaction.handle, nullptr));
    if (code != MDB_SUCCESS) database::fail(code, "cannot make the library", folder_);
  };
  handles_.assign(options_.tables.size(), database::no_table);
  auto open_table = [&](MDB_txn *transaction, unsigned flags, size_t i) {
    const layout::TableDescription &table = options_.tables[i];
    unsigned kind = table.duplicates == layout::Duplicates::fixed ? MDB_DUPSORT | MDB_DUPFIXED : 0;
    int code = mdb_dbi_open(transaction, table.name, kind | flags, &handles_[i]);
    if (code == MDB_NOTFOUND)
      throw Error(Status::corrupt_data,
                  std::string("is no library of Kalon, or its table ") + table.name + " is missing", folder_);
    if (code != MDB_SUCCESS) database::fail(code, "cannot open the library", folder_);
  };
  // Those that the schemas from first to last brought.
  auto open_tables_of = [&](MDB_txn *transaction, unsigned flags, uint64_t first, uint64_t last) {
    for (size_t i = 0; i < handles_.size(); ++i)
      if (options_.tables[i].since >= first && options_.tables[i].since <= last) open_table(transaction, flags, i);
  };
  // The first table says which others can be expected.
  auto schema_of = [&](MDB_txn *transaction) {
    open_table(transaction, 0, 0);
    return options_.accept ? options_.accept(transaction, handles_[0]) : options_.schema;
  };
  auto entries = [&](MDB_txn *transaction) {
    MDB_dbi main = 0;
    int code = mdb_dbi_open(transaction, nullptr, 0, &main);
    if (code != MDB_SUCCESS) database::fail(code, "cannot open the library", folder_);
    return database::count(transaction, main);
  };

  {
    Transaction transaction;
    begin(transaction, MDB_RDONLY);
    refuse_missing_tail(handle_, transaction.handle, folder_);
    bool present = entries(transaction.handle) > 0;
    if (!present && !writable_) throw Error(Status::not_found, "holds no library", folder_);
    uint64_t schema = present ? schema_of(transaction.handle) : 0;
    if (schema == options_.schema || !writable_) {
      open_tables_of(transaction.handle, 0, 1, schema);
      return finish(transaction);
    }
  }
  Transaction transaction;
  begin(transaction, 0);
  if (entries(transaction.handle) == 0) {
    open_tables_of(transaction.handle, MDB_CREATE, 1, options_.schema);
    if (options_.initialise) options_.initialise(transaction.handle, handles_[0]);
  } else {  // an older library, or another process was quicker
    uint64_t schema = schema_of(transaction.handle);
    open_tables_of(transaction.handle, 0, 1, schema);
    if (schema < options_.schema) {
      open_tables_of(transaction.handle, MDB_CREATE, schema + 1, options_.schema);
      if (options_.migrate) options_.migrate(transaction.handle, handles_, schema);
    }
  }
  finish(transaction);
}

}  // namespace kalon
