// Python's json module (standard library) writes the same files.
#include <random>

#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

json read(const TemporaryFolder &folder, const std::string &content) {
  auto reader = open_table(folder.write("t.jsonl", content));
  return rows_of(*reader);
}

}  // namespace

TEST_CASE("what Python's json writes is read: texts, numbers, nested values as compact JSON") {
  TemporaryFolder folder;
  run_python(
      folder,
      "import random\n"
      "r = random.Random(5)\n"
      "def text(): return ''.join(r.choice(['a', '\"', '\\\\', '\\n', '\\t', '\\u0001', 'é', '猫', '😀', '/']) "
      "for _ in range(r.randint(0, 6)))\n"
      "def value(depth):\n"
      "  kind = r.randint(0, 9 if depth else 6)\n"
      "  if kind == 0: return None\n"
      "  if kind == 1: return r.random() < 0.5\n"
      "  if kind == 2: return r.choice([0, -1, 2**63 - 1, -2**63, 2**64 - 1, 10**25, r.randint(-99, 99)])\n"
      "  if kind == 3: return r.choice([0.1, -0.25, 1e300, 5e-324, r.gauss(0, 1)])\n"
      "  if kind < 7: return text()\n"
      "  if kind == 7: return [value(depth - 1) for _ in range(r.randint(0, 3))]\n"
      "  return {text() + str(i): value(depth - 1) for i in range(r.randint(0, 3))}\n"
      "rows = [{name: value(3) for name in ['path', 'b', 'ç', 'd']} for _ in range(300)]\n"
      "def nested(v): return json.dumps(v, ensure_ascii=False, separators=(',', ':'))\n"
      "def cell(v):\n"
      "  if isinstance(v, (dict, list)): return {'nested': nested(v)}\n"
      "  if isinstance(v, bool): return 'true' if v else 'false'\n"
      "  if isinstance(v, float): return {'float': v}\n"
      "  return v if v is None or isinstance(v, str) else str(v)\n"
      "with open('t.jsonl', 'w') as f:\n"
      "  for i, row in enumerate(rows):\n"
      "    f.write(json.dumps(row, ensure_ascii=r.random() < 0.5, indent=None) + ['\\n', '\\r\\n', '\\n\\n'][i % 3])\n"
      "json.dump([[cell(v) for v in row.values()] for row in rows], open('t.json', 'w'))\n");
  auto reader = open_table(folder / "t.jsonl");
  CHECK(reader->columns() == std::vector<std::string>{"path", "b", "\xc3\xa7", "d"});
  auto expected = json::parse(content_of(folder / "t.json"));
  TableRow read_row;
  for (const auto &cells : expected) {
    REQUIRE(reader->next(read_row));
    INFO(cells);
    REQUIRE(read_row.outcome.ok());
    for (size_t i = 0; i < 4; ++i) {
      const auto *cell = read_row.cell(i);
      if (cells[i].is_null()) {
        CHECK(cell == nullptr);
        continue;
      }
      REQUIRE(cell != nullptr);
      if (cells[i].is_string()) {
        CHECK(cell->text == cells[i].get<std::string>());
      } else if (cells[i].contains("float")) {
        // Exactly the number, and no longer than Python's own shortest form.
        CHECK(std::strtod(cell->text.c_str(), nullptr) == cells[i]["float"].get<double>());
        CHECK(cell->text.size() <= 24);
      } else {
        CHECK(cell->text == cells[i]["nested"].get<std::string>());
      }
    }
  }
  CHECK_FALSE(reader->next(read_row));
}

