// Python's tomllib and pathlib find the pairs as sd-scripts' preference subsets do (pull request 1427: the files in w
// and l "all have the same file name to create the pairs", captions beside them).
#include "exchange/kohya_pairs.h"

#include "unit/exchange/votes.h"

using namespace kalon;
using namespace kalon::testing;
using Catch::Contains;
using nlohmann::json;

namespace {

class Shelf {
 public:
  explicit Shelf(const TemporaryFolder &folder) {
    for (const char *name : {"a b.jpg", "é.PNG", "c.jpeg", "plain"}) {
      auto &picture = pictures_.emplace_back();
      picture.id = name;
      picture.path = folder.write(std::string("in/") + name, std::string("pixels of ") + name);
    }
    pictures_[1].prompt = "a lake, é";
    pictures_.push_back({"gone", folder / "in/gone.jpg", {}, {}, {}, {}, {}, {}});
  }
  FindPicture find() const {
    return [this](const std::string &item) {
      for (const auto &picture : pictures_)
        if (picture.id == item) return &picture;
      return static_cast<const PictureRow *>(nullptr);
    };
  }

 private:
  std::vector<PictureRow> pictures_;
};

PairSource source_of(const std::vector<VoteRow> &votes, const Shelf &shelf) {
  PairSource source;
  source.votes = giving(votes);
  source.find = shelf.find();
  return source;
}

}  // namespace

TEST_CASE("pairs of votes become folders that a trainer reads") {
  TemporaryFolder folder;
  Shelf shelf(folder);
  std::vector<VoteRow> votes = {
      pair_vote("a b.jpg", "é.PNG", Verdict::left), pair_vote("a b.jpg", "é.PNG", Verdict::right),
      pair_vote("a b.jpg", "c.jpeg", Verdict::tie), pair_vote("a b.jpg", "c.jpeg", Verdict::skip),
      pair_vote("a b.jpg", "gone", Verdict::left),  pair_vote("plain", "c.jpeg", Verdict::left)};
  votes[5].prompt = "two\nlines";
  auto &several = votes.emplace_back();
  several.items = {"a b.jpg", "c.jpeg", "plain"};
  several.ranks = {2, 1, 2};
  Task task;
  auto kind = GENERATE(LinkKind::hardlink, LinkKind::copy);
  auto pairs = plan_kohya_pairs(source_of(votes, shelf), {"my \"pictures\"", 3, ".txt"}, task);
  CHECK(pairs.result.rows == 5);
  CHECK(pairs.result.ties == 1);
  CHECK(pairs.result.without_order == 1);
  CHECK(pairs.result.lost == 1);
  CHECK(pairs.result.failed.size() == 1);
  auto placed = write_kohya_pairs(folder / "out", pairs, kind, task);
  CHECK(placed.done == 10);
  CHECK(placed.failed.empty());
  run_python(folder,
             "import pathlib, tomllib\n"
             "(subset,) = [s for d in tomllib.load(open('out/3_my \"pictures\"/dataset.toml', 'rb'))['datasets'] for s "
             "in d['subsets']]\n"
             "assert subset == {'image_dir': '3_my \"pictures\"', 'preference': True, 'num_repeats': 3, "
             "'caption_extension': '.txt'}\n"
             "top = pathlib.Path('out') / subset['image_dir']\n"
             "pairs = []\n"
             "for winner in sorted((top / 'w').iterdir()):\n"
             "  if winner.suffix == subset['caption_extension']: continue\n"
             "  loser = top / 'l' / winner.name\n"
             "  caption = winner.with_suffix(subset['caption_extension'])\n"
             "  assert caption.exists() == loser.with_suffix('.txt').exists()\n"
             "  pairs.append([winner.name, winner.read_text()[10:], loser.read_text()[10:],\n"
             "                caption.read_text(encoding='utf-8').rstrip('\\n') if caption.exists() else ''])\n"
             "json.dump(pairs, open('pairs.json', 'w'))\n");
  CHECK(
      json::parse(content_of(folder / "pairs.json")) ==
      json::parse(R"([["000001.jpg", "a b.jpg", "é.PNG", "a lake, é"], ["000002.PNG", "é.PNG", "a b.jpg", "a lake, é"],
                        ["000003", "plain", "c.jpeg", "two\nlines"], ["000004.jpeg", "c.jpeg", "a b.jpg", ""],
                        ["000005.jpeg", "c.jpeg", "plain", ""]])"));
  auto link = look(folder / "out/3_my \"pictures\"/w/000001.jpg");
  CHECK((link.st_ino == look(folder / "in/a b.jpg").st_ino) == (kind == LinkKind::hardlink));

  auto back = votes_of([&](const TakeVote &take) { CHECK(read_kohya_pairs(folder / "out", take, task) == 5); });
  REQUIRE(back.size() == 5);
  CHECK(content_of(back[1].left()) == "pixels of é.PNG");
  CHECK(content_of(back[1].right()) == "pixels of a b.jpg");
  CHECK(back[1].prompt == "a lake, é");
  CHECK(back[2].prompt == "two\nlines");
  CHECK(back[2].verdict == Verdict::left);
  CHECK_FALSE(back[2].placement_known);
  CHECK(status_of([&] { write_kohya_pairs(folder / "out", pairs, kind, task); }) == Status::invalid_argument);
}

