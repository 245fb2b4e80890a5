#pragma once
// LMDB's file, read page by page without its map: LMDB trusts its pages, so that a cut or damaged file would end the
// process. The form is that of LMDB 0.9 (data version 1) on 64-bit machines; see mdb.c, struct MDB_meta, MDB_page,
// MDB_node.

#include <cstdint>
#include <string>
#include <vector>

struct MDB_env;
struct MDB_txn;

namespace kalon {

// Throws corrupt_data when pages in use lie past the end of the file, since touching those through the map is a SIGBUS.
// A file may well be shorter than its last page says, as long as the pages at its end are free.
void refuse_missing_tail(MDB_env *environment, MDB_txn *snapshot, const std::string &folder);

// Walks every page that the snapshot uses; one line for each fault, at most most_faults.
std::vector<std::string> check_pages(MDB_env *environment, MDB_txn *snapshot);

constexpr size_t most_faults = 200;

}  // namespace kalon
