// What is written is read back by Kalon's reader, which tests/golden/exchange checks against pyarrow; tests/peers has
// pyarrow itself read it, structures and bytes included.
#include <limits>

#include "base/clock.h"
#include "exchange/parquet_footer.h"
#include "exchange/parquet_write.h"
#include "unit/exchange/exports.h"
#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

const ParquetValue none;

std::vector<ParquetField> all_kinds() {
  return {{"text", ParquetType::text, true, ""},      {"truth", ParquetType::boolean, true, ""},
          {"small", ParquetType::int32, true, ""},    {"large", ParquetType::int64, true, ""},
          {"single", ParquetType::float32, true, ""}, {"real", ParquetType::float64, true, ""},
          {"when", ParquetType::moment, true, ""},    {"needed", ParquetType::boolean, false, ""}};
}

json read_back(const std::string &path) {
  auto reader = open_parquet(path);
  return rows_of(*reader);
}

// The values of row i, and what a reader gives of them; every column has nulls of a pattern of its own.
struct KnownRow {
  std::string text;
  std::vector<ParquetValue> values;
  json expected;

  explicit KnownRow(int64_t i) : text("row " + std::to_string(i)) {
    auto put = [&](int every, const ParquetValue &value, const json &known) {
      bool null = every > 0 && i % every == 0;
      values.push_back(null ? none : value);
      expected.push_back(null ? json() : known);
    };
    put(3, std::string_view(text), text);
    put(2, i % 5 == 0, i % 5 == 0 ? "true" : "false");
    put(7, -i, std::to_string(-i));
    put(4, i << 40, std::to_string(i << 40));
    put(5, static_cast<double>(i) / 4, number_text(static_cast<float>(i) / 4));
    put(6, static_cast<double>(i) / 3, number_text(static_cast<double>(i) / 3));
    put(11, i * 1'000'003, format_utc(i * 1'000'003));
    put(0, i % 3 == 0, i % 3 == 0 ? "true" : "false");
  }
};

}  // namespace

TEST_CASE("rows of every kind come back, whatever the size of row groups") {
  TemporaryFolder folder;
  for (uint64_t group_bytes : {uint64_t{1}, uint64_t{1000}, uint64_t{64} << 20}) {
    auto path = folder / "file.parquet";
    ParquetSettings settings;
    settings.row_group_bytes = group_bytes;
    ParquetWriter writer(path, all_kinds(), settings);
    auto expected = json::array();
    for (int64_t i = 0; i < 1000; ++i) {
      KnownRow row(i);
      writer.add(row.values);
      expected.push_back(row.expected);
    }
    CHECK(writer.rows() == 1000);
    writer.finish();
    CHECK(read_back(path) == expected);
    auto groups = parquet::read_footer(InputFile(path)).groups.size();
    CHECK((group_bytes == 1 ? groups == 1000 : group_bytes == 1000 ? groups > 10 && groups < 100 : groups == 1));
  }
}

