#include "store/migrate.h"

#include "store/changes.h"
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

// Schema 3 brought the flags, schema 5 ratings and labels; all derived from events that schema 1 knew how to keep.
void derive_decisions(MDB_txn *transaction, std::span<const unsigned> tables, uint64_t schema) {
  auto lacked = [&](layout::Table table) { return schema < layout::library_tables[table].since; };
  Replay replay;
  {
    database::Cursor cursor(transaction, tables[layout::events]);
    Event event;
    for (bool more = cursor.last(); more; more = cursor.previous()) {
      if (!records::decode(cursor.value, event)) continue;
      auto key = EventKey::read(cursor.key);
      replay.add(key, event);
      auto decision = decision_in(event);
      if (!decision) continue;
      auto table = layout::decision_tables[static_cast<size_t>(decision->kind)].events;
      if (lacked(table))
        database::insert(transaction, tables[table], layout::key_of(decision->picture).view(), key.view());
    }
  }
  for (size_t kind = 0; kind < replay.decisions.size(); ++kind)
    if (auto table = layout::decision_tables[kind].decided; lacked(table))
      for (const auto &[picture, record] : replay.decisions[kind])
        database::put(transaction, tables[table], layout::key_of(picture).view(), record);
}

// Schema 5 brought the photos that files share.
void index_photos(MDB_txn *transaction, std::span<const unsigned> tables) {
  database::Cursor cursor(transaction, tables[layout::files]);
  records::Aligned memory;
  FileView view;
  for (bool more = cursor.first(); more; more = cursor.next())
    if (records::decode(cursor.value, memory, view) && changes::shares_photo(view.picture, view.photo))
      database::insert(transaction, tables[layout::photos], layout::key_of(view.photo).view(),
                       layout::key_of(view.id).view());
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
  if (schema < 4) index_ids(transaction, tables);
  if (schema < 5) derive_decisions(transaction, tables, schema);
  if (schema < 5) index_photos(transaction, tables);
  database::put(transaction, tables[layout::meta], layout::schema_key, layout::key_of(layout::schema_version).view());
}

}  // namespace kalon
