// The event log. The oracle is the definition itself, applied to every pair of events: an event counts unless a later
// undo of its action counts.
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <tuple>

#include "base/clock.h"
#include "store/replay.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

std::vector<Event> log_of(const Reader &reader) {
  std::vector<Event> events;
  reader.scan_events([&](const Event &event) {
    events.push_back(event);
    return true;
  });
  return events;
}

bool counts(const std::vector<Event> &events, size_t index, std::vector<int> &known) {
  if (known[index] >= 0) return known[index] == 1;
  bool result = true;
  for (size_t later = index + 1; later < events.size() && result; ++later) {
    const auto *undo = std::get_if<Undo>(&events[later].body);
    if (undo && undo->action == events[index].action && counts(events, later, known)) result = false;
  }
  known[index] = result;
  return result;
}

bool excluded_by_definition(const std::vector<Event> &events, const Hash128 &picture) {
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
std::optional<Value> decided_by_definition(const std::vector<Event> &events, const Hash128 &picture,
                                           Value Body::*value) {
  std::vector<int> known(events.size(), -1);
  std::optional<Value> decided;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto *body = std::get_if<Body>(&events[i].body);
    if (body && body->picture == picture && counts(events, i, known)) decided = body->*value;
  }
  return decided;
}

std::optional<FlagValue> flag_by_definition(const std::vector<Event> &events, const Hash128 &picture) {
  return decided_by_definition(events, picture, &Flag::value);
}

template <class Value>
std::optional<Value> value_of(const std::optional<Decided<Value>> &decided) {
  return decided ? std::optional(decided->value) : std::nullopt;
}

void check_decisions(const Reader &reader, const std::vector<Event> &events, const Hash128 &picture) {
  REQUIRE(reader.excluded(picture) == excluded_by_definition(events, picture));
  REQUIRE(value_of(reader.flag(picture)) == flag_by_definition(events, picture));
  REQUIRE(value_of(reader.rating(picture)) == decided_by_definition(events, picture, &Rating::stars));
  REQUIRE(value_of(reader.label(picture)) == decided_by_definition(events, picture, &Label::label));
}

