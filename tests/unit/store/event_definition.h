#pragma once
// Events for tests of the log, and what they mean by definition, applied to every pair of them: an event counts unless
// a later undo of its action counts.

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "unit/store/support.h"

#include <catch2/catch.hpp>

namespace kalon::test {

inline std::vector<Event> log_of(const Reader &reader) {
  std::vector<Event> events;
  reader.scan_events([&](const Event &event) {
    events.push_back(event);
    return true;
  });
  return events;
}

inline bool counts(const std::vector<Event> &events, size_t index, std::vector<int> &known) {
  if (known[index] >= 0) return known[index] == 1;
  bool result = true;
  for (size_t later = index + 1; later < events.size() && result; ++later) {
    const auto *undo = std::get_if<Undo>(&events[later].body);
    if (undo && undo->action == events[index].action && counts(events, later, known)) result = false;
  }
  known[index] = result;
  return result;
}

inline bool excluded_by_definition(const std::vector<Event> &events, const Hash128 &picture) {
  std::vector<int> known(events.size(), -1);
  bool excluded = false;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto *exclude = std::get_if<Exclude>(&events[i].body);
    if (exclude && exclude->picture == picture && counts(events, i, known)) excluded = exclude->excluded;
  }
  return excluded;
}

// value: the member of a decision that holds what was decided.
template <class Body, class Value>
inline std::optional<Value> decided_by_definition(const std::vector<Event> &events, const Hash128 &picture,
                                                  Value Body::*value) {
  std::vector<int> known(events.size(), -1);
  std::optional<Value> decided;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto *body = std::get_if<Body>(&events[i].body);
    if (body && body->picture == picture && counts(events, i, known)) decided = body->*value;
  }
  return decided;
}

inline std::optional<FlagValue> flag_by_definition(const std::vector<Event> &events, const Hash128 &picture) {
  return decided_by_definition(events, picture, &Flag::value);
}

template <class Value>
inline std::optional<Value> value_of(const std::optional<Decided<Value>> &decided) {
  return decided ? std::optional(decided->value) : std::nullopt;
}

inline void check_decisions(const Reader &reader, const std::vector<Event> &events, const Hash128 &picture) {
  REQUIRE(reader.excluded(picture) == excluded_by_definition(events, picture));
  REQUIRE(value_of(reader.flag(picture)) == flag_by_definition(events, picture));
  REQUIRE(value_of(reader.rating(picture)) == decided_by_definition(events, picture, &Rating::stars));
  REQUIRE(value_of(reader.label(picture)) == decided_by_definition(events, picture, &Label::label));
}

// The actions by their newest events, the newest first, with how many events each has and whether it counts no more.
inline std::vector<std::tuple<Hash128, uint64_t, bool>> actions_by_definition(const std::vector<Event> &events) {
  std::vector<int> known(events.size(), -1);
  std::vector<std::tuple<Hash128, uint64_t, bool>> actions;
  for (size_t i = events.size(); i-- > 0;) {
    auto same = [&](const auto &action) { return std::get<0>(action) == events[i].action; };
    auto found = std::find_if(actions.begin(), actions.end(), same);
    if (found == actions.end())
      actions.emplace_back(events[i].action, 1, !counts(events, i, known));
    else
      ++std::get<1>(*found);
  }
  return actions;
}

inline std::vector<std::tuple<Hash128, uint64_t, bool>> actions_of(
    const Reader &reader, const std::optional<EventKey> &before = std::nullopt) {
  std::vector<std::tuple<Hash128, uint64_t, bool>> actions;
  reader.scan_actions_back(before, [&](const Action &action) {
    actions.emplace_back(action.id, action.events, action.taken_back);
    return true;
  });
  return actions;
}

inline std::optional<FlagValue> flag_of(const Reader &reader, const Hash128 &picture) {
  return value_of(reader.flag(picture));
}

using Sets = std::vector<std::vector<Hash128>>;

inline Sets apart_by_definition(const std::vector<Event> &events) {
  std::vector<int> known(events.size(), -1);
  Sets sets;
  for (size_t i = 0; i < events.size(); ++i)
    if (const auto *apart = std::get_if<NotDuplicates>(&events[i].body); apart && counts(events, i, known))
      sets.push_back(apart->pictures);
  return sets;
}

template <typename Body>
inline Body round_trip(const Body &body) {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  Event event;
  event.body = body;
  Event stored = writer.append_event(event);
  writer.commit();
  Reader reader = library->read();
  auto events = log_of(reader);
  REQUIRE(events.size() == 1);
  CHECK(events[0].id == stored.id);
  CHECK(events[0].action == stored.action);
  CHECK(events[0].time == stored.time);
  CHECK(events[0].writer == stored.writer);
  CHECK(events[0].sequence == stored.sequence);
  REQUIRE(std::holds_alternative<Body>(events[0].body));
  return std::get<Body>(events[0].body);
}

inline Event exclude(uint64_t picture, bool excluded, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = Exclude{hash(picture), "", excluded};
  return event;
}

inline Event not_duplicates(const std::vector<Hash128> &pictures, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = NotDuplicates{pictures};
  return event;
}

inline Event flag(uint64_t picture, FlagValue value, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = Flag{hash(picture), value};
  return event;
}

inline Event decision(EventBody body, const Hash128 &action) {
  Event event;
  event.action = action;
  event.body = std::move(body);
  return event;
}

// Decisions of every kind at once, some of them on the same pictures.
inline std::vector<EventBody> several(std::mt19937 &random, uint64_t pictures) {
  std::vector<EventBody> bodies;
  for (size_t i = 0; i < 5; ++i) {
    auto picture = hash(random() % pictures);
    bodies.emplace_back(Flag{picture, static_cast<FlagValue>(static_cast<int>(random() % 3) - 1)});
    bodies.emplace_back(Rating{hash(random() % pictures), static_cast<int8_t>(random() % 6)});
    bodies.emplace_back(Label{picture, std::to_string(random() % 3)});
    bodies.emplace_back(Exclude{hash(random() % pictures), "", random() % 2 == 0});
  }
  return bodies;
}

inline Event undo(const Hash128 &target, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = Undo{target};
  return event;
}

inline Vote vote_over(uint64_t left, uint64_t right) {
  Vote vote;
  vote.pictures = {hash(left), hash(right)};
  vote.ranks = {1, 2};
  vote.annotator = "ann";
  vote.session = "spring";
  return vote;
}

}  // namespace kalon::test
