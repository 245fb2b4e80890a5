// The event log: appending, taking in, reading.

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "store/database.h"
#include "store/derived.h"
#include "store/random_hash.h"
#include "store/replay.h"
#include "store/state.h"

namespace kalon {
namespace {

using derived::decoded;
using derived::event_at;
using derived::undone_later;
using layout::key_of;

constexpr int64_t microseconds_of_a_day = int64_t{86400} * 1000000;

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

void store_event(Reader::State &state, const EventKey &key, const Event &event) {
  database::append(state.use(), state.table(layout::events), key.view(), records::encode(event));
}

// The id after another. Those of one action follow one another, so that the table of ids grows in one place.
Hash128 id_after(Hash128 id) {
  for (size_t i = id.bytes.size(); i-- > 0 && ++id.bytes[i] == 0;) {
  }
  return id;
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

std::optional<EventKey> Reader::last_event() const {
  database::Cursor cursor(state_->use(), state_->table(layout::events));
  return cursor.last() ? std::optional(EventKey::read(cursor.key)) : std::nullopt;
}

bool Reader::has_event(const EventKey &key) const {
  std::string_view ignored;
  return state_->get(layout::events, key.view(), ignored);
}

bool Reader::taken_back(const Event &event) const {
  return undone_later(*state_, EventKey::of(event), event.action);
}

uint64_t Reader::event_count() const {
  return database::count(state_->use(), state_->table(layout::events));
}

Event Writer::append_event(Event event) {
  Reader::State &state = *state_;
  std::visit(Validator{}, event.body);
  const auto *undo = std::get_if<Undo>(&event.body);
  if (undo && events_of_action(undo->action) == 0)
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
  store_event(state, key, event);
  derived::index_event(state, key, event);
  derived::apply_newest(state, key, event);
  return event;
}

Hash128 Writer::append_action(std::vector<EventBody> bodies) {
  Reader::State &state = *state_;
  if (bodies.empty()) refuse("an action needs an event");
  for (const auto &body : bodies) {
    std::visit(Validator{}, body);
    if (std::holds_alternative<Undo>(body)) refuse("an undo is an action of its own");
  }
  std::vector<derived::Placed> placed;
  placed.reserve(bodies.size());
  Hash128 action = random_hash(), id = random_hash();
  for (auto &body : bodies) {
    Event event;
    event.action = action;
    event.id = id;
    id = id_after(id);
    event.body = std::move(body);
    const auto *before = placed.empty() ? nullptr : &placed.back().event;
    if (before && before->time < std::numeric_limits<int64_t>::max()) {
      event.time = before->time + 1;
      event.writer = state.writer_id;
      event.sequence = state.sequence++;
    } else {
      place_last(state, event);
    }
    auto key = EventKey::of(event);
    store_event(state, key, event);
    placed.push_back({key, std::move(event)});
  }
  derived::take_in_newest(state, placed);
  return action;
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

}  // namespace kalon
