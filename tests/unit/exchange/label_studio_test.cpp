// The published format (https://labelstud.io/guide/task_format), read by Python: what an import checks
// (label_studio/tasks/validation.py: data has a text for each variable of the configuration, annotations is a list of
// objects whose result is a list), and what the frontend writes for the tag Pairwise (from_name equals to_name, type
// "pairwise", selected is left or right; its JSON Schema in label-studio-sdk names the same two).
#include "exchange/label_studio.h"

#include <cstring>

#include "base/text.h"
#include "exchange/value_text.h"
#include "unit/exchange/votes.h"

using namespace kalon;
using namespace kalon::testing;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;

namespace {

// Pictures in /p, by name; their ids are their names, doubled to 32 digits.
class Gallery {
 public:
  explicit Gallery(const std::vector<std::string> &names) {
    for (const auto &name : names) {
      auto &picture = pictures_.emplace_back();
      char digits[33];
      std::snprintf(digits, sizeof digits, "%032x", static_cast<unsigned>(pictures_.size()));
      picture.id = digits;
      picture.path = "/p/" + name;
    }
  }
  PictureRow &operator[](size_t index) { return pictures_[index]; }
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

std::vector<VoteRow> read(const std::string &path, const LabelStudioReading &reading = {}) {
  return votes_of([&](const TakeVote &take) {
    Task task;
    read_label_studio(path, reading, take, task);
  });
}

// A task as Label Studio 1.x exports it (its guide's example, with the result of a Pairwise tag).
std::string exported_task(const std::string &data, const std::string &annotations) {
  return R"({"id": 7, "annotations": )" + annotations +
         R"(, "file_upload": "3.json", "drafts": [], "predictions": [], "data": )" + data +
         R"(, "meta": {}, "created_at": "2021-03-09T21:52:49.513742Z", "updated_at": "2021-03-09T22:16:08.746926Z",
         "inner_id": 1, "total_annotations": 1, "cancelled_annotations": 0, "project": 83, "updated_by": 1})";
}
std::string annotation(const std::string &result, const std::string &more = {}) {
  return R"({"id": 1001, "completed_by": 10, "result": )" + result +
         R"(, "was_cancelled": false, "ground_truth": false, "created_at": "2021-03-09T22:16:08.728353Z",
         "updated_at": "2021-03-09T22:16:08.728378Z", "lead_time": 4.288, "prediction": {}, "result_count": 0, "task": 7)" +
         more + "}";
}
const std::string images =
    R"({"image1": "https://example.com/1.jpg", "image2": "https://example.com/2.jpg", "text": "x"})";
// In brackets.
std::string list(const std::string &items) {
  std::string text = "[";
  text += items;
  text += "]";
  return text;
}
std::string selected(const std::string &side, const std::string &name = "pw", const std::string &id = "Dx_aB91ISN") {
  return R"({"value": {"selected": ")" + side + R"("}, "id": ")" + id + R"(", "from_name": ")" + name +
         R"(", "to_name": ")" + name + R"(", "type": "pairwise", "origin": "manual"})";
}

}  // namespace

TEST_CASE("what Label Studio exports becomes votes") {
  TemporaryFolder folder;
  auto one = [&](const std::string &data, const std::string &annotations) {
    return read(folder.write("e.json", list(std::string("\n").append(exported_task(data, annotations)))));
  };
  auto votes = one(images, list(annotation(list(selected("right")))));
  REQUIRE(votes.size() == 1);
  CHECK(votes[0].items == std::vector<std::string>{"https://example.com/1.jpg", "https://example.com/2.jpg"});
  CHECK(votes[0].verdict == Verdict::right);
  CHECK(votes[0].annotator == "10");
  CHECK(votes[0].time == 1615328168728353);  // date -u -d '2021-03-09 22:16:08' +%s
  CHECK(votes[0].duration == 4288000);
  CHECK(votes[0].criterion.empty());
  CHECK(votes[0].placement_known);
  CHECK(votes[0].line == 2);
  CHECK(votes[0].id.size() == 32);
  // The same answer is the same vote, another answer another one.
  CHECK(one(images, list(annotation(list(selected("right")))))[0].id == votes[0].id);
  CHECK(one(images, list(annotation(list(selected("left")))))[0].id != votes[0].id);

  auto several = one(images, list(annotation(list(selected("left", "light") + "," + selected("right", "colour", "b"))) +
                                  "," + annotation("[]", R"(, "was_cancelled": true)") + "," + annotation("[]")));
  REQUIRE(several.size() == 3);
  CHECK(several[0].criterion == "light");
  CHECK(several[1].criterion == "colour");
  CHECK(several[1].verdict == Verdict::right);
  CHECK(several[2].verdict == Verdict::skip);

  auto choices = [&](const std::string &word) {
    auto read_votes = one(images,
                          list(annotation(R"([{"id": "x", "from_name": "similar", "to_name": "a", "type": "choices",
      "value": {"choices": [")" + word + R"("]}}])")));
    return read_votes.empty() ? "none" : std::string(verdict_word(read_votes[0].verdict));
  };
  CHECK(choices("Tie") == "tie");
  CHECK(choices("both bad") == "both_bad");
  CHECK(choices("left") == "left");
  CHECK(choices("blurry") == "none");

  auto person =
      one(images, list(annotation(list(selected("left")), R"(, "completed_by": {"id": 3, "email": "a@b.c"})")));
  CHECK(person[0].annotator == "a@b.c");
}

