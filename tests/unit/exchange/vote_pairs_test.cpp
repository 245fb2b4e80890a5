#include "exchange/vote_pairs.h"

#include <cmath>

#include "unit/exchange/exports.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

// "left>right", "left=right" or "left<right" for each pair.
std::vector<std::string> pairs_in(const PairSource &source, ExportResult &result) {
  std::vector<std::string> pairs;
  FailedPictures failed(result);
  Task task;
  each_pair(source, result, failed, task, [&](const ExportedPair &pair) {
    const char *sign = pair.verdict == Verdict::left ? ">" : pair.verdict == Verdict::right ? "<" : "=";
    pairs.push_back(pair.left.id.substr(0, 1) + sign + pair.right.id.substr(0, 1));
    CHECK(&pair.chosen() == (pair.verdict == Verdict::right ? &pair.right : &pair.left));
    CHECK(&pair.rejected() == (pair.verdict == Verdict::right ? &pair.left : &pair.right));
  });
  return pairs;
}

using Pairs = std::vector<std::string>;

}  // namespace

TEST_CASE("orders of several are as many pairs as they say something of") {
  auto text = [](const VoteRow &vote) {
    std::string said;
    for (auto pair : pairs_of(vote))
      said += vote.items[pair.left] + (pair.verdict == Verdict::left ? ">" : "<") + vote.items[pair.right] + " ";
    return said;
  };
  CHECK(text(order_vote({"a", "b", "c", "d"}, {2, 1, 2, 2})) == "a<b b>c b>d ");
  CHECK(text(order_vote({"a", "b", "c"}, {3, 1, 2})) == "a<b a<c b>c ");
  CHECK(text(order_vote({"a", "b"}, {2, 1})) == "a<b ");
  CHECK(text(order_vote({"a", "b", "c"}, {1, 1, 1})).empty());
  CHECK(text(order_vote({"a", "b", "c"}, {})).empty());
  CHECK(text(pair_vote("a", "b", Verdict::right)) == "a<b ");
  CHECK(text(pair_vote("a", "b", Verdict::skip)).empty());
  CHECK(text(pair_vote("a", "b", Verdict::both_bad)).empty());
}

TEST_CASE("what is left out is counted") {
  Studio studio;
  for (auto name : {"a", "b", "c", "d"}) studio.picture(name);
  studio.picture("gone").path.clear();
  studio.picture("latin").path += "\xe9";
  studio.vote(pair_vote("a", "b", Verdict::left)).certainty = 0.99;
  studio.vote(pair_vote("b", "c", Verdict::tie)).certainty = 0.4;
  studio.vote(pair_vote("b", "c", Verdict::skip));
  studio.vote(pair_vote("c", "d", Verdict::right)).certainty = 0.2;
  studio.vote(pair_vote("a", "gone", Verdict::left));
  studio.vote(pair_vote("gone", "latin", Verdict::left));
  studio.vote(pair_vote("nobody", "a", Verdict::left));
  studio.vote(order_vote({"d", "b", "a"}, {1, 2, 2}));

  auto source = studio.source();
  ExportResult all;
  CHECK(pairs_in(source, all) == Pairs{"a>b", "b=c", "c<d", "d>b", "d>a"});
  CHECK(all.without_order == 1);
  CHECK(all.lost == 3);
  REQUIRE(all.failed.size() == 3);
  CHECK(all.failed[0].first == "gone");
  CHECK(all.failed[1].second.status == Status::unsupported);
  CHECK(all.failed[2].first == "nobody");

  source.ties = false;
  source.least_certainty = 0.8;
  ExportResult some;
  CHECK(pairs_in(source, some) == Pairs{"a>b", "c<d"});
  CHECK(some.ties == 1);
  CHECK(some.unsettled == 2);

  // An estimator knows the pairs of several, too.
  source.certainty = [](const PictureRow &left, const PictureRow &) { return left.id[0] == 'd' ? 0.9 : 0.5; };
  ExportResult estimated;
  CHECK(pairs_in(source, estimated) == Pairs{"d>b", "d>a"});

  // What is certain the other way is no pair to learn from.
  source.certainty = [](const PictureRow &, const PictureRow &) { return 0.1; };
  ExportResult contradicted;
  CHECK(pairs_in(source, contradicted) == Pairs{"c<d"});
  CHECK(contradicted.contradicted == 3);

  for (double wrong : {0.4, 1.1, std::nan("")}) {
    source.least_certainty = wrong;
    CHECK(status_of([&] { pairs_in(source, estimated); }) == Status::invalid_argument);
  }
}

TEST_CASE("a pair of different prompts is none, unless it is wanted without one") {
  Studio studio;
  studio.picture("a").prompt = studio.picture("b").prompt = "a plain";
  studio.picture("c").prompt = "flowers";
  studio.vote(pair_vote("a", "b", Verdict::left));
  studio.vote(pair_vote("a", "c", Verdict::left));
  studio.vote(pair_vote("c", "b", Verdict::left)).prompt = "a meadow";
  auto source = studio.source();
  auto prompts = [&](ExportResult &result) {
    std::vector<std::string> all;
    FailedPictures failed(result);
    Task task;
    each_pair(source, result, failed, task, [&](const ExportedPair &pair) { all.push_back(pair.prompt()); });
    return all;
  };
  ExportResult alike, mixed;
  CHECK(prompts(alike) == std::vector<std::string>{"a plain", "a meadow"});
  CHECK(alike.mixed_prompts == 1);
  source.mixed_prompts = true;
  CHECK(prompts(mixed) == std::vector<std::string>{"a plain", "", "a meadow"});
}

TEST_CASE("a cancelled walk stops") {
  Studio studio;
  studio.picture("a"), studio.picture("b");
  studio.vote(pair_vote("a", "b", Verdict::left));
  Task task;
  task.cancel();
  ExportResult result;
  FailedPictures failed(result);
  CHECK(status_of([&] { each_pair(studio.source(), result, failed, task, [](const ExportedPair &) {}); }) ==
        Status::cancelled);
}

TEST_CASE("settled means by how much, not which way") {
  CHECK(settled(0.95, 0.95));
  CHECK(settled(0.04, 0.95));
  for (double least : {0.6, 0.7, 0.8, 0.9, 0.95, 0.99}) CHECK((settled(least, least) && settled(1 - least, least)));
  for (auto [certainty, least] : {std::pair{0.3, 0.7}, {0.2, 0.8}, {0.1, 0.9}, {0.05, 0.95}, {0.01, 0.99}})
    CHECK(settled(certainty, least));
  CHECK_FALSE(settled(0.94, 0.95));
  CHECK(settled(0.5, 0.5));
  CHECK_FALSE(settled(pair_vote("a", "b", Verdict::left), 0.5));
}