// The actions by their newest events, the newest first, with how many events each has and whether it counts no more.
std::vector<std::tuple<Hash128, uint64_t, bool>> actions_by_definition(const std::vector<Event> &events) {
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

std::vector<std::tuple<Hash128, uint64_t, bool>> actions_of(const Reader &reader,
                                                            const std::optional<EventKey> &before = std::nullopt) {
  std::vector<std::tuple<Hash128, uint64_t, bool>> actions;
  reader.scan_actions_back(before, [&](const Action &action) {
    actions.emplace_back(action.id, action.events, action.taken_back);
    return true;
  });
  return actions;
}

std::optional<FlagValue> flag_of(const Reader &reader, const Hash128 &picture) {
  return value_of(reader.flag(picture));
}

using Sets = std::vector<std::vector<Hash128>>;

Sets apart_by_definition(const std::vector<Event> &events) {
  std::vector<int> known(events.size(), -1);
  Sets sets;
  for (size_t i = 0; i < events.size(); ++i)
    if (const auto *apart = std::get_if<NotDuplicates>(&events[i].body); apart && counts(events, i, known))
      sets.push_back(apart->pictures);
  return sets;
}

template <typename Body>
Body round_trip(const Body &body) {
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

Event exclude(uint64_t picture, bool excluded, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = Exclude{hash(picture), "", excluded};
  return event;
}

Event not_duplicates(const std::vector<Hash128> &pictures, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = NotDuplicates{pictures};
  return event;
}

Event flag(uint64_t picture, FlagValue value, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = Flag{hash(picture), value};
  return event;
}

Event decision(EventBody body, const Hash128 &action) {
  Event event;
  event.action = action;
  event.body = std::move(body);
  return event;
}

// Decisions of every kind at once, some of them on the same pictures.
std::vector<EventBody> several(std::mt19937 &random, uint64_t pictures) {
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

Event undo(const Hash128 &target, const Hash128 &action = {}) {
  Event event;
  event.action = action;
  event.body = Undo{target};
  return event;
}

}  // namespace

TEST_CASE("every kind of event comes back as it was", "[store]") {
  Vote vote = round_trip(Vote{{hash(1), hash(2), hash(3)}, {1, 2, 2}, VoteOutcome::ranks, false, "a", "sharpness", 77});
  CHECK(vote.pictures == std::vector{hash(1), hash(2), hash(3)});
  CHECK(vote.ranks == std::vector<uint16_t>{1, 2, 2});
  CHECK(vote.outcome == VoteOutcome::ranks);
  CHECK_FALSE(vote.placement_known);
  CHECK(vote.annotator == "a");
  CHECK(vote.criterion == "sharpness");
  CHECK(vote.duration == 77);
  CHECK(round_trip(Vote{{hash(1), hash(2)}, {}, VoteOutcome::both_bad, true, "", "", 0}).outcome ==
        VoteOutcome::both_bad);
  CHECK(round_trip(Rating{hash(1), 5}).stars == 5);
  CHECK(round_trip(Flag{hash(1), FlagValue::reject}).value == FlagValue::reject);
  CHECK(round_trip(Label{hash(1), "r\xc3\xb6t"}).label == "r\xc3\xb6t");
  Tag tag = round_trip(Tag{hash(1), "sea", false});
  CHECK(tag.tag == "sea");
  CHECK_FALSE(tag.added);
  Exclude out = round_trip(Exclude{hash(9), "blurred", true});
  CHECK(out.picture == hash(9));
  CHECK(out.reason == "blurred");
  CHECK(out.excluded);
  Succeeds succeeds = round_trip(Succeeds{hash(2), hash(1), "/p/\xff"});
  CHECK(succeeds.picture == hash(2));
  CHECK(succeeds.predecessor == hash(1));
  CHECK(succeeds.path == "/p/\xff");
  CHECK(round_trip(NotDuplicates{{hash(1), hash(2)}}).pictures.size() == 2);
}

TEST_CASE("what makes no sense is refused and stores nothing", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  auto refused = [&](auto body) {
    Event event;
    event.body = body;
    return status_of([&] { writer.append_event(event); });
  };
  CHECK(refused(Rating{hash(1), 6}) == Status::invalid_argument);
  CHECK(refused(Rating{hash(1), -1}) == Status::invalid_argument);
  CHECK(refused(Vote{{hash(1)}, {1}, VoteOutcome::ranks, true, "", "", 0}) == Status::invalid_argument);
  CHECK(refused(Vote{{hash(1), hash(2)}, {1}, VoteOutcome::ranks, true, "", "", 0}) == Status::invalid_argument);
  CHECK(refused(Vote{{hash(1), hash(2)}, {1, 0}, VoteOutcome::ranks, true, "", "", 0}) == Status::invalid_argument);
  CHECK(refused(Vote{{hash(1), hash(2)}, {1, 2}, VoteOutcome::tie, true, "", "", 0}) == Status::invalid_argument);
  CHECK(refused(Flag{hash(1), static_cast<FlagValue>(3)}) == Status::invalid_argument);
  CHECK(refused(Tag{hash(1), "", true}) == Status::invalid_argument);
  CHECK(refused(NotDuplicates{{hash(1)}}) == Status::invalid_argument);
  CHECK(refused(Undo{hash(1)}) == Status::not_found);
  CHECK(writer.event_count() == 0);
}

TEST_CASE("time never goes back, whatever the clock does", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  int64_t clock = 1000;
  replace_clock([&] { return clock; });
  {
    Writer writer = library->write();
    CHECK(writer.append_event(exclude(1, true)).time == 1000);
    CHECK(writer.append_event(exclude(2, true)).time == 1001);
    clock = 5;
    CHECK(writer.append_event(exclude(3, true)).time == 1002);
    writer.commit();
  }
  {
    Writer writer = library->write();
    clock = -7;
    Event a = writer.append_event(exclude(4, true)), b = writer.append_event(exclude(5, true));
    CHECK(a.time == 1003);
    CHECK(a.id != b.id);
    CHECK(a.action != b.action);
    CHECK(a.writer == b.writer);
    writer.commit();
  }
  replace_clock({});
  Reader reader = library->read();
  auto events = log_of(reader);
  CHECK(events.size() == 5);
  for (size_t i = 1; i < events.size(); ++i) CHECK(events[i - 1].time < events[i].time);
}

TEST_CASE("an undo takes a whole action back, and can be taken back itself", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  Hash128 press = hash_of("press");
  writer.append_event(exclude(1, true, press));
  writer.append_event(exclude(2, true, press));
  CHECK(writer.excluded(hash(1)));
  Event first = writer.append_event(undo(press));
  CHECK_FALSE(writer.excluded(hash(1)));
  CHECK_FALSE(writer.excluded(hash(2)));
  Event redo = writer.append_event(undo(first.action));
  CHECK(writer.excluded(hash(1)));
  writer.append_event(undo(redo.action));
  CHECK_FALSE(writer.excluded(hash(2)));
  writer.append_event(exclude(1, true, press));  // the same action again, after its undo
  CHECK(writer.excluded(hash(1)));
  CHECK_FALSE(writer.excluded(hash(2)));
  writer.append_event(exclude(1, false));
  CHECK_FALSE(writer.excluded(hash(1)));
  writer.commit();
  CHECK(library->check().empty());
}

TEST_CASE("what is derived step by step is what the definition and a rebuild say", "[store]") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    TemporaryFolder folder;
    auto library = Library::open(folder / "library");
    std::mt19937 random(seed);
    std::vector<Hash128> actions;
    Writer writer = library->write();
    constexpr uint64_t pictures = 6;
    for (int step = 0; step < 120; ++step) {
      bool new_action = actions.empty() || random() % 3 != 0;
      Hash128 action = new_action ? hash_of("action " + std::to_string(step)) : actions[random() % actions.size()];
      // Mostly recent actions, so that undos of undos of undos happen.
      size_t recent = actions.empty() ? 0 : actions.size() - 1 - random() % std::min<size_t>(actions.size(), 5);
      if (!actions.empty() && random() % 2 == 0)
        writer.append_event(undo(actions[recent], action));
      else if (step % 4 == 0)
        writer.append_event(not_duplicates({hash(random() % pictures), hash(pictures + step)}, action));
      else if (step % 8 == 1)
        writer.append_event(
            flag(random() % pictures, static_cast<FlagValue>(static_cast<int>(random() % 3) - 1), action));
      else if (step % 8 == 2)
        writer.append_event(decision(Rating{hash(random() % pictures), static_cast<int8_t>(random() % 6)}, action));
      else if (step % 8 == 3)
        writer.append_event(
            decision(Label{hash(random() % pictures), random() % 3 ? std::string(random() % 3, 'x') : ""}, action));
      else if (step % 8 == 5)
        actions.push_back(writer.append_action(several(random, pictures)));
      else
        writer.append_event(exclude(random() % pictures, random() % 3 != 0, action));
      if (new_action && writer.events_of_action(action) > 0) actions.push_back(action);
      auto events = log_of(writer);
      for (uint64_t picture = 0; picture < pictures; ++picture) check_decisions(writer, events, hash(picture));
      REQUIRE(actions_of(writer) == actions_by_definition(events));
      REQUIRE(writer.not_duplicates() == apart_by_definition(events));
    }
    writer.commit();
    REQUIRE(library->check().empty());  // compares the derived tables with a replay
    Writer again = library->write();
    auto events = log_of(again);
    again.rebuild_derived();
    for (uint64_t picture = 0; picture < pictures; ++picture) check_decisions(again, events, hash(picture));
    REQUIRE(again.not_duplicates() == apart_by_definition(events));
    again.commit();
    REQUIRE(library->check().empty());
  }
}

