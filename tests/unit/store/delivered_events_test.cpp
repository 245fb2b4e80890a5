// Events that come from elsewhere: twice, late, damaged, from another library; and who is given what came after.
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <random>

#include "base/clock.h"
#include "unit/store/event_definition.h"

using namespace kalon;
using namespace kalon::test;

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
