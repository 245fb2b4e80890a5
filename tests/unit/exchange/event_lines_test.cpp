// Python's json module reads what is written, and writes what is read.
#include "exchange/event_lines.h"

#include <random>

#include "unit/exchange/votes.h"

using namespace kalon;
using namespace kalon::testing;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;

namespace {

Hash128 id(uint64_t number) {
  Hash128 hash;
  std::mt19937_64 random(number);
  for (auto &byte : hash.bytes) byte = static_cast<uint8_t>(random());
  return hash;
}

// Events of every kind, with extreme values.
std::vector<Event> all_kinds() {
  std::vector<Event> events;
  auto add = [&](auto body) {
    auto number = events.size();
    events.push_back({id(number), id(1000 + number), 1700000000000000 + int64_t(number), 0xfedcba9876543210,
                      uint32_t(number), std::move(body)});
  };
  add(Vote{{id(1), id(2)}, {1, 2}, VoteOutcome::ranks, true, "Ann \"A\"\n猫", "light", 2500001, "s-1"});
  add(Vote{{id(1), id(2), id(3)}, {2, 1, 65535}, VoteOutcome::ranks, false, "", "", 0, ""});
  for (auto outcome : {VoteOutcome::tie, VoteOutcome::both_bad, VoteOutcome::skip})
    add(Vote{{id(2), id(1)}, {}, outcome, true, "Ben", "", std::numeric_limits<int64_t>::max(), ""});
  add(Exclude{id(1), "blurry, \\ \x01", true});
  add(Exclude{id(1), "", false});
  add(Undo{id(1000)});
  add(Undo{id(1007)});
  add(Rating{id(4), 5});
  for (auto flag : {FlagValue::none, FlagValue::pick, FlagValue::reject}) add(Flag{id(4), flag});
  add(Label{id(4), "Red"});
  add(Tag{id(4), "a lake", true});
  add(Tag{id(4), "a lake", false});
  add(Succeeds{id(5), id(4), "/a b/\xff%.jpg"});
  add(Succeeds{id(5), id(4), ""});
  add(NotDuplicates{{id(1), id(2)}});
  add(Undo{id(1009)});
  events[2].time = std::numeric_limits<int64_t>::min();  // a clock that went back
  events[3].writer = 0;
  events[3].sequence = std::numeric_limits<uint32_t>::max();
  return events;
}

void write(const std::string &path, const std::vector<Event> &events, EventKinds kinds) {
  EventLines lines(path, kinds);
  for (const auto &event : events) lines.add(event);
  lines.finish();
}

std::vector<Event> read(const std::string &path) {
  std::vector<Event> events;
  Task task;
  uint64_t last = 1;
  read_event_lines(
      path,
      [&](Event &&event, uint64_t line) {
        CHECK(line > last);
        last = line;
        events.push_back(std::move(event));
      },
      task);
  return events;
}

const std::string header = R"({"format":"kalon-events","version":1})"
                           "\n";
const std::string ids =
    R"("id":"0123456789abcdef0123456789abcdef","action":"0123456789abcdef0123456789abcde0","time":5,)"
    R"("writer":"00000000000000ff","sequence":0,)";
const std::string vote_members =
    R"("event":"vote","pictures":["0123456789abcdef0123456789abcdef","0123456789abcdef0123456789abcdee"],"ranks":[1,2],)"
    R"("outcome":"ranks","placement_known":true,"annotator":"","criterion":"","duration":0,"session":"")";

}  // namespace

TEST_CASE("events of every kind come back as they were, byte for byte") {
  TemporaryFolder folder;
  auto events = all_kinds();
  write(folder / "a.jsonl", events, EventKinds::all);
  auto back = read(folder / "a.jsonl");
  REQUIRE(back.size() == events.size());
  write(folder / "b.jsonl", back, EventKinds::all);
  CHECK(content_of(folder / "a.jsonl") == content_of(folder / "b.jsonl"));
  for (size_t i = 0; i < events.size(); ++i) {
    INFO(i);
    CHECK(back[i].id == events[i].id);
    CHECK(back[i].action == events[i].action);
    CHECK(back[i].time == events[i].time);
    CHECK(back[i].writer == events[i].writer);
    CHECK(back[i].sequence == events[i].sequence);
    CHECK(back[i].body.index() == events[i].body.index());
  }
  const auto &vote = std::get<Vote>(back[0].body);
  CHECK(vote.annotator == "Ann \"A\"\n猫");
  CHECK(vote.duration == 2500001);
  CHECK(vote.session == "s-1");
  CHECK(std::get<Vote>(back[1].body).ranks == std::vector<uint16_t>{2, 1, 65535});
  CHECK_FALSE(std::get<Vote>(back[1].body).placement_known);
  CHECK(std::get<Succeeds>(back[16].body).path == "/a b/\xff%.jpg");
}

