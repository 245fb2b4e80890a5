// Python's csv and json modules write and read the files as image-ranker's app.py does (csv.writer over
// round(rating.mu, 2), json.dump of excluded_images, csv.reader of the text in utf-8-sig).
#include "exchange/image_ranker.h"

#include <random>

#include "unit/exchange/votes.h"

using namespace kalon;
using namespace kalon::testing;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;

namespace {

json rankings(const std::string &path) {
  auto images = json::array();
  Task task;
  read_image_rankings(
      path,
      [&](RankedImage &&one) {
        images.push_back({one.image, one.mean, one.sd, one.upvotes, one.downvotes});
      },
      task);
  return images;
}

// Comparisons as [winner, loser], and removals as [null, picture], in their order.
json comparisons(const std::string &path) {
  auto lines = json::array();
  Task task;
  read_comparisons(
      path,
      [&](VoteRow &&vote) {
        CHECK(vote.verdict == Verdict::left);
        CHECK_FALSE(vote.placement_known);
        lines.push_back(vote.items);
      },
      [&](RemovedImage &&removed) {
        lines.push_back({nullptr, removed.image});
      },
      task);
  return lines;
}

json exclusions(const std::string &path) {
  auto members = json::array();
  Task task;
  read_exclusions(
      path,
      [&](RemovedImage &&one) {
        members.push_back({one.image, one.reason, one.line});
      },
      task);
  return members;
}

}  // namespace

TEST_CASE("image-ranker's own files are read: repeated votes, order and removals are kept") {
  TemporaryFolder folder;
  run_python(
      folder,
      "import csv, random\n"
      "r = random.Random(3)\n"
      "names = ['/home/me/p, q/a.jpg', '/x/two\\nlines.png', 'static/images/\"b\".webp', 'é猫.avif', 'plain.jpg', "
      "'None.jpg']\n"
      "ratings = [[n, round(r.gauss(0, 8), 2), round(r.uniform(1, 8.33), 2), r.randint(0, 9), r.randint(0, 9)] for n "
      "in names]\n"
      "history = []\n"
      "for i in range(200): history.append(r.sample(names, 2) if r.random() < 0.9 else [None, r.choice(names)])\n"
      "def write(name, bom, rows):\n"
      "  with open(name, 'w', newline='', encoding='utf-8-sig' if bom else 'utf-8') as f: "
      "csv.writer(f).writerows(rows)\n"
      "for bom in [0, 1]:\n"
      "  write(f'image_rankings{bom}.csv', bom, [['Image', 'ELO', 'Uncertainty', 'Upvotes', 'Downvotes']] + ratings)\n"
      "  write(f'comparisons{bom}.csv', bom, [['Winner', 'Loser']] + [[w or 'None', l] for w, l in history])\n"
      "json.dump(ratings, open('ratings.json', 'w')); json.dump(history, open('history.json', 'w'))\n"
      "excluded = {n: r.choice(['blurry', 'excluded', 'né']) for n in names}\n"
      "json.dump(excluded, open('exclusions.json', 'w'))\n"
      "json.dump(excluded, open('indented.json', 'w'), indent=2, ensure_ascii=False)\n"  // as Flask's jsonify may
      "json.dump(names, open('list.json', 'w'))\n"
      "json.dump(list(excluded.items()), open('expected.json', 'w'))\n"
      "pairs = sorted({tuple(sorted(r.sample(names, 2))) for _ in range(9)})\n"
      "json.dump([list(p) for p in pairs], open('skipped.json', 'w'))\n");
  for (const std::string bom : {"0", "1"}) {
    CHECK(rankings(folder / ("image_rankings" + bom + ".csv")) == json::parse(content_of(folder / "ratings.json")));
    CHECK(comparisons(folder / ("comparisons" + bom + ".csv")) == json::parse(content_of(folder / "history.json")));
  }
  auto expected = json::parse(content_of(folder / "expected.json"));
  auto compact = exclusions(folder / "exclusions.json"), indented = exclusions(folder / "indented.json"),
       list = exclusions(folder / "list.json");
  REQUIRE(compact.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK(compact[i] == json({expected[i][0], expected[i][1], 1}));
    CHECK(indented[i] == json({expected[i][0], expected[i][1], i + 2}));
    CHECK(list[i] == json({expected[i][0], "", 1}));
  }
  auto pairs = json::array();
  Task task;
  read_skipped_pairs(
      folder / "skipped.json",
      [&](VoteRow &&vote) {
        CHECK(vote.verdict == Verdict::skip);
        pairs.push_back(vote.items);
      },
      task);
  CHECK(pairs == json::parse(content_of(folder / "skipped.json")));
}

