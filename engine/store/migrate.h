#pragma once
// From the schemas of older programs to this one's.

#include <cstdint>
#include <span>

struct MDB_txn;

namespace kalon {

// Runs inside the transaction that opens a library of an older schema for writing and has just made the tables it
// lacked; tables are all of them, in the order of layout::Table. Fills the new ones and stores the new schema. [worker]
void migrate(MDB_txn *transaction, std::span<const unsigned> tables, uint64_t schema);

}  // namespace kalon
