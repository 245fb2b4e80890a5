// Python's csv module (standard library) reads and writes the same files.
#include <random>

#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

json read(const TemporaryFolder &folder, const std::string &content, const std::string &name = "t.csv") {
  auto reader = open_table(folder.write(name, content));
  return rows_of(*reader);
}

}  // namespace

TEST_CASE("what Python's csv writes is read: separators, line ends, quotes, newlines inside, any text") {
  TemporaryFolder folder;
  run_python(
      folder,
      "import csv, random\n"
      "r = random.Random(8)\n"
      "n = 0\n"
      "letters = ['a', 'B', ' ', '\"', ',', ';', '\\t', '\\n', '\\r', '\\r\\n', 'é', '猫', '😀', '\\'', '\\\\', '']\n"
      "for delimiter in ',;\\t':\n"
      "  for end in ['\\r\\n', '\\n', '\\r']:\n"
      "    for quoting in [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]:\n"
      "      for bom in [b'', b'\\xef\\xbb\\xbf']:\n"
      "        rows = [['name', 'é b', 'say \"c\"', 'd']]\n"
      "        rows += [[''.join(r.choice(letters) for _ in range(r.randint(0, 9))) for _ in range(4)] for _ in "
      "range(40)]\n"
      "        with open(f'{n}.csv', 'w', newline='', encoding='utf-8') as f:\n"
      "          csv.writer(f, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)\n"
      "        data = open(f'{n}.csv', 'rb').read()\n"
      "        if r.random() < 0.3: data = data[:-len(end)]\n"  // no end of the last line
      "        open(f'{n}.csv', 'wb').write(bom + data)\n"
      "        back = list(csv.reader(open(f'{n}.csv', newline='', encoding='utf-8-sig'), delimiter=delimiter))\n"
      // Python gives rows of any length, and does not always quote a newline of the other kind.
      "        back = [row if len(row) == 4 else 'wrong' for row in back if row]\n"
      "        json.dump(back, open(f'{n}.json', 'w'))\n"
      "        n += 1\n"
      "open('count', 'w').write(str(n))\n");
  int count = std::stoi(content_of(folder / "count"));
  REQUIRE(count == 36);
  for (int i = 0; i < count; ++i) {
    auto name = std::to_string(i);
    INFO(name);
    auto expected = json::parse(content_of(folder / (name + ".json")));
    auto reader = open_csv(folder / (name + ".csv"));
    CHECK(json(reader->columns()) == expected[0]);
    expected.erase(0);
    auto read_rows = rows_of(*reader);
    for (auto &one : read_rows)
      if (one.is_object()) one = "wrong";
    CHECK(read_rows == expected);
  }
}

TEST_CASE("rows that are wrong are told by their line, and the others are read") {
  TemporaryFolder folder;
  CHECK(read(folder, "a,b\n1,2\n3\n\n4,5,6\n\"x\ny\",7\n8,9\n") ==
        rows(row("1", "2"), wrong(3), wrong(5), row("x\ny", "7"), row("8", "9")));
  CHECK(read(folder, "a,b\r\n\"x\"y,2\r\n3,4\r\n") == rows(wrong(2), row("3", "4")));
  CHECK(read(folder, "a,b\n1,\xff\n2,\xc3\xa9\n") == rows(wrong(2), row("2", "\xc3\xa9")));
  CHECK(read(folder, std::string("a,b\n1,x\0y\n2,z\n", 14)) == rows(wrong(2), row("2", "z")));
  CHECK(read(folder, "a,b\n1,2\n3,\"never\nclosed\n4,5\n") == rows(row("1", "2"), wrong(3)));
  CHECK(read(folder, "a,b\n1,a\"b\n\"\",\"\"\"\"\n") == rows(row("1", "a\"b"), row("", "\"")));
  CHECK(read(folder, "a\n1\n\n2\n") == rows(row("1"), row("2")));
  CHECK(read(folder, "\n\na,b\n1,2") == rows(row("1", "2")));
  CHECK(read(folder, "a\tb,c,d\n1\t2\n", "t.tsv") == rows(row("1", "2")));
  CHECK(read(folder, "\"a;b\",c\n1,2\n") == rows(row("1", "2")));
  CHECK(read(folder, "a,b\n") == json::array());

  auto reader = open_csv(folder.write("t.csv", "a,b\n1\n\"q\n\n\n"));
  TableRow bad;
  REQUIRE(reader->next(bad));
  CHECK(bad.outcome.text == "has 1 field; the header names 2");
  REQUIRE(reader->next(bad));
  CHECK_THAT(bad.outcome.text, Catch::Contains("never closed") && Catch::Contains("3 lines"));
}