TEST_CASE("Python reads the lines, and what it writes of them in its own way comes back too") {
  TemporaryFolder folder;
  auto events = all_kinds();
  write(folder / "a.jsonl", events, EventKinds::all);
  run_python(
      folder,
      "import random\n"
      "lines = [json.loads(line) for line in open('a.jsonl', encoding='utf-8')]\n"
      "assert lines[0] == {'format': 'kalon-events', 'version': 1}\n"
      "vote = lines[1]\n"
      "assert vote['event'] == 'vote' and len(vote['pictures']) == 2 and vote['ranks'] == [1, 2]\n"
      "assert vote['annotator'] == 'Ann \"A\"\\n猫' and vote['duration'] == 2500001 and vote['outcome'] == 'ranks'\n"
      "assert vote['time'] == 1700000000000000 and vote['writer'] == 'fedcba9876543210'\n"
      "assert {l['event'] for l in lines[1:]} == {'vote', 'exclude', 'undo', 'rating', 'flag', 'label', 'tag', "
      "'succeeds', 'not_duplicates'}\n"
      "r = random.Random(1)\n"
      "with open('b.jsonl', 'w') as f:\n"
      "  for line in lines:\n"
      "    f.write(json.dumps(dict(r.sample(list(line.items()), len(line)))) + '\\r\\n\\n')\n");
  write(folder / "c.jsonl", read(folder / "b.jsonl"), EventKinds::all);
  CHECK(content_of(folder / "a.jsonl") == content_of(folder / "c.jsonl"));
}

TEST_CASE("of ranking alone: votes, exclusions, and the undos of these and of their undos") {
  TemporaryFolder folder;
  EventLines lines(folder / "a.jsonl", EventKinds::ranking);
  for (const auto &event : all_kinds()) lines.add(event);
  CHECK(lines.written() == 9);
  CHECK_FALSE(std::filesystem::exists(folder / "a.jsonl"));
  lines.finish();
  std::string kinds;
  for (const auto &event : read(folder / "a.jsonl")) kinds += std::to_string(event.body.index());
  CHECK(kinds == "000005588");  // the last undo, of a rating, stays out
}

