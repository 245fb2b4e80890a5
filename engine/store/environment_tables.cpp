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
  auto open_some = [&](MDB_txn *transaction, unsigned flags, size_t first, size_t last) {
    handles_.resize(options_.tables.size());
    for (size_t i = first; i < last; ++i) {
      unsigned kind = options_.tables[i].duplicates == layout::Duplicates::fixed ? MDB_DUPSORT | MDB_DUPFIXED : 0;
      int code = mdb_dbi_open(transaction, options_.tables[i].name, kind | flags, &handles_[i]);
      if (code == MDB_NOTFOUND)
        throw Error(Status::corrupt_data,
                    std::string("is no library of Kalon, or its table ") + options_.tables[i].name + " is missing",
                    folder_);
      if (code != MDB_SUCCESS) database::fail(code, "cannot open the library", folder_);
    }
  };
  auto entries = [&](MDB_txn *transaction) {
    MDB_dbi main = 0;
    int code = mdb_dbi_open(transaction, nullptr, 0, &main);
    if (code != MDB_SUCCESS) database::fail(code, "cannot open the library", folder_);
    return database::count(transaction, main);
  };

  // The first table says whether the others can be expected.
  size_t count = options_.tables.size();
  auto open_present = [&](MDB_txn *transaction) {
    open_some(transaction, 0, 0, 1);
    if (options_.accept) options_.accept(transaction, handles_[0]);
    open_some(transaction, 0, 1, count);
  };

  {
    Transaction transaction;
    begin(transaction, MDB_RDONLY);
    refuse_missing_tail(handle_, transaction.handle, folder_);
    if (entries(transaction.handle) > 0) {
      open_present(transaction.handle);
      return finish(transaction);
    }
  }
  if (!writable_) throw Error(Status::not_found, "holds no library", folder_);
  Transaction transaction;
  begin(transaction, 0);
  if (entries(transaction.handle) > 0) {  // another process was quicker
    open_present(transaction.handle);
  } else {
    open_some(transaction.handle, MDB_CREATE, 0, count);
    if (options_.initialise) options_.initialise(transaction.handle, handles_[0]);
  }
  finish(transaction);
}

}  // namespace kalon
