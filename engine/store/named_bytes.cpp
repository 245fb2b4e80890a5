// Bytes under a name, whose form is another room's own: fitted filters and sessions of ranking.

#include "base/clock.h"
#include "base/text.h"
#include "store/database.h"
#include "store/names.h"
#include "store/state.h"

namespace kalon {
namespace {

records::StoredBytes decoded(const Reader::State &state, layout::Table table, std::string_view record) {
  records::StoredBytes named;
  if (!records::decode(record, named)) damaged(state, layout::library_tables[table].name);
  return named;
}

std::vector<std::string> names(const Reader::State &state, layout::Table table) {
  std::vector<std::string> all;
  database::Cursor cursor(state.use(), state.table(table));
  for (bool more = cursor.first(); more; more = cursor.next()) all.push_back(decoded(state, table, cursor.value).name);
  return all;
}

Bytes content(const Reader::State &state, layout::Table table, std::string_view name) {
  std::string_view record;
  std::string key = ascii_lower(name);
  if (key.empty() || key.size() > database::longest_key || !state.get(table, key, record)) return {};
  return decoded(state, table, record).content;
}

// what: "a filter".
void put(const Reader::State &state, layout::Table table, std::string_view name, ByteView bytes, const char *what) {
  require_name(name, what);
  if (bytes.empty())
    throw Error(Status::invalid_argument, std::string(what) + " has at least one byte", std::string(name));
  database::put(
      state.use(), state.table(table), ascii_lower(name),
      records::encode(records::StoredBytes{std::string(name), now_microseconds(), Bytes(bytes.begin(), bytes.end())}));
}

bool drop(const Reader::State &state, layout::Table table, std::string_view name) {
  std::string key = ascii_lower(name);
  if (key.empty() || key.size() > database::longest_key) return false;
  return database::remove(state.use(), state.table(table), key);
}

}  // namespace

std::vector<std::string> Reader::filters() const {
  return names(*state_, layout::filters);
}
Bytes Reader::filter(std::string_view name) const {
  return content(*state_, layout::filters, name);
}
void Writer::put_filter(std::string_view name, ByteView bytes) {
  put(*state_, layout::filters, name, bytes, "a filter");
}
bool Writer::drop_filter(std::string_view name) {
  return drop(*state_, layout::filters, name);
}

std::vector<std::string> Reader::sessions() const {
  return names(*state_, layout::sessions);
}
Bytes Reader::session(std::string_view name) const {
  return content(*state_, layout::sessions, name);
}
void Writer::put_session(std::string_view name, ByteView bytes) {
  put(*state_, layout::sessions, name, bytes, "a session");
}
bool Writer::drop_session(std::string_view name) {
  return drop(*state_, layout::sessions, name);
}

}  // namespace kalon