TEST_CASE("the latest flag counts, and an undo of its action gives the one before", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  CHECK_FALSE(writer.any_decisions(DecisionKind::flag));
  Hash128 press = hash_of("press");
  Event first = writer.append_event(flag(1, FlagValue::pick, press));
  writer.append_event(flag(2, FlagValue::pick, press));
  Event second = writer.append_event(flag(1, FlagValue::reject));
  CHECK(flag_of(writer, hash(1)) == FlagValue::reject);
  CHECK(writer.flag(hash(1))->time == second.time);
  writer.append_event(undo(second.action));
  CHECK(flag_of(writer, hash(1)) == FlagValue::pick);
  CHECK(writer.flag(hash(1))->time == first.time);
  writer.append_event(flag(2, FlagValue::none));
  CHECK(flag_of(writer, hash(2)) == FlagValue::none);
  Event back = writer.append_event(undo(press));
  CHECK_FALSE(writer.flag(hash(1)));
  CHECK(flag_of(writer, hash(2)) == FlagValue::none);
  writer.append_event(undo(back.action));
  CHECK(flag_of(writer, hash(1)) == FlagValue::pick);
  CHECK_FALSE(writer.flag(hash(3)));
  writer.commit();
  CHECK(library->check().empty());
}

TEST_CASE("many decisions at once are one action, in the order given, that nothing stands between", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  constexpr int count = 3000;
  std::vector<EventBody> bodies;
  for (int i = 0; i < count; ++i) bodies.emplace_back(Rating{hash(i % 1000), static_cast<int8_t>(i / 1000)});
  writer.append_event(exclude(1, true));
  auto action = writer.append_action(bodies);
  writer.append_event(exclude(1, false));
  auto events = log_of(writer);
  REQUIRE(events.size() == count + 2);
  std::set<Hash128> ids;
  for (size_t i = 0; i < events.size(); ++i) {
    ids.insert(events[i].id);
    REQUIRE(writer.event(events[i].id).value().time == events[i].time);
    if (i == 0 || i > count) continue;
    CHECK(events[i].action == action);
    CHECK(events[i].time > events[i - 1].time);
    CHECK(std::get<Rating>(events[i].body).picture == hash((i - 1) % 1000));
  }
  CHECK(ids.size() == events.size());
  for (uint64_t i = 0; i < 1000; ++i) CHECK(writer.rating(hash(i)).value().value == 2);
  CHECK(writer.events_of_action(action) == count);
  CHECK(actions_of(writer) == actions_by_definition(events));
  writer.append_event(undo(action));
  CHECK_FALSE(writer.rating(hash(1)));
  CHECK(writer.action(action).value().taken_back);
  CHECK_FALSE(writer.action(hash(1)));

  CHECK(status_of([&] { writer.append_action({}); }) == Status::invalid_argument);
  CHECK(status_of([&] { writer.append_action({Undo{action}}); }) == Status::invalid_argument);
  CHECK(status_of([&] { writer.append_action({Rating{hash(1), 2}, Rating{hash(1), 6}}); }) == Status::invalid_argument);
  CHECK(writer.event_count() == count + 3);
  writer.commit();
  CHECK(library->check().empty());
}

