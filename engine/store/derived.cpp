#include "store/derived.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "store/database.h"

namespace kalon::derived {
namespace {

using layout::key_of;

const layout::DecisionTables &tables_of(DecisionKind kind) {
  return layout::decision_tables[static_cast<size_t>(kind)];
}

// Of the events of a picture in an index, the newest that was not taken back and holds what is wanted of it.
template <class Take>
auto newest(const Reader::State &state, layout::Table table, const Hash128 &picture, const Take &take)
    -> std::optional<std::pair<EventKey, typename decltype(take(Event()))::value_type>> {
  std::vector<EventKey> keys = keys_of(state, table, picture);
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    Event event = event_at(state, key->view());
    auto found = take(event);
    if (!found) damaged(state, layout::library_tables[table].name);
    if (!undone_later(state, *key, event.action)) return std::pair(*key, *std::move(found));
  }
  return std::nullopt;
}

void put_excluded(Reader::State &state, const EventKey &key, const Exclude &exclude) {
  if (exclude.excluded)
    database::put(state.use(), state.table(layout::excluded), key_of(exclude.picture).view(), key.view());
  else
    database::remove(state.use(), state.table(layout::excluded), key_of(exclude.picture).view());
}

void put_decision(Reader::State &state, const EventKey &key, const Decision &decision) {
  database::put(state.use(), state.table(tables_of(decision.kind).decided), key_of(decision.picture).view(),
                decision_record(key, decision));
}

// Each decides a picture anew from its own events.
void derive_excluded(Reader::State &state, const Hash128 &picture) {
  auto exclude = newest(state, layout::exclusions, picture, [](const Event &event) {
    const auto *found = std::get_if<Exclude>(&event.body);
    return found ? std::optional(*found) : std::nullopt;
  });
  if (exclude)
    put_excluded(state, exclude->first, exclude->second);
  else
    database::remove(state.use(), state.table(layout::excluded), key_of(picture).view());
}

void derive_decision(Reader::State &state, DecisionKind kind, const Hash128 &picture) {
  auto decision = newest(state, tables_of(kind).events, picture, decision_in);
  if (decision)
    put_decision(state, decision->first, decision->second);
  else
    database::remove(state.use(), state.table(tables_of(kind).decided), key_of(picture).view());
}

// All undos of the log, the newest first.
std::map<Hash128, EventKey> replay_undos(const Reader::State &state) {
  Replay replay;
  database::Cursor cursor(state.use(), state.table(layout::undos));
  for (bool more = cursor.last(); more; more = cursor.previous()) {
    Event event;
    event.action = layout::read_hash(cursor.value);
    event.body = Undo{layout::read_hash(cursor.value, 16)};
    replay.add(EventKey::read(cursor.key), event);
  }
  return std::move(replay.undone);
}

std::map<Hash128, EventKey> stored_undone(const Reader::State &state) {
  std::map<Hash128, EventKey> undone;
  database::Cursor cursor(state.use(), state.table(layout::undone));
  for (bool more = cursor.first(); more; more = cursor.next())
    undone.emplace(layout::read_hash(cursor.key), EventKey::read(cursor.value));
  return undone;
}

void apply_undo(Reader::State &state, const EventKey &key, const Hash128 &target) {
  MDB_txn *transaction = state.use();
  std::vector<EventKey> events = keys_of(state, layout::actions, target);
  bool undoes_undo = std::any_of(events.begin(), events.end(), [&](const EventKey &event) {
    std::string_view ignored;
    return state.get(layout::undos, event.view(), ignored);
  });
  std::set<Hash128> changed{target};
  if (!undoes_undo) {
    database::put(transaction, state.table(layout::undone), key_of(target).view(), key.view());
  } else {
    std::map<Hash128, EventKey> before = stored_undone(state), after = replay_undos(state);
    for (const auto &[action, undo] : before)
      if (!after.contains(action)) {
        database::remove(transaction, state.table(layout::undone), key_of(action).view());
        changed.insert(action);
      }
    for (const auto &[action, undo] : after) {
      auto same = before.find(action);
      if (same != before.end() && same->second == undo) continue;
      database::put(transaction, state.table(layout::undone), key_of(action).view(), undo.view());
      changed.insert(action);
    }
  }
  std::set<Hash128> pictures;
  std::set<std::pair<DecisionKind, Hash128>> decided;
  for (const Hash128 &action : changed)
    for (const EventKey &event : keys_of(state, layout::actions, action)) {
      Event stored = event_at(state, event.view());
      if (const auto *exclude = std::get_if<Exclude>(&stored.body)) pictures.insert(exclude->picture);
      if (auto decision = decision_in(stored)) decided.emplace(decision->kind, decision->picture);
    }
  for (const Hash128 &picture : pictures) derive_excluded(state, picture);
  for (const auto &[kind, picture] : decided) derive_decision(state, kind, picture);
}

void index_place(Reader::State &state, const EventKey &key, const Event &event) {
  database::insert(state.use(), state.table(layout::actions), key_of(event.action).view(), key.view());
  database::put(state.use(), state.table(layout::event_ids), key_of(event.id).view(), key.view());
}

void index_body(Reader::State &state, const EventKey &key, const Event &event) {
  MDB_txn *transaction = state.use();
  if (const auto *undo = std::get_if<Undo>(&event.body))
    database::put(transaction, state.table(layout::undos), key.view(), key_of(event.action).hash(undo->action).view());
  else if (const auto *exclude = std::get_if<Exclude>(&event.body))
    database::insert(transaction, state.table(layout::exclusions), key_of(exclude->picture).view(), key.view());
  else if (std::holds_alternative<NotDuplicates>(event.body))
    database::put(transaction, state.table(layout::not_duplicates), key.view(), key_of(event.action).view());
  else if (auto decision = decision_in(event))
    database::insert(transaction, state.table(tables_of(decision->kind).events), key_of(decision->picture).view(),
                     key.view());
}

}  // namespace