TEST_CASE("folders of pairs that others made are read, with chosen and rejected too") {
  TemporaryFolder folder;
  for (const char *name : {"set/10_b/chosen/2.png", "set/10_b/rejected/2.jpg", "set/2_a/w/1.jpg", "set/2_a/l/1.jpg",
                           "set/2_a/w/.hidden", "set/other/x.jpg"})
    folder.write(name);
  folder.write("set/2_a/w/1.caption", "a tree\r\n");
  Task task;
  auto votes = votes_of([&](const TakeVote &take) { read_kohya_pairs(folder / "set", take, task); });
  REQUIRE(votes.size() == 2);
  CHECK(votes[0].left() == folder / "set/2_a/w/1.jpg");
  CHECK(votes[0].prompt == "a tree");
  CHECK(votes[1].right() == folder / "set/10_b/rejected/2.jpg");
  auto refused = [&](const std::string &path) {
    return refusal_of([&] { votes_of([&](const TakeVote &take) { read_kohya_pairs(path, take, task); }); });
  };
  CHECK_THAT(refused(folder / "set/other"), Contains("holds no pairs"));
  CHECK_THAT(refused(folder / "missing"), Contains("not_found"));
  folder.write("set/2_a/w/3.jpg");
  CHECK_THAT(refused(folder / "set"), Contains("no partner"));
  folder.write("set/2_a/l/3.jpg");
  folder.write("set/2_a/l/3.png");
  CHECK_THAT(refused(folder / "set"), Contains("two pictures of the name 3"));
  std::filesystem::remove(folder / "set/2_a/l/3.png");
  folder.write("set/2_a/w/3.txt", "\xff");
  CHECK_THAT(refused(folder / "set"), Contains("UTF-8"));
}

TEST_CASE("settings that make no folder are refused") {
  TemporaryFolder folder;
  Shelf shelf(folder);
  std::vector<VoteRow> votes;
  Task task;
  for (const auto &settings :
       {KohyaSettings{"a/b", 1, ".txt"}, KohyaSettings{"", 1, ".txt"}, KohyaSettings{"a\nb", 1, ".txt"},
        KohyaSettings{"a", 0, ".txt"}, KohyaSettings{"a", 1, "txt"}, KohyaSettings{"a", 1, "./../x"}})
    CHECK(status_of([&] { plan_kohya_pairs(source_of(votes, shelf), settings, task); }) == Status::invalid_argument);
}
