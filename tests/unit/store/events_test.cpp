// The event log. The oracle is the definition itself, applied to every pair of events: an event counts unless a later
// undo of its action counts.
#include <catch2/catch.hpp>

#include <random>

#include "base/clock.h"
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

std::optional<FlagValue> flag_by_definition(const std::vector<Event> &events, const Hash128 &picture) {
  std::vector<int> known(events.size(), -1);
  std::optional<FlagValue> value;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto *flag = std::get_if<Flag>(&events[i].body);
    if (flag && flag->picture == picture && counts(events, i, known)) value = flag->value;
  }
  return value;
}

std::optional<FlagValue> flag_of(const Reader &reader, const Hash128 &picture) {
  auto flag = reader.flag(picture);
  return flag ? std::optional(flag->value) : std::nullopt;
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
      else if (step % 4 == 1)
        writer.append_event(
            flag(random() % pictures, static_cast<FlagValue>(static_cast<int>(random() % 3) - 1), action));
      else
        writer.append_event(exclude(random() % pictures, random() % 3 != 0, action));
      if (new_action) actions.push_back(action);
      auto events = log_of(writer);
      for (uint64_t picture = 0; picture < pictures; ++picture)
        REQUIRE(writer.excluded(hash(picture)) == excluded_by_definition(events, hash(picture)));
      for (uint64_t picture = 0; picture < pictures; ++picture)
        REQUIRE(flag_of(writer, hash(picture)) == flag_by_definition(events, hash(picture)));
      REQUIRE(writer.not_duplicates() == apart_by_definition(events));
    }
    writer.commit();
    REQUIRE(library->check().empty());  // compares the derived tables with a replay
    Writer again = library->write();
    auto events = log_of(again);
    again.rebuild_derived();
    for (uint64_t picture = 0; picture < pictures; ++picture)
      REQUIRE(again.excluded(hash(picture)) == excluded_by_definition(events, hash(picture)));
    for (uint64_t picture = 0; picture < pictures; ++picture)
      REQUIRE(flag_of(again, hash(picture)) == flag_by_definition(events, hash(picture)));
    REQUIRE(again.not_duplicates() == apart_by_definition(events));
    again.commit();
    REQUIRE(library->check().empty());
  }
}

TEST_CASE("the latest flag counts, and an undo of its action gives the one before", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  CHECK_FALSE(writer.any_flags());
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