TEST_CASE("actions are read from any place on, also where their events lie apart", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    if (i % 50 == 0) writer.append_action(std::vector<EventBody>(100, Rating{hash(i), 3}));
    writer.append_event(decision(Rating{hash(i), 1}, hash_of("action " + std::to_string(random() % 40))));
  }
  auto events = log_of(writer);
  auto all = actions_by_definition(events);
  REQUIRE(all.size() == 48);
  for (size_t at = 0; at < all.size(); ++at) {
    auto place = EventKey::of(writer.action(std::get<0>(all[at])).value().newest);
    CHECK(actions_of(writer, place) == decltype(all)(all.begin() + static_cast<ptrdiff_t>(at) + 1, all.end()));
  }
  CHECK(actions_of(writer, EventKey::of(events.front())).empty());
}

TEST_CASE("a label of any length is kept, and one that was cleared is known to be", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  std::string longest(10000, 'l');
  writer.append_event(decision(Label{hash(1), longest}, {}));
  auto cleared = writer.append_event(decision(Label{hash(2), ""}, {}));
  CHECK(writer.label(hash(1)).value().value == longest);
  CHECK(writer.label(hash(2)).value().value.empty());
  CHECK(writer.label(hash(2)).value().time == cleared.time);
  CHECK_FALSE(writer.label(hash(3)));
  CHECK(writer.any_decisions(DecisionKind::label));
  CHECK_FALSE(writer.any_decisions(DecisionKind::rating));
  writer.commit();
  CHECK(library->check().empty());
}