TEST_CASE("a file that was not finished does not appear, and texts that are no UTF-8 are told") {
  TemporaryFolder folder;
  {
    EventLines lines(folder / "a.jsonl", EventKinds::all);
    CHECK(status_of([&] { lines.add({id(1), id(2), 0, 0, 0, Label{id(3), "\xff"}}); }) == Status::corrupt_data);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("what is not understood refuses the file, by its line") {
  TemporaryFolder folder;
  auto refused = [&](const std::string &content) {
    auto path = folder.write("e.jsonl", content);
    return refusal_of([&] { read(path); });
  };
  auto event = [&](const std::string &members) {
    return refused(header + "\n{" + ids + vote_members + "}\n{" + members + "}\n");
  };
  CHECK(refused(header) == "accepted");
  CHECK(refused("\xef\xbb\xbf" + header) == "accepted");
  CHECK(event(ids + vote_members) == "accepted");
  CHECK_THAT(refused(""), StartsWith("corrupt_data: is empty"));
  CHECK_THAT(refused("{\"format\":\"kalon-events\",\"version\":2}\n{\"new\":1}\n"),
             StartsWith("unsupported: line 1 says version 2"));
  CHECK_THAT(refused("{\"format\":\"kalon-events\",\"version\":0}\n"), StartsWith("corrupt_data: line 1 "));
  CHECK_THAT(refused("{\"format\":\"kalon-events\"}\n"), StartsWith("corrupt_data: line 1 has no member \"version\""));
  CHECK_THAT(refused("{\"format\":\"other\",\"version\":1}\n"), StartsWith("corrupt_data: line 1 does not say"));
  CHECK_THAT(refused("{" + ids + vote_members + "}\n"), StartsWith("corrupt_data: line 1 does not say"));
  CHECK_THAT(event(ids + vote_members + ",\"mood\":\"good\""),
             StartsWith("corrupt_data: line 4 has the member \"mood\"") && Contains("newer"));
  CHECK_THAT(event(ids + vote_members + ",\"reason\":\"x\""),
             StartsWith("corrupt_data: line 4 has the member \"reason\", which does not belong"));
  CHECK_THAT(event(ids + vote_members + ",\"version\":1"), StartsWith("corrupt_data: line 4 "));
  CHECK_THAT(event(ids + "\"event\":\"dance\""), StartsWith("corrupt_data: line 4 has the event \"dance\""));
  CHECK_THAT(event(vote_members), StartsWith("corrupt_data: line 4 has no member \"id\""));
  CHECK_THAT(event(ids + "\"event\":\"undo\",\"undoes\":null"),
             StartsWith("corrupt_data: line 4 has no member \"undoes\""));
  CHECK_THAT(event(ids + "\"event\":\"undo\",\"undoes\":\"00000000000000000000000000000000\""),
             StartsWith("corrupt_data: line 4 has the undoes"));
  auto changed = [&](std::string from, std::string to) {
    auto all = ids + vote_members;
    auto at = all.find(from);
    REQUIRE(at != std::string::npos);
    return event(all.replace(at, from.size(), to));
  };
  for (auto [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"time\":5", "\"time\":5.5"},
           {"\"time\":5", "\"time\":99999999999999999999"},
           {"\"time\":5", "\"time\":9223372036854775807"},
           {"\"sequence\":0", "\"sequence\":-1"},
           {"\"sequence\":0", "\"sequence\":4294967296"},
           {"00000000000000ff", "ff"},
           {"00000000000000ff", "-0000000000000ff"},
           {"[1,2]", "[1]"},
           {"[1,2]", "[0,2]"},
           {"[1,2]", "[1,65536]"},
           {"[1,2]", "12"},
           {"[1,2]", "[[1,2]]"},
           {"\"ranks\",", "\"tie\","},
           {"\"ranks\",", "\"win\","},
           {"\"placement_known\":true", "\"placement_known\":1"},
           {"\"duration\":0", "\"duration\":-1"},
           {"\"pictures\":[\"0123456789abcdef0123456789abcdef\",", "\"pictures\":["},
           {"\"pictures\":[\"0123456789abcdef0123456789abcdef\",", "\"pictures\":[\"x\","},
           {"\"pictures\":[\"0123456789abcdef0123456789abcdef\",", "\"pictures\":[[],"}}) {
    INFO(from << " -> " << to);
    CHECK_THAT(changed(from, to), StartsWith("corrupt_data: line 4 "));
  }
  CHECK_THAT(event(ids + "\"event\":\"label\",\"picture\":\"0123456789abcdef0123456789abcdef\",\"label\":\"\xe9\""),
             StartsWith("corrupt_data: line 4 is not JSON"));
  CHECK_THAT(event(ids + "\"event\":\"label\",\"picture\":\"0123456789abcdef0123456789abcdef\",\"label\":\"\\u0000\""),
             StartsWith("corrupt_data: line 4 holds a NUL"));
  CHECK_THAT(refused(header + std::string(17 << 20, 'x') + "\n"), StartsWith("limit_exceeded: line 2 "));
  CHECK_THAT(refused(header + "{\"id\":" + std::string(1 << 20, '[') + "\n"), StartsWith("corrupt_data: line 2 "));
  CHECK_THAT(refused(std::string("\xff\xfe{\0}\0", 6)), StartsWith("unsupported: "));
}

TEST_CASE("many events, and a reader that is told to stop") {
  TemporaryFolder folder;
  constexpr size_t count = 50000;
  {
    EventLines lines(folder / "a.jsonl", EventKinds::ranking);
    Event event{id(1), id(2), 0, 7, 0, Vote{{id(1), id(2)}, {1, 2}, VoteOutcome::ranks, true, "Ann", "", 0, ""}};
    for (size_t i = 0; i < count; ++i) {
      event.id.bytes[0] = uint8_t(i), event.id.bytes[1] = uint8_t(i >> 8), event.id.bytes[2] = uint8_t(i >> 16);
      event.time = int64_t(i);
      lines.add(event);
    }
    lines.finish();
  }
  CHECK(read(folder / "a.jsonl").size() == count);
  Task task;
  task.cancel();
  CHECK(status_of([&] {
          read_event_lines(
              folder / "a.jsonl", [](Event &&, uint64_t) {}, task);
        }) == Status::cancelled);
}
