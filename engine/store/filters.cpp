// Fitted filters: bytes under a name.

#include "base/clock.h"
#include "base/text.h"
#include "store/database.h"
#include "store/names.h"
#include "store/state.h"

namespace kalon {
namespace {

records::StoredFilter decoded(const Reader::State &state, std::string_view record) {
  records::StoredFilter filter;
  if (!records::decode(record, filter)) damaged(state, "filters");
  return filter;
}

}  // namespace

std::vector<std::string> Reader::filters() const {
  std::vector<std::string> names;
  database::Cursor cursor(state_->use(), state_->table(layout::filters));
  for (bool more = cursor.first(); more; more = cursor.next()) names.push_back(decoded(*state_, cursor.value).name);
  return names;
}

Bytes Reader::filter(std::string_view name) const {
  std::string_view record;
  std::string key = ascii_lower(name);
  if (key.empty() || key.size() > database::longest_key || !state_->get(layout::filters, key, record)) return {};
  return decoded(*state_, record).content;
}

void Writer::put_filter(std::string_view name, ByteView bytes) {
  require_name(name, "a filter");
  if (bytes.empty()) throw Error(Status::invalid_argument, "a filter has at least one byte", std::string(name));
  database::put(
      state_->use(), state_->table(layout::filters), ascii_lower(name),
      records::encode(records::StoredFilter{std::string(name), now_microseconds(), Bytes(bytes.begin(), bytes.end())}));
}

bool Writer::drop_filter(std::string_view name) {
  std::string key = ascii_lower(name);
  if (key.empty() || key.size() > database::longest_key) return false;
  return database::remove(state_->use(), state_->table(layout::filters), key);
}

}  // namespace kalon