TEST_CASE("who was told apart stays apart until that is taken back", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  CHECK(writer.not_duplicates().empty());
  std::vector<Hash128> three{hash(3), hash(1), hash(2)}, two{hash(1), hash(2)};
  Event first = writer.append_event(not_duplicates(three));
  writer.append_event(exclude(1, true));
  writer.append_event(not_duplicates(two));
  CHECK(writer.not_duplicates() == Sets{three, two});
  writer.append_event(undo(first.action));
  CHECK(writer.not_duplicates() == Sets{two});
  writer.append_event(not_duplicates(three, first.action));  // the same action again
  CHECK(writer.not_duplicates() == Sets{two, three});
  writer.commit();
  CHECK(library->check().empty());
}

namespace {

Vote vote_over(uint64_t left, uint64_t right) {
  Vote vote;
  vote.pictures = {hash(left), hash(right)};
  vote.ranks = {1, 2};
  vote.annotator = "ann";
  vote.session = "spring";
  return vote;
}

}  // namespace

TEST_CASE("an event that is delivered twice is stored once", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Event event;
  event.id = hash(77);
  event.body = vote_over(1, 2);
  Event first, second;
  {
    Writer writer = library->write();
    first = writer.append_event(event);
    second = writer.append_event(event);
    writer.commit();
  }
  CHECK(second.time == first.time);
  CHECK(second.action == first.action);
  {
    Writer writer = library->write();
    CHECK(writer.append_event(event).time == first.time);
    event.body = vote_over(2, 1);
    CHECK(status_of([&] { writer.append_event(event); }) == Status::invalid_argument);
  }
  CHECK(library->read().event_count() == 1);
  auto stored = library->read().event(hash(77));
  REQUIRE(stored);
  CHECK(std::get<Vote>(stored->body).session == "spring");
  CHECK_FALSE(library->read().event(hash(78)));
  CHECK(library->check().empty());
}

TEST_CASE("events of one library taken into another give the same decisions, in whatever portions they come",
          "[store]") {
  std::mt19937 random(5);
  TemporaryFolder folder;
  auto source = Library::open(folder / "source");
  {
    Writer writer = source->write();
    std::vector<Hash128> actions;
    for (int i = 0; i < 200; ++i) {
      Event event;
      switch (random() % 4) {
        case 0:
          event.body = Exclude{hash(random() % 9), "r", random() % 3 != 0};
          break;
        case 1:
          event.body = Flag{hash(random() % 9), random() % 2 ? FlagValue::pick : FlagValue::reject};
          break;
        case 2:
          event.body = vote_over(random() % 4, 4 + random() % 4);
          break;
        default:
          if (actions.empty()) continue;
          event.body = Undo{actions[random() % actions.size()]};
      }
      actions.push_back(writer.append_event(std::move(event)).action);
    }
    writer.commit();
  }
  auto events = log_of(source->read());
  auto target = Library::open(folder / "target");
  auto portions = events;
  std::shuffle(portions.begin(), portions.end(), random);
  uint64_t taken = 0;
  for (size_t from = 0; from < portions.size(); from += 50) {
    Writer writer = target->write();
    // Each portion overlaps the one before.
    size_t begin = from < 10 ? 0 : from - 10, end = std::min(portions.size(), from + 50);
    taken += writer.import_events(std::span(portions).subspan(begin, end - begin));
    writer.commit();
  }
  CHECK(taken == events.size());
  auto copied = log_of(target->read());
  REQUIRE(copied.size() == events.size());
  for (size_t i = 0; i < events.size(); ++i) CHECK(copied[i].id == events[i].id);
  for (uint64_t i = 0; i < 9; ++i) {
    CHECK(target->read().excluded(hash(i)) == excluded_by_definition(events, hash(i)));
    CHECK(flag_of(target->read(), hash(i)) == flag_by_definition(events, hash(i)));
  }
  std::vector<int> known(events.size(), -1);
  for (size_t i = 0; i < events.size(); ++i) CHECK(target->read().taken_back(events[i]) != counts(events, i, known));
  CHECK(target->check().empty());

  Event nameless;
  nameless.body = vote_over(1, 2);
  CHECK(status_of([&] { target->write().import_events(std::span(&nameless, 1)); }) == Status::invalid_argument);
  auto twin = events.front();  // of the same moment, writer and number, with another id
  twin.id = hash(4242);
  Writer writer = target->write();
  CHECK(writer.import_events(std::span(&twin, 1)) == 1);
  writer.commit();
  CHECK(target->read().event_count() == events.size() + 1);
  CHECK(target->check().empty());
}

