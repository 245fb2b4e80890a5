// Python's csv and json modules (standard library) write and read the same files; what a table comes to is worked out
// by Python too.
#include "exchange/vote_table.h"

#include "exchange/parquet_write.h"
#include "unit/exchange/votes.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

VoteTable table_of(const std::string &path, const std::optional<std::string> &criterion = {}) {
  Task task;
  auto table = read_vote_table(path, criterion, task);
  require_valid(table.history);
  return table;
}

json json_of(const VoteTable &table) {
  auto comparisons = json::array(), orderings = json::array();
  for (const auto &vote : table.history.comparisons)
    comparisons.push_back(
        json::array({vote.left, vote.right, verdict_word(vote.verdict), vote.annotator, double(vote.weight)}));
  for (const auto &vote : table.history.orderings)
    orderings.push_back(json::array({vote.items, vote.ranks, vote.annotator, double(vote.weight), vote.after}));
  return {{"items", table.items},
          {"annotators", table.annotators},
          {"comparisons", comparisons},
          {"orderings", orderings},
          {"criteria", table.criteria}};
}

std::vector<VoteRow> rows_in(const std::string &path) {
  return votes_of([&](const TakeVote &take) {
    Task task;
    read_vote_rows(path, take, task);
  });
}

// The verdicts of a CSV file with the columns left, right and outcome.
std::string verdicts(const TemporaryFolder &folder, const std::string &lines) {
  std::string words;
  for (const auto &vote : rows_in(folder.write("v.csv", "left,right,outcome\n" + lines))) {
    if (!words.empty()) words += ' ';
    words += verdict_word(vote.verdict);
  }
  return words;
}

std::string refused(const TemporaryFolder &folder, const std::string &content, const std::string &name = "v.csv") {
  auto path = folder.write(name, content);
  return refusal_of([&] { rows_in(path); });
}

using Catch::Contains;
using Catch::StartsWith;

}  // namespace

TEST_CASE("votes that Python writes become the history that Python says they are") {
  TemporaryFolder folder;
  run_python(
      folder,
      "import csv, random\n"
      "r = random.Random(5)\n"
      "def expected(rows, several=True):\n"
      "  items, people, criteria, comparisons, orderings = {}, {}, {}, [], []\n"
      "  number = lambda table, name: table.setdefault(name, len(table))\n"
      "  for row in rows:\n"
      "    criteria[row['criterion']] = criteria.get(row['criterion'], 0) + 1\n"
      "    who, weight = number(people, row['annotator']), float(row['weight'] or 1)\n"
      "    if row['items']:\n"
      "      names = json.loads(row['items']) if row['items'].startswith('[') else row['items'].split('|')\n"
      "      ranks = json.loads(row['ranks'])\n"
      "      orderings.append([[number(items, n) for n in names], ranks, who, weight, len(comparisons)])\n"
      "    else:\n"
      "      left = number(items, row['left'])\n"
      "      comparisons.append([left, number(items, row['right']), row['outcome'], who, weight])\n"
      "  return {'items': list(items), 'annotators': list(people), 'comparisons': comparisons, 'orderings': "
      "orderings,\n"
      "          'criteria': [[k, v] for k, v in criteria.items()]}\n"
      "names = ['a, b.jpg', 'two\\nlines', 'say \"c\"', 'é猫😀', '/x/y z.jpg', 'tab\\tin', '00', 'left?', "
      "'semi;colon']\n"
      "n = 0\n"
      "for delimiter, end, bom, suffix in [(',', '\\r\\n', b'\\xef\\xbb\\xbf', 'csv'), (';', '\\n', b'', 'csv'),\n"
      "                                    ('\\t', '\\n', b'', 'tsv'), (',', '\\r', b'', 'csv')]:\n"
      "  rows = []\n"
      "  for _ in range(300):\n"
      "    row = dict(left='', right='', items='', ranks='', outcome='', annotator=r.choice(['Ann', 'Ben', '']),\n"
      "               criterion=r.choice(['', 'light']), weight=r.choice(['', '0.5', '2', '1e1']), other='x')\n"
      "    if r.random() < 0.2:\n"
      "      k = r.randint(3, 5)\n"
      "      row['items'] = json.dumps(r.sample(names, k))\n"
      "      row['ranks'] = json.dumps(r.choice([[1] + [2] * (k - 1), r.sample(range(1, k + 1), k)]))\n"
      "    else:\n"
      "      row['left'], row['right'] = r.sample(names, 2)\n"
      "      row['outcome'] = r.choice(['left', 'right', 'tie', 'both_bad', 'skip'])\n"
      "    rows.append(row)\n"
      "  with open(f'{n}.{suffix}', 'w', newline='', encoding='utf-8') as f:\n"
      "    w = csv.DictWriter(f, r.sample(list(rows[0]), len(rows[0])), delimiter=delimiter, lineterminator=end,\n"
      "                       quoting=csv.QUOTE_ALL if end == '\\r' else csv.QUOTE_MINIMAL)\n"
      "    w.writeheader(); w.writerows(rows)\n"
      "  data = open(f'{n}.{suffix}', 'rb').read()\n"
      "  open(f'{n}.{suffix}', 'wb').write(bom + data)\n"
      "  json.dump(expected(rows), open(f'{n}.json', 'w'))\n"
      "  n += 1\n"
      "with open('4.jsonl', 'w') as f:\n"
      "  for row in rows:\n"
      "    line = {k: v for k, v in row.items() if v}\n"
      "    for k in ['items', 'ranks']:\n"
      "      if row[k]: line[k] = json.loads(row[k])\n"  // arrays as they are
      "    if row['weight']: line['weight'] = float(row['weight'])\n"
      "    f.write(json.dumps(line) + '\\n')\n"
      "json.dump(expected(rows), open('4.json', 'w'))\n");
  for (auto name : {"0.csv", "1.csv", "2.tsv", "3.csv", "4.jsonl"}) {
    INFO(name);
    auto table = table_of(folder / name);
    CHECK(json_of(table) == json::parse(content_of(folder / (std::string(name, 1) + ".json"))));
    CHECK(table.history.orderings.size() > 30);
  }
}

