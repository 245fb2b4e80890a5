#include "store/check.h"

#include <array>

#include "base/clock.h"
#include "store/database.h"
#include "store/faults.h"
#include "store/replay.h"
#include "store/state.h"

namespace kalon {

std::vector<std::string> check_library(Reader::State &state) {
  // LMDB trusts its pages; only when they are sound is it asked for what they hold.
  std::vector<std::string> faults = state.environment->check_pages(state.use());
  if (!faults.empty()) return faults;
  for (auto part : {check_files, check_vectors, check_events, check_operations, check_fingerprints, check_scores,
                    check_named_bytes}) {
    try {
      part(state, faults);
    } catch (const Error &error) {
      faults.push_back(error.message());
    }
  }
  return faults;
}

void check_vectors(Reader::State &state, std::vector<std::string> &faults) {
  using layout::Key;
  MDB_txn *transaction = state.use();
  Faults fault(faults);
  uint64_t all_rows = 0, all_blocks = 0;
  database::Cursor cursor(transaction, state.table(layout::spaces));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    records::StoredSpace stored;
    if (!records::decode(cursor.value, stored) || Key().number(stored.space.id).view() != cursor.key) {
      fault("spaces: a record is damaged");
      continue;
    }
    std::string name = "space " + std::to_string(stored.space.id);
    uint64_t rows = 0, blocks = (stored.space.rows + stored.rows_per_block - 1) / stored.rows_per_block;
    for (uint64_t block = 0; block < blocks; ++block) {
      auto key = Key().number(stored.space.id).number(static_cast<uint32_t>(block));
      std::string_view keys, values;
      bool there = database::get(transaction, state.table(layout::vector_keys), key.view(), keys) &&
                   database::get(transaction, state.table(layout::vector_blocks), key.view(), values);
      uint64_t count = keys.size() / sizeof(VectorKey);
      if (!there || keys.size() % sizeof(VectorKey) != 0 ||
          values.size() < count * stored.space.key.dimension * sizeof(float)) {
        fault("vector_blocks: block " + std::to_string(block) + " of " + name + " is missing or too short");
        continue;
      }
      for (uint64_t i = 0; i < count; ++i) {
        std::string_view row;
        auto row_key = Key()
                           .number(stored.space.id)
                           .hash(layout::read_hash(keys, i * sizeof(VectorKey)))
                           .hash(layout::read_hash(keys, i * sizeof(VectorKey) + 16));
        if (!database::get(transaction, state.table(layout::vector_rows), row_key.view(), row) ||
            layout::read_number<uint64_t>(row) != block * stored.rows_per_block + i)
          fault("vector_rows: row " + std::to_string(block * stored.rows_per_block + i) + " of " + name +
                " leads elsewhere");
      }
      rows += count;
    }
    fault.count("vector_keys", rows, stored.space.rows);
    all_rows += rows;
    all_blocks += blocks;
  }
  fault.count("vector_rows", database::count(transaction, state.table(layout::vector_rows)), all_rows);
  fault.count("vector_keys", database::count(transaction, state.table(layout::vector_keys)), all_blocks);
  fault.count("vector_blocks", database::count(transaction, state.table(layout::vector_blocks)), all_blocks);
}