namespace {

// What an import says of one event that it refuses.
std::string refusal_of(Writer &writer, const Event &event) {
  try {
    writer.import_events(std::span(&event, 1));
  } catch (const Error &error) {
    return std::string(status_name(error.status())) + ": " + error.what();
  }
  return "taken";
}

Event made_elsewhere(uint64_t number, int64_t time) {
  Event event;
  event.id = event.action = hash(900 + number);
  event.time = time;
  event.body = vote_over(number, number + 1);
  return event;
}

}  // namespace

TEST_CASE("events that come from a time that cannot be are refused", "[store]") {
  using Catch::Contains;
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  constexpr int64_t now = 1'700'000'000'000'000, day = 86'400'000'000;
  replace_clock([] { return now; });
  CHECK_THAT(refusal_of(writer, made_elsewhere(1, std::numeric_limits<int64_t>::max() - 1)),
             Contains("invalid_argument: event 1") && Contains("clock"));
  CHECK_THAT(refusal_of(writer, made_elsewhere(1, now + day + 1)), Contains("2023-11-15") && Contains("clock"));
  CHECK_THAT(refusal_of(writer, made_elsewhere(1, -1)), Contains("1970"));
  CHECK(refusal_of(writer, made_elsewhere(1, now + day)) == "taken");
  CHECK(refusal_of(writer, made_elsewhere(2, 0)) == "taken");
  replace_clock({});
  CHECK(writer.event_count() == 2);
}

TEST_CASE("the end of time in the log keeps nobody from going on, and is told as a fault", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::vector<Hash128> order;
  Writer writer = library->write();
  auto append = [&](auto body) {
    Event event;
    event.body = std::move(body);
    order.push_back(writer.append_event(event).id);
    return event;
  };
  append(Exclude{hash(1), "", true});
  constexpr auto end_of_time = std::numeric_limits<int64_t>::max();
  replace_clock([] { return end_of_time - 1; });
  append(vote_over(1, 2));
  replace_clock({});
  append(vote_over(2, 3));  // of the last moment
  for (uint64_t i = 0; i < 5; ++i) append(Flag{hash(i), FlagValue::pick});
  auto last = writer.event(order.back());
  append(Exclude{hash(1), "", false});
  append(Undo{last->action});
  CHECK_FALSE(writer.flag(hash(4)));
  CHECK_FALSE(writer.excluded(hash(1)));
  writer.commit();
  {
    // Another process's writer, whose own number may be less.
    Writer next = library->write();
    for (int i = 0; i < 3; ++i) {
      Event event;
      event.body = vote_over(5, 6);
      order.push_back(next.append_event(event).id);
    }
    next.commit();
  }
  auto events = log_of(library->read());
  REQUIRE(events.size() == order.size());
  for (size_t i = 0; i < order.size(); ++i) CHECK(events[i].id == order[i]);
  auto faults = library->check();
  REQUIRE(faults.size() == 1);
  CHECK_THAT(faults.front(), Catch::StartsWith("events: 12 of them") && Catch::Contains("clock"));
}