TEST_CASE("what Label Studio made of votes of ours, and answers of its own, are read from its export") {
  // Written by Label Studio 1.23.2 itself (tests/golden/exchange/make_label_studio.py).
  auto votes = read(KALON_SOURCE_DIR "/tests/golden/exchange/label-studio.json");
  std::string found;
  for (const auto &vote : votes) {
    found += std::string(verdict_word(vote.verdict)) + " " + vote.left().substr(31) + vote.right().substr(31) + " ";
    found += vote.annotator + " " + seconds_text(*vote.duration) + "\n";
    // Ours have the ids, annotators and times that they had; Label Studio gives the importer and the time of import.
    bool ours = vote.annotator != "1";
    CHECK((*vote.time < 1700000010000000) == ours);
    CHECK((vote.id.substr(0, 29) == std::string(29, '0')) == ours);
  }
  CHECK(found ==
        "left 12 Ann 2.5\ntie 12 Ben 2.5\nboth_bad 12 Cy 2.5\nright 12 1 4.288\nskip 12 1 1.5\n"
        "right 23 Ann 2.5\nskip 23 Cy 2.5\ntie 23 1 2\n");
}

TEST_CASE("the two pictures are found by their names") {
  TemporaryFolder folder;
  auto items = [&](const std::string &data, const LabelStudioReading &reading = {}) -> std::string {
    auto path = folder.write("e.json", list(exported_task(data, list(annotation(list(selected("left")))))));
    std::string found;
    auto text = refusal_of([&] {
      for (const auto &vote : read(path, reading)) found = vote.left() + " " + vote.right();
    });
    return text == "accepted" ? found : text;
  };
  CHECK(items(R"({"left": "l", "right": "r", "image1": "1", "image2": "2"})") == "l r");
  CHECK(items(R"({"right_image": "r", "left_image": "l"})") == "l r");
  CHECK(items(R"({"img_b": "y", "img_a": "x", "caption": "c"})") == "x y");
  CHECK(items(R"({"option0": "x", "option1": "y"})") == "x y");
  CHECK(items(R"({"text1": "s", "text2": "t", "image1": "x", "image2": "y"})") == "x y");
  CHECK(items(R"({"p": "x", "q": "y"})", {"q", "p", "/"}) == "y x");
  CHECK(items(R"({"left": "/data/local-files/?d=a%20b/c%2Bd.jpg", "right": "http://h:8080/data/local-files/?d=e.jpg"})",
              {"", "", "/srv/pictures"}) == "/srv/pictures/a b/c+d.jpg /srv/pictures/e.jpg");
  CHECK(items(R"({"left": "/data/local-files/?d=a%FF.jpg", "right": "/data/upload/3/01ab-e.jpg"})") ==
        "file:///a%FF.jpg /data/upload/3/01ab-e.jpg");
  CHECK_THAT(items(R"({"p": "x", "q": "y"})"),
             StartsWith("corrupt_data: line 1 begins task 1, which does not tell") && Contains("\"p\", \"q\""));
  CHECK_THAT(items(R"({"text1": "s", "text2": "t", "words1": "x", "words2": "y"})"), Contains("does not tell"));
  CHECK_THAT(items(R"({"left": "x", "right": 3})"), Contains("does not tell"));
  CHECK_THAT(items(R"({"left": "x", "right": "x"})"), Contains("with itself"));
  CHECK_THAT(items(R"({"left": "x", "right": "\u0000"})"), Contains("NUL"));
}

