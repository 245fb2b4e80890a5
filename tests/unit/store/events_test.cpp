// What is decided, in the event log of one library. The oracle is the definition itself.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "base/clock.h"
#include "unit/store/event_definition.h"

using namespace kalon;
using namespace kalon::test;

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