TEST_CASE("another event of the same id is told, the same one passed over", "[store]") {
  using Catch::Contains;
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  auto event = made_elsewhere(1, 5);
  CHECK(refusal_of(writer, event) == "taken");
  auto again = event;
  again.time = 7;  // where it stands is not what it says
  CHECK(writer.import_events(std::span(&again, 1)) == 0);
  auto other = event;
  other.body = vote_over(2, 1);
  CHECK_THAT(refusal_of(writer, other), Contains("event 1") && Contains(event.id.hex()));
  other = event;
  other.action = hash(3);  // as of an import that took it in before
  std::get<Vote>(other.body).session = "study";
  CHECK(writer.import_events(std::span(&other, 1)) == 0);
  std::vector<Event> both = {made_elsewhere(2, 5), made_elsewhere(2, 5)};
  both.back().body = Exclude{hash(1), "", true};
  CHECK_THROWS_AS(writer.import_events(both), Error);
  Event twice = made_elsewhere(3, 5);
  std::get<Vote>(twice.body).pictures = {hash(1), hash(1)};
  CHECK_THAT(refusal_of(writer, twice), Contains("itself"));
}

TEST_CASE("who has seen the log up to an event is given what came after", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::vector<Event> stored;
  for (uint64_t i = 0; i < 5; ++i) {
    Writer writer = library->write();
    Event event;
    event.body = vote_over(i, i + 1);
    stored.push_back(writer.append_event(std::move(event)));
    writer.commit();
  }
  for (size_t seen = 0; seen < stored.size(); ++seen) {
    std::vector<Hash128> later;
    library->read().scan_events(EventKey::of(stored[seen]), [&](const Event &event) {
      later.push_back(event.id);
      return true;
    });
    REQUIRE(later.size() == stored.size() - 1 - seen);
    for (size_t i = 0; i < later.size(); ++i) CHECK(later[i] == stored[seen + 1 + i].id);
  }
}

TEST_CASE("the revision tells of changes of rows, not of events", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 3);
  auto before = library->read().revision();
  auto changes = [&](const auto &work) {
    Writer writer = library->write();
    work(writer);
    writer.commit();
    auto now = library->read().revision();
    return std::exchange(before, now) != now;
  };
  Event event;
  event.body = vote_over(1, 2);
  CHECK_FALSE(changes([&](Writer &writer) { writer.append_event(event); }));
  CHECK_FALSE(changes([&](Writer &writer) { writer.put_session("s", Bytes{1}); }));
  CHECK(changes([&](Writer &writer) { writer.put_attributes(hash(1), {{"prompt", "a boat"}}); }));
  CHECK(changes([&](Writer &writer) { writer.set_photo(1, hash(2)); }));
  CHECK(changes([&](Writer &writer) {
    FileRow row = file_row("/p/new.jpg", 9);
    writer.put_file(row);
  }));
  {
    Writer dropped = library->write();
    dropped.set_vanished(1, true);
  }
  CHECK(library->read().revision() == before);
}

TEST_CASE("sessions are kept by name", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  {
    Writer writer = library->write();
    writer.put_session("Spring", Bytes{1, 2});
    writer.put_session("autumn", Bytes{3});
    writer.put_session("SPRING", Bytes{4});
    CHECK(status_of([&] { writer.put_session("a b", Bytes{1}); }) == Status::invalid_argument);
    CHECK(status_of([&] { writer.put_session("empty", {}); }) == Status::invalid_argument);
    writer.commit();
  }
  CHECK(library->read().sessions() == std::vector<std::string>{"autumn", "SPRING"});
  CHECK(library->read().session("spring") == Bytes{4});
  CHECK(library->check().empty());
  Writer writer = library->write();
  CHECK(writer.drop_session("sPring"));
  CHECK_FALSE(writer.drop_session("spring"));
  CHECK(writer.session("spring").empty());
}