TEST_CASE("numbers are written as Python writes round(value, 2)") {
  TemporaryFolder folder;
  std::mt19937_64 random(4);
  std::vector<RankedImage> images;
  std::string values;
  for (double value : {0.0, -0.0, 29.395832, 25.0, 25.004999, 0.125, 0.375, 2.675, -7.435177, 1e6, -0.001, 1e-9}) {
    images.push_back({"a.jpg", value, 0, 0, 0, 0});
  }
  for (int i = 0; i < 2000; ++i)
    images.push_back(
        {"a.jpg", double(int64_t(random() % 2000000) - 1000000) / 8000, double(random() % 100000) / 7e3, 0, 0, 0});
  for (const auto &image : images) {
    char text[80];
    std::snprintf(text, sizeof text, "%a %a\n", image.mean, image.sd);
    values += text;
  }
  folder.write("values", values);
  Task task;
  write_image_rankings(folder / "image_rankings.csv", images, task);
  run_python(folder,
             "import csv, io\n"
             "out = io.StringIO(newline='')\n"
             "w = csv.writer(out)\n"
             "w.writerow(['Image', 'ELO', 'Uncertainty', 'Upvotes', 'Downvotes'])\n"
             "for line in open('values'):\n"
             "  mu, sigma = map(float.fromhex, line.split())\n"
             "  w.writerow(['a.jpg', round(mu, 2), round(sigma, 2), 0, 0])\n"
             "open('expected', 'w', newline='').write(out.getvalue())\n");
  CHECK(content_of(folder / "image_rankings.csv") == content_of(folder / "expected"));
}

TEST_CASE("what is written, image-ranker reads as it was") {
  TemporaryFolder folder;
  std::vector<VoteRow> votes = {
      pair_vote("/a, \"b\".jpg", "/c.jpg", Verdict::left), pair_vote("/a, \"b\".jpg", "/c.jpg", Verdict::left),
      pair_vote("/c.jpg", "/é.jpg", Verdict::right),       pair_vote("/c.jpg", "/é.jpg", Verdict::tie),
      pair_vote("/c.jpg", "/b.jpg", Verdict::skip),        pair_vote("/b.jpg", "/c.jpg", Verdict::skip),
      pair_vote("/c.jpg", "/b.jpg", Verdict::both_bad)};
  auto &best = votes.emplace_back();
  best.items = {"/x", "/y", "/z"};
  best.ranks = {2, 1, 2};
  std::vector<RemovedImage> removed = {{"/gone, \"long\".jpg", "", 0}, {"/é.jpg", "blurry\n", 0}};
  Task task;
  auto counts = write_comparisons(folder / "comparisons.csv", giving(votes), removed, task);
  CHECK(counts.lines == 5);
  CHECK(counts.ties == 1);
  CHECK(counts.without_order == 3);
  write_exclusions(folder / "exclusions.json", removed, task);
  write_exclusions(folder / "none.json", {}, task);
  write_skipped_pairs(folder / "skipped.json", giving(votes), task);
  run_python(folder,
             "import csv\n"
             "rows = list(csv.reader(open('comparisons.csv', 'rb').read().decode('utf-8-sig').splitlines()))\n"
             "assert rows.pop(0) == ['Winner', 'Loser']\n"
             "json.dump([[None if w == 'None' else w, l] for w, l in rows], open('back.json', 'w'))\n"
             "assert json.load(open('exclusions.json', encoding='utf-8')) == {'/gone, \"long\".jpg': 'excluded', "
             "'/é.jpg': 'blurry\\n'}\n"
             "assert json.load(open('none.json')) == {}\n"
             "assert json.load(open('skipped.json')) == [['/b.jpg', '/c.jpg']]\n");
  auto expected = json::parse(R"([["/a, \"b\".jpg", "/c.jpg"], ["/a, \"b\".jpg", "/c.jpg"], ["/é.jpg", "/c.jpg"],
    ["/y", "/x"], ["/y", "/z"], [null, "/gone, \"long\".jpg"], [null, "/é.jpg"]])");
  CHECK(json::parse(content_of(folder / "back.json")) == expected);
  CHECK(comparisons(folder / "comparisons.csv") == expected);
  std::vector<VoteRow> nobody = {pair_vote("None", "/c.jpg", Verdict::left)};
  CHECK(status_of([&] { write_comparisons(folder / "n.csv", giving(nobody), {}, task); }) == Status::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(folder / "n.csv"));
}

