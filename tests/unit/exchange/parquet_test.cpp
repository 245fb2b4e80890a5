// tests/golden/exchange: files that pyarrow wrote, and what Python knows of their rows (make.py there).
#include <charconv>
#include <filesystem>
#include <random>

#include "exchange/parquet_runs.h"
#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

const std::string goldens = KALON_SOURCE_DIR "/tests/golden/exchange/";

bool same(const Cell *cell, const json &expected) {
  if (expected.is_null() || cell == nullptr) return expected.is_null() && cell == nullptr;
  if (expected.is_string()) return cell->text == expected.get<std::string>();
  const char *first = cell->text.data(), *last = first + cell->text.size();
  auto equal = [&](auto value, double wanted) {
    return std::from_chars(first, last, value).ptr == last && double{value} == wanted;
  };
  return expected.contains("f32") ? equal(float{}, expected["f32"].get<double>())
                                  : equal(double{}, expected["f64"].get<double>());
}

void check_rows(const std::string &name, const std::string &expected_name) {
  INFO(name);
  auto expected = json_lines(goldens + expected_name + ".jsonl");
  auto reader = open_table(goldens + name + ".parquet");
  REQUIRE(json(reader->columns()) == expected[0]);
  CHECK(reader->row_count() == expected.size() - 1);
  CHECK(reader->unit() == "row");
  TableRow row;
  for (size_t i = 1; i < expected.size(); ++i) {
    REQUIRE(reader->next(row));
    REQUIRE(row.outcome.ok());
    CHECK(row.number == i);
    for (size_t column = 0; column < expected[0].size(); ++column) {
      INFO("row " << i << ", " << expected[0][column] << ": " << expected[i][column] << ", read "
                  << (row.cell(column) ? row.cell(column)->text : "null"));
      CHECK(same(row.cell(column), expected[i][column]));
    }
  }
  CHECK_FALSE(reader->next(row));
}

}  // namespace

TEST_CASE("what pyarrow writes is read: codecs, encodings, both kinds of pages, several row groups, nulls") {
  int files = 0;
  for (const auto &entry : std::filesystem::directory_iterator(goldens)) {
    auto name = entry.path().stem().native();
    if (entry.path().extension() != ".parquet" || name.rfind("table-", 0) != 0) continue;
    check_rows(name, "table");
    ++files;
  }
  CHECK(files == 9);
  check_rows("no-rows", "no-rows");
  check_rows("kinds", "kinds");
}

TEST_CASE("only the columns that are asked for are read") {
  auto reader = open_table(goldens + "table-zstd-plain-v1.parquet");
  auto expected = json_lines(goldens + "table.jsonl");
  reader->only({8, 1, 8});
  TableRow row;
  for (size_t i = 1; i < expected.size(); ++i) {
    REQUIRE(reader->next(row));
    for (size_t column = 0; column < expected[0].size(); ++column)
      CHECK(same(row.cell(column), column == 8 || column == 1 ? expected[i][column] : json()));
  }
}

TEST_CASE("columns that cannot be read are named with the reason") {
  auto reader = open_table(goldens + "kinds.parquet");
  std::vector<std::string> names;
  for (const auto &column : reader->unreadable()) {
    names.push_back(column.name);
    CHECK_FALSE(column.reason.empty());
  }
  CHECK(names == std::vector<std::string>{"list", "record", "decimal", "fixed", "time"});

  auto bytes = open_table(goldens + "bytes.parquet");
  CHECK(rows_of(*bytes) == rows(row("good"), wrong(2), row(nullptr), row("\xc3\xa9t\xc3\xa9"), wrong(5)));
}

