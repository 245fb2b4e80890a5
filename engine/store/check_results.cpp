// What is computed: fingerprints, scores, filters; and sessions of ranking.

#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "base/text.h"
#include "store/check.h"
#include "store/database.h"
#include "store/faults.h"
#include "store/state.h"

namespace kalon {

void check_fingerprints(Reader::State &state, std::vector<std::string> &faults) {
  Faults fault(faults);
  Fingerprint fingerprint;
  database::Cursor cursor(state.use(), state.table(layout::fingerprints));
  for (bool more = cursor.first(); more; more = cursor.next())
    if (cursor.key.size() != sizeof(VectorKey) || !records::decode(cursor.value, fingerprint))
      fault("fingerprints: that of picture " + layout::read_hash(cursor.key).hex() + " is damaged");
}

void check_scores(Reader::State &state, std::vector<std::string> &faults) {
  MDB_txn *transaction = state.use();
  Faults fault(faults);
  struct Counted {
    std::string name;
    uint64_t stored = 0, found = 0;
  };
  std::map<uint32_t, Counted> columns;
  std::set<std::string> names;
  {
    database::Cursor cursor(transaction, state.table(layout::score_columns));
    for (bool more = cursor.first(); more; more = cursor.next()) {
      ScoreColumn column;
      if (!records::decode(cursor.value, column) || layout::Key().number(column.id).view() != cursor.key) {
        fault("score_columns: a record is damaged");
        continue;
      }
      if (column.id >= state.number(layout::next_score_column_key))
        fault("score_columns: " + display_text(column.name) + " has a number that was never given");
      if (!names.insert(ascii_lower(column.name)).second)
        fault("score_columns: there are two of the name " + display_text(column.name));
      columns[column.id] = {display_text(column.name), column.rows, 0};
    }
  }
  database::Cursor cursor(transaction, state.table(layout::scores));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    std::string picture = layout::read_hash(cursor.key, sizeof(uint32_t)).hex();
    auto column = columns.find(layout::read_number<uint32_t>(cursor.key));
    if (column == columns.end()) {
      fault("scores: that of picture " + picture + " belongs to no column");
      continue;
    }
    ++column->second.found;
    double value = 0;
    bool whole = cursor.key.size() == sizeof(uint32_t) + sizeof(Hash128) && cursor.value.size() == sizeof value;
    if (whole) std::memcpy(&value, cursor.value.data(), sizeof value);
    if (!whole || !std::isfinite(value))
      fault("scores: that of picture " + picture + " in " + column->second.name + " is damaged");
  }
  for (const auto &[id, column] : columns)
    fault.count(("scores of " + column.name).c_str(), column.found, column.stored);
}

void check_named_bytes(Reader::State &state, std::vector<std::string> &faults) {
  Faults fault(faults);
  records::StoredBytes named;
  for (auto table : {layout::filters, layout::sessions}) {
    database::Cursor cursor(state.use(), state.table(table));
    for (bool more = cursor.first(); more; more = cursor.next())
      if (!records::decode(cursor.value, named) || ascii_lower(named.name) != cursor.key)
        fault(std::string(layout::library_tables[table].name) + ": " + display_text(cursor.key) + " is damaged");
  }
}

}  // namespace kalon