TEST_CASE("files of image-ranker that are wrong are refused by their lines") {
  TemporaryFolder folder;
  auto comparing = [&](const std::string &content) {
    auto path = folder.write("c.csv", content);
    return refusal_of([&] { comparisons(path); });
  };
  CHECK_THAT(comparing("Image,ELO\na,1\n"), StartsWith("corrupt_data: line 1 has no column winner"));
  CHECK_THAT(comparing("Winner,Loser\na,b\n\na,a\n"), StartsWith("corrupt_data: line 4 "));
  CHECK_THAT(comparing("Winner,Loser\na,b\n,b\n"), StartsWith("corrupt_data: line 3 names no winner"));
  CHECK_THAT(comparing("Winner,Loser\na,b\na,\n"), StartsWith("corrupt_data: line 3 names no loser"));
  CHECK_THAT(comparing("Winner,Loser\na,b,c\n"), StartsWith("corrupt_data: line 2 has 3 fields"));
  CHECK_THAT(comparing("Winner,Loser\na,\xe9\n"), StartsWith("corrupt_data: line 2 is not UTF-8"));
  auto ranking = [&](const std::string &lines) {
    auto path = folder.write("r.csv", "Image,ELO,Uncertainty,Upvotes,Downvotes\n" + lines);
    return refusal_of([&] { rankings(path); });
  };
  CHECK(ranking("a,1.5,8,0,0\n") == "accepted");
  CHECK_THAT(ranking("a,1.5,8,0,0\nb,x,8,0,0\n"), StartsWith("corrupt_data: line 3 has \"x\" where a number"));
  CHECK_THAT(ranking("a,nan,8,0,0\n"), StartsWith("corrupt_data: line 2 "));
  CHECK_THAT(ranking("a,1,-8,0,0\n"), StartsWith("corrupt_data: line 2 "));
  CHECK_THAT(ranking("a,1,8,-1,0\n"), StartsWith("corrupt_data: line 2 "));
  CHECK_THAT(ranking(",1,8,1,0\n"), StartsWith("corrupt_data: line 2 names no image"));
  auto excluding = [&](const std::string &content) {
    auto path = folder.write("e.json", content);
    return refusal_of([&] { exclusions(path); });
  };
  CHECK(excluding("\xef\xbb\xbf{\"a\": null, \"b\": 3, \"c\": [\"x\", {\"y\": \"]}\"}]}") == "accepted");
  CHECK(excluding("[]") == "accepted");
  CHECK_THAT(excluding(""), StartsWith("corrupt_data: line 1 is empty"));
  CHECK_THAT(excluding("\"a\""), StartsWith("corrupt_data: line 1 begins no JSON"));
  CHECK_THAT(excluding("[\n\"a\",\n3]"), StartsWith("corrupt_data: line 3 "));
  CHECK_THAT(excluding("[\n\"a\"\n\"b\"]"), StartsWith("corrupt_data: line 3 has no comma"));
  CHECK_THAT(excluding("{\n\"a\": \"x\",\n\"b\"}"), StartsWith("corrupt_data: line 3 has no colon"));
  CHECK_THAT(excluding("{\n\"a\": \"x\",\nb: 1}"), StartsWith("corrupt_data: line 3 has no name"));
  CHECK_THAT(excluding("{\n\"a\": \"x\",\n\"b\": }"), StartsWith("corrupt_data: line 3 has no value"));
  CHECK_THAT(excluding("{\n\"a\": \"x\",\n\"b\": nul}"),
             StartsWith("corrupt_data: line 3 begins a value that is no JSON"));
  CHECK_THAT(excluding("{\n\"a\": \"x"), StartsWith("corrupt_data: line 2 begins a value that is never ended"));
  CHECK_THAT(excluding("{\n\"a\": \"x\"\n"), StartsWith("corrupt_data: line 3 ends before"));
  CHECK_THAT(excluding("{\"a\": \"x\"}\n\n{}"), StartsWith("corrupt_data: line 3 has text behind"));
  CHECK_THAT(excluding("[\"a\",\n\"\xe9\"]"), StartsWith("corrupt_data: line 2 is not UTF-8"));
  CHECK_THAT(excluding("[\"a\\u0000\"]"), StartsWith("corrupt_data: line 1 ") && Contains("NUL"));
  CHECK_THAT(excluding("[\"\"]"), StartsWith("corrupt_data: line 1 "));
  CHECK_THAT(excluding("[\n" + std::string(100, '[')), StartsWith("limit_exceeded: line 2 is nested"));
  CHECK_THAT(excluding("[\"" + std::string(17 << 20, 'x') + "\"]"), StartsWith("limit_exceeded: line 1 "));
  CHECK_THAT(excluding(std::string("\xff\xfe[\0]\0", 6)), StartsWith("unsupported: "));
}
