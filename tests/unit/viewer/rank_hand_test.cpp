#include "views/rank_hand.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <set>

using namespace kalon::viewer;

namespace {

Question question(const std::string &id, const std::string &left = "a", const std::string &right = "b") {
  return {id, "new", {{"", left, ""}, {"", right, ""}}};
}

std::vector<std::string> ids(const RankHand &hand) {
  std::vector<std::string> all;
  for (const auto &each : hand.questions()) all.push_back(each.id);
  return all;
}

// The engine as docs/methods.md describes it: an open question is named again until it is answered, the oldest first,
// and new ones come behind; an undone one comes before all others, under another id.
class Engine {
 public:
  std::vector<Question> ask() {
    while (open_.size() < RankHand::count) open_.push_back(question(std::to_string(next_++)));
    return {open_.begin(), open_.begin() + RankHand::count};
  }
  bool vote(const std::string &id) {
    auto found = std::find_if(open_.begin(), open_.end(), [&](const auto &each) { return each.id == id; });
    if (found == open_.end()) return false;
    open_.erase(found);
    voted.push_back(id);
    return true;
  }
  void undo() {
    auto last = voted.back();
    voted.pop_back();
    open_.push_front(question(last + "again"));
  }
  std::vector<std::string> voted;

 private:
  std::deque<Question> open_;
  int next_ = 1;
};

}  // namespace

TEST_CASE("A question is read from its row") {
  auto read = question_from(
      R"({"question":"q1","session":"s","annotator":"ann","kind":"repeat","pictures":[{"id":"i1","photo":"p1","uri":"file:///a","path":"/a"},{"id":"i2","photo":"p2","uri":"file:///b","path":"/b"}]})");
  CHECK(read.id == "q1");
  CHECK(read.kind == "repeat");
  REQUIRE(read.pictures.size() == 2);
  CHECK(read.pictures[1].photo == "p2");
  CHECK(read.pictures[1].uri == "file:///b");
  CHECK(question_from("no json").pictures.empty());
  CHECK(question_from("[1]").pictures.empty());
  CHECK(question_from(R"({"question":"q","pictures":[7]})").pictures.empty());
}

TEST_CASE("The next question is shown as soon as one is answered") {
  RankHand hand;
  CHECK(hand.shown() == nullptr);
  hand.add({question("1"), question("2"), question("3")});
  CHECK(hand.shown()->id == "1");
  CHECK(hand.take().id == "1");
  CHECK(hand.shown()->id == "2");
  CHECK(hand.sent() == 1);
  // The engine answers with those that are open, and one more.
  hand.taken("1", true);
  hand.add({question("2"), question("3"), question("4")});
  CHECK(ids(hand) == std::vector<std::string>{"2", "3", "4"});
  CHECK(hand.sent() == 0);
}

TEST_CASE("What was answered and not confirmed yet is not asked again") {
  RankHand hand;
  hand.add({question("1"), question("2"), question("3")});
  hand.take();
  hand.take();
  hand.taken("1", true);
  hand.add({question("2"), question("3"), question("4")});  // the engine has not heard of the answer to 2
  CHECK(ids(hand) == std::vector<std::string>{"3", "4"});
  hand.replace({question("2"), question("3"), question("4"), question("5")});
  CHECK(ids(hand) == std::vector<std::string>{"3", "4", "5"});
}

TEST_CASE("An answer that was refused brings its question back onto the screen") {
  RankHand hand;
  hand.add({question("1"), question("2")});
  hand.take();
  hand.taken("1", false);
  CHECK(ids(hand) == std::vector<std::string>{"1", "2"});
  hand.taken("nobody knows it", false);
  CHECK(ids(hand) == std::vector<std::string>{"1", "2"});
}

TEST_CASE("Questions about a picture that is left out leave") {
  RankHand hand;
  hand.add({question("1", "a", "b"), question("2", "c", "a"), question("3", "c", "d")});
  hand.drop_photo("a");
  CHECK(ids(hand) == std::vector<std::string>{"3"});
}

TEST_CASE("Whatever the delay of the engine, every question is answered once and in order") {
  // delay: how many answers are on their way before the first of them comes back.
  for (size_t delay : {0u, 1u, 2u, 3u}) {
    Engine engine;
    RankHand hand;
    hand.add(engine.ask());
    std::deque<std::string> on_the_way;
    std::vector<std::string> shown;
    auto deliver = [&] {
      auto id = on_the_way.front();
      on_the_way.pop_front();
      hand.taken(id, engine.vote(id));
      hand.add(engine.ask());
    };
    for (int votes = 0; votes < 200; ++votes) {
      while (!hand.shown()) {
        REQUIRE(!on_the_way.empty());  // there is always a question, or an answer that brings one
        deliver();
      }
      shown.push_back(hand.shown()->id);
      on_the_way.push_back(hand.take().id);
      while (on_the_way.size() > delay) deliver();
      // Quick answers find their next question: it is there unless as many are on their way as were in hand.
      if (delay < RankHand::count) CHECK(hand.shown() != nullptr);
      CHECK(hand.questions().size() + hand.sent() <= 2 * RankHand::count);
    }
    while (!on_the_way.empty()) deliver();
    CHECK(std::set<std::string>(shown.begin(), shown.end()).size() == shown.size());
    CHECK(engine.voted == shown);
  }
}

TEST_CASE("An undone question is shown before the others") {
  Engine engine;
  RankHand hand;
  hand.add(engine.ask());
  auto id = hand.take().id;
  hand.taken(id, engine.vote(id));
  hand.add(engine.ask());
  engine.undo();
  hand.replace(engine.ask());
  CHECK(hand.shown()->id == "1again");
  CHECK(ids(hand) == std::vector<std::string>{"1again", "2", "3"});
}

TEST_CASE("Pictures are put in order by pressing their numbers") {
  RankOrder order;
  CHECK(order.press(3));
  CHECK_FALSE(order.press(3));
  CHECK(order.press(1));
  CHECK(order.place(3) == 1);
  CHECK(order.place(1) == 2);
  CHECK(order.place(2) == 0);
  CHECK(order.slots() == std::vector<int>{3, 1});
  CHECK(order.take_back());
  CHECK(order.place(1) == 0);
  CHECK(order.take_back());
  CHECK_FALSE(order.take_back());
}
