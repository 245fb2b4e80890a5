#include "store/migrate.h"

#include "store/database.h"
#include "store/layout.h"
#include "store/records.h"
#include "store/replay.h"

namespace kalon {
namespace {

// Schema 2 brought tables that begin empty, and one derived from events. A damaged event stays what doctor says it is.
void index_not_duplicates(MDB_txn *transaction, std::span<const unsigned> tables) {
  database::Cursor cursor(transaction, tables[layout::events]);
  Event event;
  for (bool more = cursor.first(); more; more = cursor.next())
    if (records::decode(cursor.value, event) && std::holds_alternative<NotDuplicates>(event.body))
      database::put(transaction, tables[layout::not_duplicates], EventKey::read(cursor.key).view(),
                    layout::key_of(event.action).view());
}

}  // namespace

void migrate(MDB_txn *transaction, std::span<const unsigned> tables, uint64_t schema) {
  if (schema < 2) index_not_duplicates(transaction, tables);
  database::put(transaction, tables[layout::meta], layout::schema_key, layout::key_of(layout::schema_version).view());
}

}  // namespace kalon
