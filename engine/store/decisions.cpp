// What people decided, as it is derived from the events.

#include <algorithm>

#include "store/database.h"
#include "store/derived.h"

namespace kalon {
namespace {

using layout::key_of;

// What was decided last of a picture, as decision_record() keeps it.
std::optional<Decided<std::string_view>> decided(const Reader::State &state, DecisionKind kind,
                                                 const Hash128 &picture) {
  auto table = layout::decision_tables[static_cast<size_t>(kind)].decided;
  std::string_view record;
  if (!state.get(table, key_of(picture).view(), record)) return std::nullopt;
  bool one_byte = kind != DecisionKind::label;
  if (record.size() < sizeof(EventKey) || (one_byte && record.size() != sizeof(EventKey) + 1))
    damaged(state, layout::library_tables[table].name);
  return Decided<std::string_view>{record.substr(sizeof(EventKey)), EventKey::read(record).time()};
}

}  // namespace

bool Reader::excluded(const Hash128 &picture) const {
  std::string_view ignored;
  return state_->get(layout::excluded, key_of(picture).view(), ignored);
}

std::vector<Hash128> Reader::excluded_pictures() const {
  std::vector<Hash128> pictures;
  database::Cursor cursor(state_->use(), state_->table(layout::excluded));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    Hash128 &picture = pictures.emplace_back();
    std::copy_n(cursor.key.begin(), std::min(cursor.key.size(), picture.bytes.size()), picture.bytes.begin());
  }
  return pictures;
}

std::optional<Decided<FlagValue>> Reader::flag(const Hash128 &picture) const {
  auto found = decided(*state_, DecisionKind::flag, picture);
  if (!found) return std::nullopt;
  return Decided<FlagValue>{static_cast<FlagValue>(found->value.front()), found->time};
}

std::optional<Decided<int8_t>> Reader::rating(const Hash128 &picture) const {
  auto found = decided(*state_, DecisionKind::rating, picture);
  if (!found) return std::nullopt;
  return Decided<int8_t>{static_cast<int8_t>(found->value.front()), found->time};
}

std::optional<Decided<std::string>> Reader::label(const Hash128 &picture) const {
  auto found = decided(*state_, DecisionKind::label, picture);
  if (!found) return std::nullopt;
  return Decided<std::string>{std::string(found->value), found->time};
}

bool Reader::any_decisions(DecisionKind kind) const {
  auto table = layout::decision_tables[static_cast<size_t>(kind)].decided;
  return database::count(state_->use(), state_->table(table)) > 0;
}

std::vector<std::vector<Hash128>> Reader::not_duplicates() const {
  std::vector<std::vector<Hash128>> sets;
  database::Cursor cursor(state_->use(), state_->table(layout::not_duplicates));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    if (derived::undone_later(*state_, EventKey::read(cursor.key), layout::read_hash(cursor.value))) continue;
    Event event = derived::event_at(*state_, cursor.key);
    auto *apart = std::get_if<NotDuplicates>(&event.body);
    if (!apart) damaged(*state_, "not_duplicates");
    sets.push_back(std::move(apart->pictures));
  }
  return sets;
}

}  // namespace kalon
