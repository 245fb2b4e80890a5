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

// Schema 3 brought the flags, derived from events that schema 1 knew how to keep.
void derive_flags(MDB_txn *transaction, std::span<const unsigned> tables) {
  Replay replay;
  {
    database::Cursor cursor(transaction, tables[layout::events]);
    Event event;
    for (bool more = cursor.last(); more; more = cursor.previous()) {
      if (!records::decode(cursor.value, event)) continue;
      auto key = EventKey::read(cursor.key);
      replay.add(key, event);
      if (const auto *flag = std::get_if<Flag>(&event.body))
        database::insert(transaction, tables[layout::flag_events], layout::key_of(flag->picture).view(), key.view());
    }
  }
  for (const auto &[picture, record] : replay.flags)
    database::put(transaction, tables[layout::flags], layout::key_of(picture).view(), record);
}

// Schema 4 brought events by their ids.
void index_ids(MDB_txn *transaction, std::span<const unsigned> tables) {
  database::Cursor cursor(transaction, tables[layout::events]);
  Event event;
  for (bool more = cursor.first(); more; more = cursor.next())
    if (records::decode(cursor.value, event))
      database::put(transaction, tables[layout::event_ids], layout::key_of(event.id).view(), cursor.key);
}

}  // namespace

void migrate(MDB_txn *transaction, std::span<const unsigned> tables, uint64_t schema) {
  if (schema < 2) index_not_duplicates(transaction, tables);
  if (schema < 3) derive_flags(transaction, tables);
  if (schema < 4) index_ids(transaction, tables);
  database::put(transaction, tables[layout::meta], layout::schema_key, layout::key_of(layout::schema_version).view());
}

}  // namespace kalon
