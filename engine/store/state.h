#pragma once
// What a reader or writer holds: its transaction, and what it may remember until the transaction ends.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "store/environment.h"
#include "store/library.h"
#include "store/records.h"

namespace kalon {

struct Reader::State {
  State(std::shared_ptr<Environment> environment, bool writes, uint64_t writer_id);
  ~State();
  State(const State &) = delete;
  State &operator=(const State &) = delete;

  unsigned table(layout::Table index) const { return environment->table(index); }
  // The transaction; throws internal after commit().
  MDB_txn *use() const;

  bool get(layout::Table index, std::string_view key, std::string_view &value) const;
  uint64_t number(std::string_view meta_key) const;  // of the table meta; 0 when missing
  uint64_t take_number(std::string_view meta_key);   // gives it and stores the next

  std::shared_ptr<Environment> environment;
  MDB_txn *transaction = nullptr;
  bool writes;
  uint64_t writer_id;
  uint32_t sequence = 0;
  bool rows_changed = false;   // the commit gives the library a new revision
  uint64_t noted_changes = 0;  // in the table changed_files, by this writer
  std::string indexed_folder;  // whose spelling was stored last; most files share it with the one before
};

// Throws corrupt_data that names the table and says what to do.
[[noreturn]] void damaged(const Reader::State &state, std::string_view table);

}  // namespace kalon