TEST_CASE("encodings and compressions that are not read are refused by name") {
  for (auto [file, name] : {std::pair{"delta_binary_packed", "DELTA_BINARY_PACKED"},
                            {"delta_byte_array", "DELTA_BYTE_ARRAY"},
                            {"byte_stream_split", "BYTE_STREAM_SPLIT"},
                            {"lz4", "LZ4"},
                            {"brotli", "Brotli"}}) {
    auto outcome = outcome_of(open_parquet, goldens + "refused-" + file + ".parquet");
    CHECK(outcome.status == Status::unsupported);
    CHECK_THAT(outcome.text, Catch::Contains(name) && Catch::Contains("column"));
  }
}

TEST_CASE("files that are no Parquet are refused") {
  TemporaryFolder folder;
  auto status = [&](const std::string &content) {
    return outcome_of(open_parquet, folder.write("t.parquet", content)).status;
  };
  auto good = content_of(goldens + "kinds.parquet");
  CHECK(status(good) == Status::ok);
  CHECK(status("") == Status::corrupt_data);
  CHECK(status("PAR1") == Status::corrupt_data);
  CHECK(status("PAR1PAR1") == Status::corrupt_data);
  CHECK(status(good.substr(0, good.size() - 1)) == Status::corrupt_data);
  CHECK(status(good.substr(0, good.size() - 4) + "PARE") == Status::unsupported);
  CHECK(status(std::string("PAR1\xff\xff\xff\x7fPAR1", 12)) == Status::corrupt_data);
  CHECK(status(std::string("PAR1\0\0\0\0PAR1", 12)) == Status::corrupt_data);
  CHECK(status(std::string("PAR1\0\x01\0\0\0PAR1", 13)) == Status::corrupt_data);
}

TEST_CASE("seeded mutations of Parquet files give rows or refusals, never more") {
  TemporaryFolder folder;
  std::mt19937 random(12);
  int refused = 0;
  for (auto name : {"kinds", "bytes", "table-snappy-dictionary-v1", "table-zstd-plain-v1", "table-gzip-plain-v2",
                    "table-none-dictionary-v2"}) {
    auto good = content_of(goldens + name + ".parquet");
    for (int round = 0; round < 250; ++round) {
      auto bad = good;
      for (auto changes = 1 + random() % 3; changes > 0; --changes) {
        // The footer and the pages' headers are a small part of the bytes, and the more interesting one.
        size_t at =
            random() % 2 == 0 ? random() % bad.size() : bad.size() - 1 - random() % std::min<size_t>(900, bad.size());
        bad[at] = random() % 2 == 0 ? static_cast<char>(random()) : static_cast<char>(bad[at] ^ (1 << random() % 8));
      }
      auto status = outcome_of(open_parquet, folder.write("x.parquet", bad)).status;
      CHECK((status == Status::ok || status == Status::corrupt_data || status == Status::unsupported ||
             status == Status::limit_exceeded));
      refused += status != Status::ok;
    }
  }
  CHECK(refused > 200);
}

TEST_CASE("runs and packed bits, by the examples of the format's documentation") {
  using parquet::RunReader;
  auto all = [](const Bytes &bytes, int width) {
    RunReader reader(bytes, width);
    std::vector<uint32_t> numbers;
    while (auto number = reader.next()) numbers.push_back(*number);
    return numbers;
  };
  // Encodings.md: the numbers 0 to 7 in three bits are 10001000 11000110 11111010.
  CHECK(all({0x03, 0x88, 0xc6, 0xfa}, 3) == std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(all({0x0a, 0x01}, 1) == std::vector<uint32_t>(5, 1));
  CHECK(all({0x04, 0x39, 0x30, 0x02, 0xff, 0xff}, 16) == std::vector<uint32_t>{12345, 12345, 65535});
  CHECK(all({0x06}, 0) == std::vector<uint32_t>{0, 0, 0});
  CHECK(all({0x04, 0x39}, 16).empty());                         // a run that is cut short
  CHECK(all({0x03, 0x88}, 3) == std::vector<uint32_t>{0, 1});   // whole numbers of what is there
  CHECK(all({0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 1).empty());  // no length of 32 bits
}