TEST_CASE("values that fill pages, and more rows than a page holds") {
  TemporaryFolder folder;
  auto path = folder / "file.parquet";
  {
    ParquetWriter writer(path, {{"text", ParquetType::text, true, ""}});
    for (size_t i = 0; i < 40; ++i) {
      std::string text(i * 100'000, static_cast<char>('a' + i % 26));
      ParquetValue value = std::string_view(text);
      writer.add({&value, 1});
    }
    writer.finish();
    auto rows = read_back(path);
    REQUIRE(rows.size() == 40);
    for (size_t i = 0; i < 40; ++i)
      CHECK(rows[i][0].get<std::string>() == std::string(i * 100'000, static_cast<char>('a' + i % 26)));
  }
  ParquetWriter writer(path, {{"truth", ParquetType::boolean, true, ""}});
  for (int i = 0; i < 300'001; ++i) {
    ParquetValue value = i % 7 == 0 ? none : ParquetValue(i % 2 == 0);
    writer.add({&value, 1});
  }
  writer.finish();
  auto reader = open_parquet(path);
  TableRow row;
  bool equal = true;
  int count = 0;
  for (; reader->next(row); ++count) {
    auto *cell = row.cell(0);
    equal &= count % 7 == 0 ? cell == nullptr : cell && cell->text == (count % 2 == 0 ? "true" : "false");
  }
  CHECK(equal);
  CHECK(count == 300'001);
}

TEST_CASE("a structure is one column, and its neighbours are not disturbed") {
  TemporaryFolder folder;
  auto path = folder / "file.parquet";
  ParquetWriter writer(path, {{"before", ParquetType::int64, true, ""},
                              {"bytes", ParquetType::binary, true, "image"},
                              {"path", ParquetType::text, true, "image"},
                              {"after", ParquetType::text, true, ""}});
  std::vector<ParquetValue> row = {int64_t{1}, std::string_view("\0\xff", 2), std::string_view("a"),
                                   std::string_view("b")};
  writer.add(row);
  row = {int64_t{2}, none, none, std::string_view("c")};
  writer.add(row);
  writer.finish();
  auto reader = open_parquet(path);
  CHECK(reader->columns() == std::vector<std::string>{"before", "after"});
  REQUIRE(reader->unreadable().size() == 1);
  CHECK(reader->unreadable()[0].name == "image");
  CHECK(rows_of(*reader) == rows(testing::row("1", "b"), testing::row("2", "c")));
}

TEST_CASE("a file without rows, and limits of numbers") {
  TemporaryFolder folder;
  auto path = folder / "file.parquet";
  ParquetWriter(path, all_kinds()).finish();
  auto reader = open_parquet(path);
  CHECK(reader->row_count() == 0);
  CHECK(reader->columns().size() == 8);

  ParquetWriter writer(path, {{"small", ParquetType::int32, false, ""},
                              {"large", ParquetType::int64, false, ""},
                              {"real", ParquetType::float64, false, ""}});
  std::vector<ParquetValue> row = {int64_t{std::numeric_limits<int32_t>::min()}, std::numeric_limits<int64_t>::min(),
                                   std::numeric_limits<double>::denorm_min()};
  writer.add(row);
  writer.finish();
  CHECK(read_back(path) == rows(testing::row("-2147483648", "-9223372036854775808", "5e-324")));
}

TEST_CASE("rows that are refused leave nothing behind") {
  TemporaryFolder folder;
  auto path = folder / "file.parquet";
  ParquetWriter writer(path, all_kinds());
  KnownRow good(1);
  writer.add(good.values);
  auto refused = [&](size_t column, const ParquetValue &value) {
    auto values = KnownRow(4).values;
    values[column] = value;
    return status_of([&] { writer.add(values); });
  };
  CHECK(refused(7, none) == Status::invalid_argument);
  CHECK(refused(7, int64_t{1}) == Status::invalid_argument);
  CHECK(refused(0, std::string_view("\xff")) == Status::invalid_argument);
  CHECK(refused(2, int64_t{1} << 31) == Status::invalid_argument);
  CHECK(refused(5, int64_t{1}) == Status::invalid_argument);
  CHECK(refused(6, 1.0) == Status::invalid_argument);
  CHECK(status_of([&] { writer.add(std::span(good.values).first(3)); }) == Status::invalid_argument);
  KnownRow last(5);
  writer.add(last.values);
  writer.finish();
  CHECK(read_back(path) == rows(good.expected, last.expected));
}

TEST_CASE("columns need names of their own") {
  TemporaryFolder folder;
  auto status = [&](std::vector<ParquetField> fields) {
    return status_of([&] { ParquetWriter(folder / "file.parquet", std::move(fields)); });
  };
  auto field = [](const char *name, const char *structure) {
    return ParquetField{name, ParquetType::text, true, structure};
  };
  CHECK(status({}) == Status::invalid_argument);
  CHECK(status({field("", "")}) == Status::invalid_argument);
  CHECK(status({field("a", ""), field("a", "")}) == Status::invalid_argument);
  CHECK(status({field("a", "s"), field("a", "s")}) == Status::invalid_argument);
  CHECK(status({field("a", "s"), field("b", ""), field("c", "s")}) == Status::invalid_argument);
  CHECK(status({field("\xff", "")}) == Status::invalid_argument);
  CHECK(status({field("a", "s"), field("a", "t"), field("a", "")}) == Status::ok);
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("a full disk, or no finish, leaves what was there") {
  TemporaryFolder folder;
  auto path = folder.write("file.parquet", "before");
  std::string noise(1000, ' ');
  auto fill = [&] {
    ParquetWriter writer(path, {{"bytes", ParquetType::binary, true, ""}});
    for (uint32_t i = 0, state = 1; i < 1000; ++i) {
      for (char &c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
      ParquetValue value = std::string_view(noise);
      writer.add({&value, 1});
    }
    writer.finish();
  };
  {
    SmallDisk disk(100'000);
    CHECK(status_of(fill) == Status::io);
  }
  { ParquetWriter unfinished(path, all_kinds()); }
  CHECK(content_of(path) == "before");
  CHECK(files_in(folder.path()) == 1);
  fill();
  CHECK(content_of(path).starts_with("PAR1"));
}