TEST_CASE("one criterion is taken alone, and all are told") {
  TemporaryFolder folder;
  auto path = folder.write("v.csv", "left,right,outcome,criterion\na,b,left,light\nb,c,tie,colour\nc,d,right,light\n");
  auto table = table_of(path, "light");
  CHECK(table.items == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(table.history.comparisons.size() == 2);
  CHECK(json(table.criteria) == json::parse(R"([["light", 2], ["colour", 1]])"));
  CHECK(table_of(path, "none").history.comparisons.empty());
  CHECK(table_of(path).history.comparisons.size() == 3);
}

TEST_CASE("outcomes in other words") {
  TemporaryFolder folder;
  CHECK(verdicts(folder, "p,q,LEFT\np,q,Right\np,q, tie \np,q,Both_Bad\np,q,SKIP\np,q,draw\n") ==
        "left right tie both_bad skip tie");
  CHECK(verdicts(folder, "p,q,1\np,q,0\np,q,0.5\np,q,1.0\np,q,.5\n") == "left right tie left tie");
  CHECK(verdicts(folder, "p,q,a\np,q,B\np,q,p\np,q,q\n") == "left right left right");
  // A word that is also a name: what the other rows mean.
  CHECK(verdicts(folder, "b,a,b\nc,a,c\na,c,tie\n") == "left left tie");  // c is no word
  CHECK(verdicts(folder, "b,a,b\nc,d,a\n") == "right left");              // a names neither of c and d
  CHECK(verdicts(folder, "0,1,1\n2,1,0\n5,7,1\n0,1,0\n") == "left right left right");
  CHECK(verdicts(folder, "a,b,a\na,b,b\n") == "left right");  // both ways the same
  CHECK(verdicts(folder, "a,b,left\nb,a,b\n") == "left right");
}

TEST_CASE("outcomes that can be meant in two ways are refused, those of no meaning too") {
  TemporaryFolder folder;
  std::string header = "left,right,outcome\n";
  CHECK_THAT(refused(folder, header + "a,b,a\nb,a,b\n"),
             StartsWith("corrupt_data: line 3 ") && Contains("write left or right"));
  CHECK_THAT(refused(folder, header + "x,y,x\np,q,left\nb,a,b\n"), StartsWith("corrupt_data: line 4 "));
  for (const char *outcome : {"2", "-1", "0.51", "nan", "inf", "lft", "", "r", "None"})
    CHECK_THAT(refused(folder, header + "p,q,left\np,q," + outcome + "\n"), StartsWith("corrupt_data: line 3 "));
}

TEST_CASE("winner and loser alone are votes without sides; None is no vote") {
  TemporaryFolder folder;
  auto votes = rows_in(folder.write("v.csv", "Winner,Loser\r\na,b\r\nNone,b\r\na,b\r\n"));
  REQUIRE(votes.size() == 2);
  CHECK(votes[1].line == 4);
  CHECK(votes[1].verdict == Verdict::left);
  CHECK_FALSE(votes[1].placement_known);
}

TEST_CASE("votes over several") {
  TemporaryFolder folder;
  auto votes = rows_in(folder.write("v.csv",
                                    "items,ranks,outcome\n"
                                    "a|b| c,1|2|2,\n"
                                    "\"[\"\"a\"\",\"\"b,\"\",3]\",\"[3, 1,2]\",\n"
                                    "a|b|c,,b\n"
                                    "a|b|c,,both_bad\n"
                                    "a|b,2|1,\n"
                                    "a|b,1 1,\n"
                                    "a|b,,b\n"));
  REQUIRE(votes.size() == 7);
  CHECK(votes[0].items == std::vector<std::string>{"a", "b", "c"});
  CHECK(votes[0].ranks == std::vector<uint16_t>{1, 2, 2});
  CHECK(votes[1].items == std::vector<std::string>{"a", "b,", "3"});
  CHECK(votes[1].ranks == std::vector<uint16_t>{3, 1, 2});
  CHECK(votes[2].ranks == std::vector<uint16_t>{2, 1, 2});
  CHECK(votes[3].ranks.empty());
  CHECK(votes[3].verdict == Verdict::both_bad);
  CHECK(votes[4].verdict == Verdict::right);
  CHECK(votes[5].verdict == Verdict::tie);
  CHECK(votes[6].verdict == Verdict::right);
  auto table = table_of(folder / "v.csv");
  CHECK(table.without_order == 1);
  CHECK(table.history.orderings.size() == 3);
  CHECK(table.history.comparisons.size() == 3);
}

TEST_CASE("a row that is wrong refuses the file, by its line") {
  TemporaryFolder folder;
  struct Case {
    const char *header, *good, *bad, *says;
  };
  const Case cases[] = {
      {"left,right,outcome", "a,b,left", ",b,left", "nothing on the left"},
      {"left,right,outcome", "a,b,left", "a,,left", "nothing on the right"},
      {"left,right,outcome", "a,b,left", "a,a,left", "with itself"},
      {"left,right,outcome", "a,b,left", "a,b", "has 2 fields"},
      {"left,right,outcome", "a,b,left", "a,\"b\"c,left", "closing quote"},
      {"left,right,outcome", "a,b,left", "a,\xe9,left", "UTF-8"},
      {"left,right,outcome", "a,b,left", ",,", "nothing that was compared"},
      {"left,right,outcome,weight", "a,b,left,", "a,b,left,0", "above 0"},
      {"left,right,outcome,weight", "a,b,left,2", "a,b,left,nan", "above 0"},
      {"left,right,outcome,weight", "a,b,left,2", "a,b,left,1e-60", "above 0"},
      {"left,right,outcome,weight", "a,b,left,2", "a,b,left,1e60", "above 0"},
      {"left,right,outcome,time", "a,b,left,2023-05-06T07:08:09Z", "a,b,left,yesterday", "time"},
      {"left,right,outcome,duration", "a,b,left,1.5", "a,b,left,-1", "duration"},
      {"left,right,outcome,certainty", "a,b,left,1", "a,b,left,1.01", "from 0 to 1"},
      {"left,right,outcome,placement_known", "a,b,left,true", "a,b,left,maybe", "true or false"},
      {"winner,loser", "a,b", ",b", "no winner"},
      {"winner,loser", "a,b", "a,", "no loser"},
      {"winner,loser", "a,b", "a,a", "with itself"},
      {"items,ranks", "a|b,1|2", "a|b,1|2|3", "3 ranks for 2 items"},
      {"items,ranks", "a|b,1|2", "a|b,2|3", "no rank 1"},
      {"items,ranks", "a|b,1|2", "a|b,1|70000", "no numbers"},
      {"items,ranks", "a|b,1|2", "a|b,0|1", "no numbers"},
      {"items,ranks", "a|b,1|2", "a|b|a,1|2|3", "twice"},
      {"items,ranks", "a|b,1|2", "a,1", "fewer than two"},
      {"items,ranks", "a|b,1|2", "a||b,1|2|3", "without a name"},
      {"items,ranks", "a|b,1|2", "[[a]],1", "no flat JSON array"},
      {"items,ranks", "a|b,1|2", "a|b,", "neither ranks nor an outcome"},
  };
  for (const auto &one : cases) {
    INFO(one.header << " / " << one.bad);
    std::string start = std::string(one.header) + "\n" + one.good + "\n\n" + one.good + "\n";
    CHECK(refused(folder, start) == "accepted");
    auto text = refused(folder, start + one.bad + "\n" + one.good + "\n");
    CHECK_THAT(text, StartsWith("corrupt_data: line 5 ") && Contains(one.says));
    CHECK_THAT(text, !Contains("v.csv"));
  }
}

TEST_CASE("files that hold no votes are refused for what they lack") {
  TemporaryFolder folder;
  CHECK_THAT(refused(folder, "left,right,winner_is\na,b,c\n"),
             StartsWith("corrupt_data: line 1 has no column outcome") && Contains("winner_is"));
  CHECK_THAT(refused(folder, "Image,ELO\na,1\n"), Contains("left, right, outcome"));
  CHECK_THAT(refused(folder, ""), StartsWith("corrupt_data: "));
  CHECK_THAT(refused(folder, "{\"left\":\"a\"}\n", "v.jsonl"), StartsWith("corrupt_data: line 1 "));
  CHECK_THAT(refused(folder, "{\"left\":\"a\",\"right\":\"b\"}\n", "v.jsonl"),
             StartsWith("corrupt_data: line 1 has no outcome"));
  CHECK_THAT(refused(folder, "{\"left\":\"a\",\"right\":\"b\",\"outcome\":\"left\"}\n{oops}\n", "v.jsonl"),
             StartsWith("corrupt_data: line 2 is not JSON"));
  CHECK_THAT(refused(folder, "{\"score\":1}\n", "v.jsonl"), StartsWith("corrupt_data: line 1 is no vote"));
  CHECK_THAT(refused(folder, "[{\"left\":\"a\"}]\n", "v.jsonl"), StartsWith("unsupported: "));
  CHECK_THAT(refused(folder, "x", "v.txt"), StartsWith("unsupported: "));
  CHECK_THAT(refused(folder, std::string("\xff\xfel\0e\0", 6)), StartsWith("unsupported: ") && Contains("UTF-16"));
  CHECK_THAT(refused(folder, std::string("left,right,outcome\na,b\0,left\n", 30)),
             StartsWith("corrupt_data: line 2 ") && Contains("NUL"));
  CHECK_THAT(refused(folder, "left,right,outcome\na," + std::string(5 << 20, 'x') + ",left\n"),
             StartsWith("limit_exceeded: line 2 "));
  std::string deep(100000, '[');
  CHECK_THAT(refused(folder, "items,ranks\n" + deep + ",1\n"), Contains("line 2 ") && Contains("no flat JSON array"));
  CHECK_THAT(refused(folder, "{\"left\":" + deep + "\n", "v.jsonl"), StartsWith("corrupt_data: line 1 "));
  CHECK(status_of([&] { rows_in(folder / "missing.csv"); }) == Status::not_found);
}

TEST_CASE("a vote delivered twice counts once, and another vote of its id is refused") {
  TemporaryFolder folder;
  std::string header = "left,right,outcome,annotator,id\n";
  std::string id = "0123456789abcdef0123456789ABCDEF";
  auto path = folder.write("v.csv", header + "a,b,left,Ann," + id + "\nb,c,tie,Ann,7\na,b,left,Ann," + id +
                                        "\nb,c,tie,Ann,7\nb,c,tie,Ann,\nb,c,tie,Ann,\n");
  auto votes = rows_in(path);
  REQUIRE(votes.size() == 4);
  CHECK(votes[0].id == "0123456789abcdef0123456789abcdef");
  CHECK(votes[1].id.empty());
  CHECK(table_of(path).repeated == 2);
  CHECK_THAT(refused(folder, header + "a,b,left,Ann,7\nx,y,left,Ann,8\na,b,right,Ann,7\n"),
             StartsWith("corrupt_data: line 4 has the id 7 of line 2"));
  CHECK_THAT(refused(folder, header + "a,b,left,Ann,7\na,b,left,Ben,7\n"), StartsWith("corrupt_data: line 3 "));
}

TEST_CASE("votes written as CSV come back as they were, and Python reads the same") {
  TemporaryFolder folder;
  auto votes = many_kinds();
  Task task;
  for (const std::string name : {"v.csv", "v.tsv"}) {
    INFO(name);
    write_vote_table(folder / name, giving(votes), task);
    auto read = rows_in(folder / name);
    REQUIRE(read.size() == votes.size());
    for (size_t i = 0; i < votes.size(); ++i) CHECK(json_of(read[i]) == json_of(votes[i]));
    run_python(
        folder,
        "import csv, datetime\n"
        "d = '\\t' if '" +
            name +
            "'.endswith('tsv') else ','\n"
            "out = []\n"
            "for row in csv.DictReader(open('" +
            name +
            "', newline='', encoding='utf-8'), delimiter=d):\n"
            "  several = bool(row['items'])\n"
            "  epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)\n"
            "  when = datetime.datetime.fromisoformat(row['time'].replace('Z', '+00:00')) if row['time'] else None\n"
            "  out.append(dict(id=row['id'], items=json.loads(row['items']) if several else [row['left'], "
            "row['right']],\n"
            "    ranks=json.loads(row['ranks'] or '[]'), verdict=row['outcome'] or 'skip',\n"
            "    placement_known=row['placement_known'] == 'true', annotator=row['annotator'], "
            "criterion=row['criterion'],\n"
            "    time=when and (when - epoch) // datetime.timedelta(microseconds=1),\n"
            "    duration=round(float(row['duration']) * 1e6) if row['duration'] else None,\n"
            "    weight=float(row['weight'] or 1), prompt=row['prompt'],\n"
            "    certainty=float(row['certainty']) if row['certainty'] else None))\n"
            "json.dump(out, open('back.json', 'w'))\n");
    auto back = json::parse(content_of(folder / "back.json"));
    REQUIRE(back.size() == votes.size());
    for (size_t i = 0; i < votes.size(); ++i) CHECK(back[i] == json_of(votes[i]));
  }
}

TEST_CASE("Parquet holds votes too") {
  TemporaryFolder folder;
  {
    ParquetWriter writer(folder / "v.parquet", {{"left", ParquetType::text, true, {}},
                                                {"right", ParquetType::text, true, {}},
                                                {"outcome", ParquetType::int64, true, {}}});
    std::vector<ParquetValue> first = {std::string_view("a"), std::string_view("b"), int64_t{1}},
                              second = {std::string_view("c"), std::string_view("b"), int64_t{0}};
    writer.add(first);
    writer.add(second);
    writer.finish();
  }
  auto table = table_of(folder / "v.parquet");
  CHECK(table.items == std::vector<std::string>{"a", "b", "c"});
  CHECK(table.history.comparisons[0].verdict == Verdict::left);
  CHECK(table.history.comparisons[1].verdict == Verdict::right);
}

TEST_CASE("long tables are read to their end, and a reader stops when it is told to") {
  TemporaryFolder folder;
  constexpr int count = 200000;
  std::string lines = "left,right,outcome,annotator\n";
  for (int i = 0; i < count; ++i)
    lines += "picture " + std::to_string(i % 977) + ".jpg,picture " + std::to_string(i % 977 + 1 + i % 13) + ".jpg," +
             (i % 3 ? "left" : "right") + ",p" + std::to_string(i % 5) + "\n";
  auto path = folder.write("v.csv", lines);
  auto table = table_of(path);
  CHECK(table.history.comparisons.size() == count);
  CHECK(table.items.size() == 977 + 13);
  CHECK(table.annotators.size() == 5);
  Task task;
  task.cancel();
  CHECK(status_of([&] { read_vote_table(path, {}, task); }) == Status::cancelled);
}