Event decoded(const Reader::State &state, std::string_view record) {
  Event event;
  if (!records::decode(record, event)) damaged(state, "events");
  return event;
}

Event event_at(const Reader::State &state, std::string_view key) {
  std::string_view record;
  if (!state.get(layout::events, key, record)) damaged(state, "events");
  return decoded(state, record);
}

std::vector<EventKey> keys_of(const Reader::State &state, layout::Table table, const Hash128 &hash) {
  std::vector<EventKey> keys;
  database::Cursor cursor(state.use(), state.table(table));
  auto key = key_of(hash);
  for (bool more = cursor.exact(key.view()); more; more = cursor.next_value())
    keys.push_back(EventKey::read(cursor.value));
  return keys;
}

bool undone_later(const Reader::State &state, const EventKey &key, const Hash128 &action) {
  std::string_view undo;
  return state.get(layout::undone, key_of(action).view(), undo) && key.view() < undo;
}

void index_event(Reader::State &state, const EventKey &key, const Event &event) {
  index_place(state, key, event);
  index_body(state, key, event);
}

void apply_newest(Reader::State &state, const EventKey &key, const Event &event) {
  if (const auto *undo = std::get_if<Undo>(&event.body))
    apply_undo(state, key, undo->action);
  else if (const auto *exclude = std::get_if<Exclude>(&event.body))
    put_excluded(state, key, *exclude);
  else if (auto decision = decision_in(event))
    put_decision(state, key, *decision);
}

void take_in_newest(Reader::State &state, std::span<const Placed> events) {
  for (const auto &placed : events) index_place(state, placed.key, placed.event);
  // In order of pictures, so that neighbours in a table are written one after the other.
  std::vector<std::pair<Hash128, const Placed *>> order;
  order.reserve(events.size());
  for (const auto &placed : events) {
    Hash128 picture;
    if (const auto *exclude = std::get_if<Exclude>(&placed.event.body))
      picture = exclude->picture;
    else if (auto decision = decision_in(placed.event))
      picture = decision->picture;
    order.emplace_back(picture, &placed);
  }
  std::sort(order.begin(), order.end());
  for (const auto &[picture, placed] : order) index_body(state, placed->key, placed->event);
  for (const auto &[picture, placed] : order) apply_newest(state, placed->key, placed->event);
}

}  // namespace kalon::derived

namespace kalon {

void Writer::rebuild_derived() {
  Reader::State &state = *state_;
  MDB_txn *transaction = state.use();
  for (auto table : {layout::actions, layout::undos, layout::exclusions, layout::undone, layout::excluded,
                     layout::not_duplicates, layout::event_ids})
    database::clear(transaction, state.table(table));
  for (const auto &[events, decided] : layout::decision_tables) {
    database::clear(transaction, state.table(events));
    database::clear(transaction, state.table(decided));
  }
  Replay replay;
  {
    database::Cursor cursor(transaction, state.table(layout::events));
    for (bool more = cursor.last(); more; more = cursor.previous()) {
      Event event = derived::decoded(state, cursor.value);
      EventKey key = EventKey::read(cursor.key);
      replay.add(key, event);
      derived::index_event(state, key, event);
    }
  }
  using layout::key_of;
  for (const auto &[action, undo] : replay.undone)
    database::put(transaction, state.table(layout::undone), key_of(action).view(), undo.view());
  for (const auto &[picture, event] : replay.excluded)
    database::put(transaction, state.table(layout::excluded), key_of(picture).view(), event.view());
  for (size_t kind = 0; kind < replay.decisions.size(); ++kind)
    for (const auto &[picture, record] : replay.decisions[kind])
      database::put(transaction, state.table(layout::decision_tables[kind].decided), key_of(picture).view(), record);
}

}  // namespace kalon