void check_events(Reader::State &state, std::vector<std::string> &faults) {
  using layout::key_of;
  MDB_txn *transaction = state.use();
  Faults fault(faults);
  Replay replay;
  bool indexed_apart = state.table(layout::not_duplicates) != database::no_table;  // not so in an older library
  bool indexed_ids = state.table(layout::event_ids) != database::no_table;
  uint64_t events = 0, undos = 0, exclusions = 0, apart = 0, ahead = 0;
  std::array<uint64_t, layout::decision_tables.size()> decisions{};
  int64_t latest = now_microseconds() + int64_t{86400} * 1000000, last = 0;
  {
    database::Cursor cursor(transaction, state.table(layout::events));
    database::Cursor pairs(transaction, state.table(layout::actions));
    database::Cursor by_picture(transaction, state.table(layout::exclusions));
    for (bool more = cursor.last(); more; more = cursor.previous()) {
      ++events;
      Event event;
      if (!records::decode(cursor.value, event)) {
        fault("events: event " + std::to_string(events) + " from the end is damaged");
        continue;
      }
      EventKey key = EventKey::of(event);
      if (event.time > latest) ++ahead, last = std::max(last, event.time);
      if (key.view() != cursor.key) fault("events: " + event.id.hex() + " stands at another time than its own");
      if (!pairs.pair(key_of(event.action).view(), key.view()))
        fault("actions: event " + event.id.hex() + " is missing");
      std::string_view place;
      if (indexed_ids && (!database::get(transaction, state.table(layout::event_ids), key_of(event.id).view(), place) ||
                          place != key.view()))
        fault("event_ids: event " + event.id.hex() + " is missing");
      if (const auto *undo = std::get_if<Undo>(&event.body)) {
        ++undos;
        std::string_view value;
        if (!database::get(transaction, state.table(layout::undos), key.view(), value) ||
            value != key_of(event.action).hash(undo->action).view())
          fault("undos: event " + event.id.hex() + " is missing");
      } else if (const auto *exclude = std::get_if<Exclude>(&event.body)) {
        ++exclusions;
        if (!by_picture.pair(key_of(exclude->picture).view(), key.view()))
          fault("exclusions: event " + event.id.hex() + " is missing");
      } else if (auto decision = decision_in(event)) {
        auto kind = static_cast<size_t>(decision->kind);
        auto table = layout::decision_tables[kind].events;
        if (state.table(table) != database::no_table) {  // nor these
          ++decisions[kind];
          if (!database::Cursor(transaction, state.table(table)).pair(key_of(decision->picture).view(), key.view()))
            fault(std::string(layout::library_tables[table].name) + ": event " + event.id.hex() + " is missing");
        }
      } else if (std::holds_alternative<NotDuplicates>(event.body) && indexed_apart) {
        ++apart;
        std::string_view value;
        if (!database::get(transaction, state.table(layout::not_duplicates), key.view(), value) ||
            value != key_of(event.action).view())
          fault("not_duplicates: event " + event.id.hex() + " is missing");
      }
      replay.add(key, event);
    }
  }
  if (ahead > 0)
    fault("events: " + std::to_string(ahead) + " of them, the last of " + format_utc(last) +
          ", are more than a day ahead of this computer's clock, and those that follow will be too; where the clock is "
          "right, restore a backup from before, or take an export of all events, with its times put right, into a new "
          "library");
  fault.count("actions", database::count(transaction, state.table(layout::actions)), events);
  if (indexed_ids) fault.count("event_ids", database::count(transaction, state.table(layout::event_ids)), events);
  fault.count("undos", database::count(transaction, state.table(layout::undos)), undos);
  fault.count("exclusions", database::count(transaction, state.table(layout::exclusions)), exclusions);
  fault.count("not_duplicates", database::count(transaction, state.table(layout::not_duplicates)), apart);
  for (size_t kind = 0; kind < decisions.size(); ++kind) {
    auto table = layout::decision_tables[kind].events;
    fault.count(layout::library_tables[table].name, database::count(transaction, state.table(table)), decisions[kind]);
  }

  struct {
    std::string_view operator()(const EventKey &key) const { return key.view(); }
    std::string_view operator()(const std::string &record) const { return record; }
  } view_of;
  auto derived = [&](const char *name, layout::Table table, const auto &expected) {
    for (const auto &[hash, record] : expected) {
      std::string_view value;
      if (!database::get(transaction, state.table(table), key_of(hash).view(), value) || value != view_of(record))
        fault(std::string(name) + ": " + hash.hex() + " is not what the events say");
    }
    fault.count(name, database::count(transaction, state.table(table)), expected.size());
  };
  derived("undone", layout::undone, replay.undone);
  derived("excluded", layout::excluded, replay.excluded);
  for (size_t kind = 0; kind < replay.decisions.size(); ++kind)
    if (auto table = layout::decision_tables[kind].decided; state.table(table) != database::no_table)
      derived(layout::library_tables[table].name, table, replay.decisions[kind]);
}

void check_operations(Reader::State &state, std::vector<std::string> &faults) {
  using layout::Key;
  MDB_txn *transaction = state.use();
  Faults fault(faults);
  uint64_t chunks = 0;
  database::Cursor cursor(transaction, state.table(layout::operations));
  database::Cursor items(transaction, state.table(layout::operation_items));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    Operation operation;
    if (!records::decode(cursor.value, operation) || layout::key_of(operation.id).view() != cursor.key) {
      fault("operations: a record is damaged");
      continue;
    }
    std::vector<PlacedItem> found;
    uint64_t count = 0;
    auto key = layout::key_of(operation.id);
    for (bool next = items.seek(key.view()); next && items.key.starts_with(key.view()); next = items.next()) {
      ++chunks;
      found.clear();
      if (layout::read_number<uint64_t>(items.key, 8) != count || !records::decode(items.value, found))
        fault("operation_items: those of operation " + std::to_string(operation.id) + " are damaged");
      count += found.size();
    }
    fault.count("operation_items", count, operation.items);
  }
  fault.count("operation_items", database::count(transaction, state.table(layout::operation_items)), chunks);
}

}  // namespace kalon
