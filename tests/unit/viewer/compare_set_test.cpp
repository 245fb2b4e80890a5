#include "views/compare_set.h"

#include <catch2/catch.hpp>

using namespace kalon::viewer;
using Items = std::vector<ItemIndex>;

TEST_CASE("the challenger steps through the others while the champion stays") {
  ComparedSet set;
  set.begin({10, 11, 12, 13}, 2, 11);
  CHECK(set.panes() == Items{11, 12});
  CHECK(set.active_item() == 12);
  CHECK(set.step(1));
  CHECK(set.panes() == Items{11, 13});
  CHECK_FALSE(set.step(1));
  CHECK(set.panes() == Items{11, 13});
  CHECK(set.step(-1));
  // The champion is not its own challenger.
  CHECK(set.step(-1));
  CHECK(set.panes() == Items{11, 10});
  CHECK_FALSE(set.step(-1));
}

TEST_CASE("a promoted challenger meets the next one, not the one that it beat") {
  ComparedSet set;
  set.begin({1, 2, 3, 4}, 2, 1);
  CHECK(set.promote());
  CHECK(set.panes() == Items{2, 3});
  CHECK(set.step(1));
  CHECK(set.promote() == false);  // 4 was the last: 2 lies beside it again
  CHECK(set.panes() == Items{4, 2});
}

TEST_CASE("knocking out leaves the best of any order on the left") {
  // The greater number wins.
  for (Items order : {Items{3, 1, 2, 5, 4}, Items{5, 4, 3, 2, 1}, Items{1, 2, 3, 4, 5}}) {
    ComparedSet set;
    set.begin(order, 2, order.front());
    for (int question = 0; question < 4; ++question) {
      bool more = set.panes()[1] > set.panes()[0] ? set.promote() : set.step(1);
      if (!more) break;
    }
    CHECK(set.panes()[0] == 5);
  }
}

TEST_CASE("the last photo is compared with the one before it") {
  ComparedSet set;
  set.begin({1, 2, 3}, 2, 3);
  CHECK(set.panes() == Items{3, 2});
  set.begin({7}, 2, 7);
  CHECK(set.panes() == Items{7});
  CHECK(set.active_item() == 7);
  CHECK_FALSE(set.step(1));
  CHECK_FALSE(set.promote());
  set.begin({}, 2, 7);
  CHECK(set.panes().empty());
  CHECK(set.active_item() == no_item);
  CHECK(set.coming().empty());
}

TEST_CASE("four are pages, and the active one becomes champion of two") {
  ComparedSet set;
  set.begin({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4, 1);
  CHECK(set.panes() == Items{1, 2, 3, 4});
  CHECK(set.active_item() == 1);
  CHECK(set.coming() == Items{5, 6, 7, 8});
  CHECK(set.step(1));
  CHECK(set.panes() == Items{5, 6, 7, 8});
  CHECK(set.step(1));
  CHECK(set.panes() == Items{6, 7, 8, 9});  // the last page is full
  CHECK_FALSE(set.step(1));
  CHECK(set.step(-1));
  CHECK(set.panes() == Items{2, 3, 4, 5});
  set.activate(2);
  CHECK(set.promote());
  CHECK(set.two());
  CHECK(set.panes() == Items{4, 5});
}

TEST_CASE("who is filtered away gives the place to the one that came behind") {
  ComparedSet set;
  set.begin({1, 2, 3, 4}, 2, 1);
  set.update({1, 3, 4});
  CHECK(set.panes() == Items{1, 3});
  // The champion goes: the challenger takes its place, the next one challenges it.
  set.update({3, 4});
  CHECK(set.panes() == Items{3, 4});
  // Behind the last one comes nobody, so that the one before it does.
  set.begin({1, 2, 3}, 2, 1);
  set.step(1);
  set.update({1, 2});
  CHECK(set.panes() == Items{1, 2});
  set.update({2});
  CHECK(set.panes() == Items{2});
  set.update({});
  CHECK(set.panes().empty());
  CHECK(set.active() == 0);
  set.update({8, 9});
  CHECK(set.panes() == Items{8, 9});
}

TEST_CASE("a photo that is gone to is brought among the compared ones") {
  ComparedSet set;
  set.begin({1, 2, 3, 4, 5, 6}, 2, 1);
  CHECK(set.bring(5));
  CHECK(set.panes() == Items{1, 5});
  CHECK(set.bring(1));
  CHECK(set.active() == 0);
  CHECK(set.bring(6));
  CHECK(set.panes() == Items{1, 6});
  CHECK(set.active_item() == 6);
  CHECK_FALSE(set.bring(9));
  CHECK(set.panes() == Items{1, 6});
  set.begin({1, 2, 3, 4, 5, 6}, 4, 1);
  set.activate(2);
  CHECK(set.bring(6));
  CHECK(set.panes() == Items{1, 2, 6, 4});
  set.begin({}, 2, 1);
  CHECK_FALSE(set.bring(1));
}

TEST_CASE("the first and the active one change places") {
  ComparedSet set;
  set.begin({1, 2, 3, 4}, 4, 1);
  set.activate(3);
  set.swap();
  CHECK(set.panes() == Items{4, 2, 3, 1});
  set.begin({1, 2, 3}, 2, 1);
  set.swap();
  CHECK(set.panes() == Items{2, 1});
}

TEST_CASE("what comes next is known before it comes") {
  ComparedSet set;
  set.begin({1, 2, 3, 4, 5, 6}, 2, 1);
  set.step(1);
  CHECK(set.coming() == Items{4, 5, 2});
  set.step(1);
  set.step(-1);
  CHECK(set.coming() == Items{2, 4});
}
