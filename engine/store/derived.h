#pragma once
// What is derived from the event log: kept up to date event by event, and as a whole by Writer::rebuild_derived().

#include <span>
#include <string_view>
#include <vector>

#include "store/replay.h"
#include "store/state.h"

namespace kalon::derived {

// Throw corrupt_data where a record is damaged or missing.
Event decoded(const Reader::State &state, std::string_view record);
Event event_at(const Reader::State &state, std::string_view key);

std::vector<EventKey> keys_of(const Reader::State &state, layout::Table table, const Hash128 &hash);  // ascending
// Whether an undo that counts, and comes after this place, names the action.
bool undone_later(const Reader::State &state, const EventKey &key, const Hash128 &action);

// Which events an action has, where an id stands, which are undos, exclude or decide of a picture, tell pictures apart.
void index_event(Reader::State &state, const EventKey &key, const Event &event);

// Takes in an event that was just appended behind all others, and indexed.
void apply_newest(Reader::State &state, const EventKey &key, const Event &event);

// index_event() and apply_newest() of many at once, all of one action, in order. No undos.
struct Placed {
  EventKey key;
  Event event;
};
void take_in_newest(Reader::State &state, std::span<const Placed> events);

}  // namespace kalon::derived