TEST_CASE("fields and lines beyond the limits are wrong rows, and hold no more memory than that") {
  TemporaryFolder folder;
  std::string big(max_cell_bytes, 'x');
  CHECK(read(folder, "a,b\n" + big + ",1\n" + big + "x,2\n\"" + big + "\ny\",3\n4,5\n") ==
        rows(row(big, "1"), wrong(3, "limit_exceeded"), wrong(4, "limit_exceeded"), row("4", "5")));
  std::string five;
  for (int i = 0; i < 5; ++i) five += (i > 0 ? "," : "") + big;
  CHECK(read(folder, "a,b,c,d,e\n" + five + "\n1,2,3,4,5\n") ==
        rows(wrong(2, "limit_exceeded"), row("1", "2", "3", "4", "5")));
  std::string commas(20000, ',');
  CHECK(read(folder, "a,b\n" + commas + "\n1,2\n") == rows(wrong(2, "limit_exceeded"), row("1", "2")));
}

TEST_CASE("files without a usable header are refused") {
  TemporaryFolder folder;
  auto status = [&](const std::string &content) { return outcome_of(open_csv, folder.write("t.csv", content)).status; };
  CHECK(status("") == Status::corrupt_data);
  CHECK(status("\n\n") == Status::corrupt_data);
  CHECK(status("a,b,a\n") == Status::corrupt_data);
  CHECK(status(",a,\n1,2,3\n") == Status::ok);  // pandas writes an index without a name
  CHECK(status("a,\xff\n") == Status::corrupt_data);
  CHECK(status("a,\"b\n") == Status::corrupt_data);
  std::string commas(5000, ','), name(2000, 'n');
  CHECK(status(commas + "\n") == Status::limit_exceeded);
  CHECK(status(name + ",b\n") == Status::limit_exceeded);
  CHECK(status("\xff\xfe" + std::string("a\0,\0b\0", 6)) == Status::unsupported);
  CHECK(outcome_of(open_csv, folder / "missing.csv").status == Status::not_found);
  CHECK(outcome_of(open_csv, folder.path()).status == Status::invalid_argument);
  CHECK(outcome_of(open_table, folder.write("t.xlsx")).status == Status::unsupported);
}

TEST_CASE("long files pass the buffer's edges unharmed") {
  TemporaryFolder folder;
  run_python(
      folder,
      "import csv, random\n"
      "r = random.Random(2)\n"
      "rows = [['a', 'b']] + [['x' * r.randint(0, 70000), r.choice(['\\r\\n', '\"', 'é'] * 3)] for _ in range(60)]\n"
      "csv.writer(open('t.csv', 'w', newline='')).writerows(rows)\n"
      "json.dump(rows[1:], open('t.json', 'w'))\n");
  auto reader = open_csv(folder / "t.csv");
  CHECK(rows_of(*reader) == json::parse(content_of(folder / "t.json")));
}

TEST_CASE("seeded mutations of a CSV file give rows or refusals, never more") {
  TemporaryFolder folder;
  const std::string good = "\xef\xbb\xbfid,\"score \"\"x\"\"\",caption\r\n1,0.5,\"a\r\nb\"\r\n2,,caf\xc3\xa9\r\n";
  std::mt19937 random(6);
  for (int round = 0; round < 1500; ++round) {
    auto bad = good;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      size_t at = random() % bad.size();
      switch (random() % 4) {
        case 0:
          bad.insert(at, 1, ",;\"\r\n\t\xff"[random() % 7]);
          break;
        case 1:
          bad.erase(at, 1);
          break;
        default:
          bad[at] = static_cast<char>(random());
      }
    }
    auto status = outcome_of(open_csv, folder.write("x.csv", bad)).status;
    CHECK((status == Status::ok || status == Status::corrupt_data || status == Status::unsupported));
  }
}

TEST_CASE("text that is no UTF-8 is told by its column, UTF-16 without a mark by its kind") {
  TemporaryFolder folder;
  auto said = [&](const std::string &content) {
    try {
      auto reader = open_csv(folder.write("a.csv", content));
      TableRow row;
      if (reader->next(row)) return row.outcome.text;
    } catch (const Error &error) {
      return error.message();
    }
    return std::string();
  };
  CHECK(said("left,right\n\xe9,b\n") == "is not UTF-8 in the column left; save the file as UTF-8");
  for (const char *kind : {"le", "be"}) {
    std::string wide;
    for (char c : std::string("left,right\na,b\n")) wide += *kind == 'l' ? std::string{c, '\0'} : std::string{'\0', c};
    CHECK(said(wide) == "is text in UTF-16; save it as UTF-8");
  }
}