TEST_CASE("votes written for Label Studio are tasks that it takes, and come back as they were") {
  TemporaryFolder folder;
  Gallery gallery({"a&b+c.jpg", "d/\"é\" #?.jpg", "x.png"});
  gallery[2].prompt = "a lake, \"still\"";
  auto a = gallery[0].id, b = gallery[1].id, c = gallery[2].id;
  std::vector<VoteRow> votes = {pair_vote(a, b, Verdict::left, "Ann"), pair_vote(b, c, Verdict::right, "a@b.c"),
                                pair_vote(a, b, Verdict::tie, "Ben"),  pair_vote(a, b, Verdict::both_bad),
                                pair_vote(a, b, Verdict::skip, "Ben"), pair_vote(b, a, Verdict::left, "Ben"),
                                pair_vote(a, b, Verdict::right, "Cy")};
  votes[0].id = "0123456789abcdef0123456789abcdef";
  votes[0].time = 1700000000123456;
  votes[0].duration = 2500001;
  votes[2].placement_known = false;
  votes[4].id = "0123456789abcdef0123456789abcdee";
  votes[4].weight = 0.5;
  votes[6].criterion = "light";
  Task task;
  auto result = write_label_studio(folder / "t.json", giving(votes), gallery.find(), {}, task);
  CHECK(result.rows == 7);
  CHECK(result.failed.empty());
  folder.write("config.xml", label_studio_config());
  run_python(
      folder,
      "import xml.etree.ElementTree as ET, urllib.parse\n"
      "config = ET.parse('config.xml').getroot()\n"
      "variables = [e.get('value')[1:] for e in config.iter('Image')]\n"
      "names = {e.get('name'): e for e in config.iter() if e.get('name')}\n"
      "assert names['pw'].get('toName').split(',') == ['left', 'right'] and variables == ['left', 'right']\n"
      "choices = {e.get('value') for e in config.iter('Choice')}\n"
      "tasks = json.load(open('t.json', encoding='utf-8'))\n"
      "assert [len(t['annotations']) for t in tasks] == [4, 1, 1, 1]\n"
      "for task in tasks:\n"
      "  assert all(isinstance(task['data'][v], str) for v in variables)\n"
      "  for annotation in task['annotations']:\n"
      "    assert isinstance(annotation['result'], list) and 'completed_by' not in annotation\n"
      "    for result in annotation['result']:\n"
      "      assert isinstance(result['id'], str)\n"
      "      if result['type'] == 'pairwise':\n"
      "        assert result['from_name'] == result['to_name'] == 'pw'\n"
      "        assert list(result['value']) == ['selected'] and result['value']['selected'] in ('left', 'right')\n"
      "      else:\n"
      "        assert result['type'] == 'choices' and names[result['from_name']].tag == 'Choices'\n"
      "        assert names[result['from_name']].get('toName') == result['to_name']\n"
      "        assert set(result['value']['choices']) <= choices\n"
      "def path(task, side):\n"  // as Django reads a query
      "  url = urllib.parse.urlsplit(task['data'][side])\n"
      "  assert url.path == '/data/local-files/' and not url.fragment\n"
      "  return '/' + urllib.parse.parse_qs(url.query, strict_parsing=True)['d'][0]\n"
      "assert [path(tasks[0], s) for s in ('left', 'right')] == ['/p/a&b+c.jpg', '/p/d/\"é\" #?.jpg']\n"
      "assert tasks[1]['data']['prompt'] == 'a lake, \"still\"' and tasks[3]['data']['criterion'] == 'light'\n"
      "first = tasks[0]['annotations'][0]\n"
      "assert first['lead_time'] == 2.500001 and first['created_at'] == '2023-11-14T22:13:20.123456Z'\n"
      "assert [a['was_cancelled'] for a in tasks[0]['annotations']] == [False, False, False, True]\n");
  auto back = read(folder / "t.json");
  REQUIRE(back.size() == votes.size());
  // In the order of the tasks.
  const size_t order[] = {0, 2, 3, 4, 1, 5, 6};
  for (size_t i = 0; i < back.size(); ++i) {
    auto expected = votes[order[i]];
    if (order[i] == 1) expected.prompt = gallery[2].prompt;
    CHECK(json_of(back[i]) == json_of(expected));
  }
}