TEST_CASE("columns come as rows bring them; the last of two values counts; NaN is null") {
  TemporaryFolder folder;
  auto reader =
      open_table(folder.write("t.jsonl", "{\"a\":1}\n{\"b\":\"x\",\"a\":2}\n{\"b\":1,\"b\":true,\"b\":null}\n{}\n"));
  CHECK(reader->columns() == std::vector<std::string>{"a"});
  CHECK(rows_of(*reader) == rows(row("1"), row("2", "x"), row(nullptr, nullptr), row(nullptr, nullptr)));
  CHECK(reader->columns() == std::vector<std::string>{"a", "b"});

  run_python(
      folder,
      "print(json.dumps({'a': float('nan'), 'b': [float('-inf'), 'NaN \\\\\" NaN', 1]}), file=open('n.jsonl', 'w'))");
  auto python = open_table(folder / "n.jsonl");
  CHECK(rows_of(*python) == rows(row(nullptr, R"([null,"NaN \\\" NaN",1])")));
  CHECK(read(folder,
             "{\"a\": 0.10, \"b\": 1e5, \"c\": 100.0, \"d\": [ 1 , { \"x\" : [ ] , \"y\" : \"\\u00e9\\ud83d\\ude00\" } "
             "]}\n") == rows(row("0.1", "100000", "100", "[1,{\"x\":[],\"y\":\"\xc3\xa9\xf0\x9f\x98\x80\"}]")));
}

TEST_CASE("lines that are no object are told by their number, and the others are read") {
  TemporaryFolder folder;
  CHECK(read(folder,
             "{\"a\":1}\n[1]\n\n7\n\"x\"\n{\"a\":\n{\"a\":2} "
             "x\n{'a':3}\n{\"a\":\"\xff\"}\n{\"a\":\"x\\u0000\"}\n{\"a\":4}") ==
        rows(row("1"), wrong(2), wrong(4), wrong(5), wrong(6), wrong(7), wrong(8), wrong(9), wrong(10), row("4")));
  CHECK(read(folder, "oops\n{\"a\":1}\n") == rows(wrong(1), row("1")));
  CHECK(read(folder, "\xef\xbb\xbf{\"a\":1}\r\n") == rows(row("1")));
  CHECK(read(folder, "") == json::array());
  // Deeper than any stack.
  std::string deep(3'000'000, '[');
  CHECK(read(folder, "{\"a\":" + deep + "\n{\"a\":1}\n") == rows(wrong(1), row("1")));
  std::string balanced = std::string(500'000, '[') + std::string(500'000, ']');
  CHECK(read(folder, "{\"a\":" + balanced + "}\n") == rows(row(balanced)));

  std::string big(max_cell_bytes, 'x');
  CHECK(read(folder, "{\"a\":\"" + big + "\"}\n{\"a\":\"" + big + "x\"}\n{\"a\":1}\n") ==
        rows(row(big), wrong(2, "limit_exceeded"), row("1")));
  CHECK(read(folder, "{\"a\":\"" + std::string(max_row_bytes, 'x') + "\"}\n{\"a\":1}\n") ==
        rows(wrong(1, "limit_exceeded"), row("1")));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "{\"n" + std::to_string(i) + "\":1}\n";
  auto all = read(folder, many);
  CHECK(all.size() == 5000);
  CHECK(all[4096] == wrong(4097));

  CHECK(outcome_of(open_jsonl, folder.write("t.jsonl", "[\n{\"a\":1}\n]\n")).status == Status::unsupported);
  CHECK(outcome_of(open_jsonl, folder.write("t.jsonl", "\xfe\xff\0{")).status == Status::unsupported);
  CHECK(outcome_of(open_jsonl, folder / "missing").status == Status::not_found);
}

TEST_CASE("lists of names keep every byte") {
  TemporaryFolder folder;
  auto reader = open_table_or_list(folder.write("names.txt", "a b.jpg\r\n\n /x/\xff.png\nlast"));
  CHECK(reader->columns() == std::vector<std::string>{"name"});
  std::vector<std::string> names;
  TableRow one;
  while (reader->next(one)) names.push_back(one.cell(0)->text + "@" + std::to_string(one.number));
  CHECK(names == std::vector<std::string>{"a b.jpg@1", " /x/\xff.png@3", "last@4"});
  auto zero = open_table_or_list(folder.write("zero.txt", std::string("a\0b\nc\n", 6)));
  REQUIRE(zero->next(one));
  CHECK(one.outcome.status == Status::corrupt_data);
  REQUIRE(zero->next(one));
  CHECK(one.outcome.ok());
}

TEST_CASE("seeded mutations of JSON lines give rows or refusals, never more") {
  TemporaryFolder folder;
  const std::string good =
      "{\"id\":\"a\",\"n\":[1,2.5e3,{\"x\":null}],\"t\":\"\\ud83d\\ude00\"}\n{\"id\":NaN,\"s\":-0.5}\n";
  std::mt19937 random(7);
  for (int round = 0; round < 1500; ++round) {
    auto bad = good;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      size_t at = random() % bad.size();
      if (random() % 3 == 0)
        bad.insert(at, 1, "{}[]\",:\\\n"[random() % 9]);
      else
        bad[at] = static_cast<char>(random());
    }
    auto status = outcome_of(open_jsonl, folder.write("x.jsonl", bad)).status;
    CHECK((status == Status::ok || status == Status::unsupported));
  }
}
