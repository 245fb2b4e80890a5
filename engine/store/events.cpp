// The event log, and what is derived from it.

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "store/database.h"
#include "store/random_hash.h"
#include "store/replay.h"
#include "store/state.h"

namespace kalon {
namespace {

using layout::key_of;

constexpr int64_t microseconds_of_a_day = int64_t{86400} * 1000000;

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

void refuse(const std::string &why) {
  throw Error(Status::invalid_argument, why);
}

// What an event says, without where it stands.
std::string said(const Event &event) {
  Event plain;
  plain.body = event.body;
  return records::encode(plain);
}

// The same, of what formats keep that do not hold all of an event: a vote's session, side and time to look may be lost.
std::string said_in_short(Event event) {
  if (auto *vote = std::get_if<Vote>(&event.body)) {
    vote->session.clear();
    vote->duration = 0;
    vote->placement_known = true;
  }
  return said(event);
}

struct Validator {
  void operator()(const Vote &vote) const {
    if (vote.pictures.size() < 2) refuse("a vote needs at least two pictures");
    auto pictures = vote.pictures;
    std::sort(pictures.begin(), pictures.end());
    if (std::adjacent_find(pictures.begin(), pictures.end()) != pictures.end())
      refuse("a vote cannot compare a picture with itself");
    if (vote.outcome < VoteOutcome::ranks || vote.outcome > VoteOutcome::skip) refuse("a vote has an unknown outcome");
    size_t ranks = vote.outcome == VoteOutcome::ranks ? vote.pictures.size() : 0;
    if (vote.ranks.size() != ranks) refuse("a vote needs one rank for each picture, or none with another outcome");
    if (std::find(vote.ranks.begin(), vote.ranks.end(), 0) != vote.ranks.end()) refuse("the best rank of a vote is 1");
    if (vote.duration < 0) refuse("a vote cannot have taken less than no time");
  }
  void operator()(const Rating &rating) const {
    if (rating.stars < 0 || rating.stars > 5) refuse("a rating has 0 to 5 stars");
  }
  void operator()(const Flag &flag) const {
    if (flag.value < FlagValue::reject || flag.value > FlagValue::pick) refuse("a flag is pick, none or reject");
  }
  void operator()(const Tag &tag) const {
    if (tag.tag.empty()) refuse("a tag needs a name");
  }
  void operator()(const NotDuplicates &apart) const {
    if (apart.pictures.size() < 2) refuse("at least two pictures can be told apart");
  }
  template <typename Other>
  void operator()(const Other &) const {}
};

// ---- indexes: which events an action has, where an id stands, which are undos, exclude or flag a picture, tell
// pictures apart

void index_event(Reader::State &state, const EventKey &key, const Event &event) {
  MDB_txn *transaction = state.use();
  database::insert(transaction, state.table(layout::actions), key_of(event.action).view(), key.view());
  database::put(transaction, state.table(layout::event_ids), key_of(event.id).view(), key.view());
  if (const auto *undo = std::get_if<Undo>(&event.body))
    database::put(transaction, state.table(layout::undos), key.view(), key_of(event.action).hash(undo->action).view());
  else if (const auto *exclude = std::get_if<Exclude>(&event.body))
    database::insert(transaction, state.table(layout::exclusions), key_of(exclude->picture).view(), key.view());
  else if (const auto *flag = std::get_if<Flag>(&event.body))
    database::insert(transaction, state.table(layout::flag_events), key_of(flag->picture).view(), key.view());
  else if (std::holds_alternative<NotDuplicates>(event.body))
    database::put(transaction, state.table(layout::not_duplicates), key.view(), key_of(event.action).view());
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

// The newest event of a picture that was not taken back, and its place. table: the index of the events of this kind.
template <class Body>
std::optional<std::pair<EventKey, Body>> decision(const Reader::State &state, layout::Table table,
                                                  const Hash128 &picture) {
  std::vector<EventKey> keys = keys_of(state, table, picture);
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    Event event = event_at(state, key->view());
    auto *body = std::get_if<Body>(&event.body);
    if (!body) damaged(state, layout::library_tables[table].name);
    if (!undone_later(state, *key, event.action)) return std::pair(*key, std::move(*body));
  }
  return std::nullopt;
}

// Decides a picture anew from its own events.
void derive_excluded(Reader::State &state, const Hash128 &picture) {
  auto exclude = decision<Exclude>(state, layout::exclusions, picture);
  if (exclude && exclude->second.excluded)
    database::put(state.use(), state.table(layout::excluded), key_of(picture).view(), exclude->first.view());
  else
    database::remove(state.use(), state.table(layout::excluded), key_of(picture).view());
}

void derive_flag(Reader::State &state, const Hash128 &picture) {
  auto flag = decision<Flag>(state, layout::flag_events, picture);
  if (flag)
    database::put(state.use(), state.table(layout::flags), key_of(picture).view(),
                  flag_record(flag->first, flag->second.value));
  else
    database::remove(state.use(), state.table(layout::flags), key_of(picture).view());
}

// Gives an event its time, writer and sequence: now, and behind all others. Where those are of a future that can only
// be a mistake of a clock, it stands right behind them.
void place_last(Reader::State &state, Event &event) {
  event.time = now_microseconds();
  event.writer = state.writer_id;
  event.sequence = state.sequence++;
  database::Cursor cursor(state.use(), state.table(layout::events));
  if (!cursor.last()) return;
  auto last = decoded(state, cursor.value);
  constexpr auto end_of_time = std::numeric_limits<int64_t>::max();
  if (last.time < end_of_time) {
    event.time = std::max(event.time, last.time + 1);
    return;
  }
  // An earlier version took in events of any time. Behind the last moment there is, writer and sequence tell the order.
  event.time = end_of_time;
  event.writer = last.writer;
  event.sequence = last.sequence + 1;
  if (event.sequence == 0 && ++event.writer == 0)
    throw Error(Status::limit_exceeded,
                "the last event is of the end of time, so nothing can follow it; restore a backup from before it was "
                "taken in",
                state.environment->folder());
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

// Takes the newest event, an undo, into the derived tables.
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
  std::set<Hash128> pictures, flagged;
  for (const Hash128 &action : changed)
    for (const EventKey &event : keys_of(state, layout::actions, action)) {
      Event stored = event_at(state, event.view());
      if (const auto *exclude = std::get_if<Exclude>(&stored.body)) pictures.insert(exclude->picture);
      if (const auto *flag = std::get_if<Flag>(&stored.body)) flagged.insert(flag->picture);
    }
  for (const Hash128 &picture : pictures) derive_excluded(state, picture);
  for (const Hash128 &picture : flagged) derive_flag(state, picture);
}

}  // namespace

void Reader::scan_events(const std::function<bool(const Event &)> &visit) const {
  database::Cursor cursor(state_->use(), state_->table(layout::events));
  for (bool more = cursor.first(); more; more = cursor.next())
    if (!visit(decoded(*state_, cursor.value))) return;
}

void Reader::scan_events(const EventKey &after, const std::function<bool(const Event &)> &visit) const {
  database::Cursor cursor(state_->use(), state_->table(layout::events));
  bool more = cursor.seek(after.view());
  if (more && cursor.key == after.view()) more = cursor.next();
  for (; more; more = cursor.next())
    if (!visit(decoded(*state_, cursor.value))) return;
}

void Reader::scan_events_back(const std::function<bool(const Event &)> &visit) const {
  database::Cursor cursor(state_->use(), state_->table(layout::events));
  for (bool more = cursor.last(); more; more = cursor.previous())
    if (!visit(decoded(*state_, cursor.value))) return;
}

std::optional<Event> Reader::event(const Hash128 &id) const {
  std::string_view key;
  if (!state_->get(layout::event_ids, key_of(id).view(), key)) return std::nullopt;
  return event_at(*state_, key);
}

uint64_t Reader::events_of_action(const Hash128 &action) const {
  return keys_of(*state_, layout::actions, action).size();
}

bool Reader::taken_back(const Event &event) const {
  return undone_later(*state_, EventKey::of(event), event.action);
}

uint64_t Reader::event_count() const {
  return database::count(state_->use(), state_->table(layout::events));
}

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

std::optional<DecidedFlag> Reader::flag(const Hash128 &picture) const {
  std::string_view record;
  if (!state_->get(layout::flags, key_of(picture).view(), record)) return std::nullopt;
  if (record.size() != sizeof(EventKey) + 1) damaged(*state_, "flags");
  return DecidedFlag{static_cast<FlagValue>(record.back()), EventKey::read(record).time()};
}

bool Reader::any_flags() const {
  return database::count(state_->use(), state_->table(layout::flags)) > 0;
}

std::vector<std::vector<Hash128>> Reader::not_duplicates() const {
  std::vector<std::vector<Hash128>> sets;
  database::Cursor cursor(state_->use(), state_->table(layout::not_duplicates));
  for (bool more = cursor.first(); more; more = cursor.next()) {
    if (undone_later(*state_, EventKey::read(cursor.key), layout::read_hash(cursor.value))) continue;
    Event event = event_at(*state_, cursor.key);
    auto *apart = std::get_if<NotDuplicates>(&event.body);
    if (!apart) damaged(*state_, "not_duplicates");
    sets.push_back(std::move(apart->pictures));
  }
  return sets;
}

Event Writer::append_event(Event event) {
  Reader::State &state = *state_;
  std::visit(Validator{}, event.body);
  const auto *undo = std::get_if<Undo>(&event.body);
  if (undo && keys_of(state, layout::actions, undo->action).empty())
    throw Error(Status::not_found, "there is no action " + undo->action.hex() + " to take back");

  if (event.id.none()) {
    event.id = random_hash();
  } else if (auto there = this->event(event.id)) {
    if (said(*there) == said(event)) return *there;
    refuse("another event has the id " + event.id.hex() + " already");
  }
  if (event.action.none()) event.action = random_hash();
  place_last(state, event);

  EventKey key = EventKey::of(event);
  database::append(state.use(), state.table(layout::events), key.view(), records::encode(event));
  index_event(state, key, event);
  if (undo)
    apply_undo(state, key, undo->action);
  else if (const auto *exclude = std::get_if<Exclude>(&event.body))
    derive_excluded(state, exclude->picture);
  else if (const auto *flag = std::get_if<Flag>(&event.body))
    derive_flag(state, flag->picture);
  return event;
}

uint64_t Writer::import_events(std::span<const Event> events) {
  Reader::State &state = *state_;
  uint64_t taken = 0;
  auto latest = now_microseconds() + microseconds_of_a_day;
  for (size_t i = 0; i < events.size(); ++i) {
    Event event = events[i];
    try {
      if (event.id.none() || event.action.none()) refuse("an event that comes from elsewhere needs its id and action");
      if (auto there = this->event(event.id)) {
        if (said_in_short(*there) != said_in_short(event))
          refuse("another event has the id " + event.id.hex() + " already");
        continue;
      }
      std::visit(Validator{}, event.body);
      if (event.time > latest)
        refuse("it is of " + format_utc(event.time) + ", more than a day ahead of this computer's clock");
      if (event.time < 0) refuse("it is of a time before 1970");
    } catch (const Error &error) {
      if (error.status() != Status::invalid_argument) throw;
      throw Error(error.status(), error.message(), "event " + std::to_string(i + 1));
    }
    // Two writers that were given one number by chance.
    while (
        !database::insert(state.use(), state.table(layout::events), EventKey::of(event).view(), records::encode(event)))
      ++event.sequence;
    database::put(state.use(), state.table(layout::event_ids), key_of(event.id).view(), EventKey::of(event).view());
    ++taken;
  }
  if (taken > 0) rebuild_derived();
  return taken;
}

void Writer::rebuild_derived() {
  Reader::State &state = *state_;
  MDB_txn *transaction = state.use();
  for (auto table : {layout::actions, layout::undos, layout::exclusions, layout::undone, layout::excluded,
                     layout::not_duplicates, layout::flag_events, layout::flags, layout::event_ids})
    database::clear(transaction, state.table(table));
  Replay replay;
  {
    database::Cursor cursor(transaction, state.table(layout::events));
    for (bool more = cursor.last(); more; more = cursor.previous()) {
      Event event = decoded(state, cursor.value);
      EventKey key = EventKey::read(cursor.key);
      replay.add(key, event);
      index_event(state, key, event);
    }
  }
  for (const auto &[action, undo] : replay.undone)
    database::put(transaction, state.table(layout::undone), key_of(action).view(), undo.view());
  for (const auto &[picture, event] : replay.excluded)
    database::put(transaction, state.table(layout::excluded), key_of(picture).view(), event.view());
  for (const auto &[picture, record] : replay.flags)
    database::put(transaction, state.table(layout::flags), key_of(picture).view(), record);
}

}  // namespace kalon