TEST_CASE("an answer that was changed in Label Studio is a vote of its own") {
  TemporaryFolder folder;
  Gallery gallery({"a.jpg", "b.jpg"});
  std::vector<VoteRow> votes = {pair_vote(gallery[0].id, gallery[1].id, Verdict::left, "Ann")};
  votes[0].id = "0123456789abcdef0123456789abcdef";
  Task task;
  write_label_studio(folder / "t.json", giving(votes), gallery.find(), {"/p", true}, task);
  auto text = content_of(folder / "t.json");
  CHECK_THAT(text, Contains("\"completed_by\":{\"email\":\"Ann\"}") && Contains("?d=a.jpg"));
  auto changed = text;
  changed.replace(changed.find("\"selected\":\"left\""), std::strlen("\"selected\":\"left\""),
                  "\"selected\":\"right\"");
  auto back = read(folder.write("changed.json", changed), {"", "", "/p"});
  REQUIRE(back.size() == 1);
  CHECK(back[0].verdict == Verdict::right);
  CHECK(back[0].id != votes[0].id);
  CHECK(back[0].annotator == "Ann");
}

TEST_CASE("pictures that Label Studio cannot be told of fail, and votes over several are pairs") {
  TemporaryFolder folder;
  Gallery gallery({"a.jpg", "b.jpg", "c.jpg", "d.jpg"});
  gallery[2].path = "";
  gallery[3].path = "/elsewhere/d.jpg";
  auto id = [&](size_t index) { return gallery[index].id; };
  std::vector<VoteRow> votes = {pair_vote(id(0), id(1), Verdict::left), pair_vote(id(0), id(2), Verdict::left),
                                pair_vote(id(3), id(0), Verdict::left), pair_vote(id(0), "who", Verdict::left)};
  auto &several = votes.emplace_back();
  several.items = {id(0), id(1)};
  several.items.push_back(id(3));
  several.ranks = {2, 1, 2};
  Task task;
  auto result = write_label_studio(folder / "t.json", giving(votes), gallery.find(), {"/p/", false}, task);
  CHECK(result.rows == 2);
  CHECK(result.lost == 4);
  CHECK(result.failed.size() == 3);
  auto back = read(folder / "t.json");
  REQUIRE(back.size() == 2);
  CHECK(back[1].verdict == Verdict::right);
  CHECK(status_of([&] {
          write_label_studio(folder / "u.json", giving(votes), gallery.find(), {"p", false}, task);
        }) == Status::invalid_argument);
  write_label_studio(folder / "none.json", giving({}), gallery.find(), {}, task);
  CHECK(read(folder / "none.json").empty());
}

TEST_CASE("exports that are wrong are refused by line and task") {
  TemporaryFolder folder;
  auto refused = [&](const std::string &content) {
    auto path = folder.write("e.json", content);
    return refusal_of([&] { read(path); });
  };
  auto good = exported_task(R"({"left":"a","right":"b"})", list(annotation(list(selected("left")))));
  good.erase(std::remove(good.begin(), good.end(), '\n'), good.end());
  auto second = [&](const std::string &task_text) { return refused(list(good + ",\n" + task_text)); };
  auto data = std::string(R"("data": {"left":"a","right":"b"})");
  CHECK(second(good) == "accepted");
  CHECK(second("{" + data + "}") == "accepted");
  for (const std::string &bad :
       {std::string("{}"), std::string("3"), std::string("[]"), std::string(R"({"data": []})"),
        "{" + data + R"(, "annotations": {}})", "{" + data + R"(, "annotations": [3]})",
        "{" + data + R"(, "annotations": [{"result": {}}]})",
        "{" + data + R"(, "annotations": [)" + annotation(list(selected("none"))) + "]}",
        "{" + data + R"(, "annotations": [)" + annotation(list(selected("left")), R"(, "lead_time": -1)") + "]}",
        "{" + data + R"(, "annotations": [)" + annotation(list(selected("left")), R"(, "lead_time": "x")") + "]}",
        "{" + data + R"(, "annotations": [)" + annotation(list(selected("left")), R"(, "created_at": "now")") + "]}"}) {
    INFO(bad);
    CHECK_THAT(second(bad), StartsWith("corrupt_data: line 2 begins task 2, which "));
  }
  CHECK(second("{" + data + R"(, "annotations": [{}, {"result": [3, {"type": 3}, {"type": "pairwise"}]}]})") ==
        "accepted");
  CHECK_THAT(second("{" + data + ",}"), StartsWith("corrupt_data: line 2 begins a value that is no JSON"));
  CHECK_THAT(refused("{\"data\": 1}"), StartsWith("corrupt_data: line 1 begins an object"));
  CHECK_THAT(refused("id,left\n"), StartsWith("corrupt_data: line 1 begins no JSON"));
  CHECK_THAT(second("{\"data\":" + std::string(100, '[')), StartsWith("limit_exceeded: line 2 is nested"));
}
