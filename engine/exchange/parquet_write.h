#pragma once
// Parquet files that go out: plain v1 pages, compressed with Zstandard. https://github.com/apache/parquet-format

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kalon {

// moment: microseconds since 1970-01-01 UTC, read back as a time without a zone, as pandas writes them.
enum class ParquetType { text, binary, boolean, int32, int64, float32, float64, moment };

struct ParquetField {
  std::string name;
  ParquetType type = ParquetType::text;
  bool optional = true;  // may hold nulls; parts of a structure always may
  // Neighbours of the same one are the parts of a structure of that name; empty: a column of its own. A structure is
  // null where all its parts are.
  std::string structure;
};

// Null, or a value of the field's kind: int64_t for int32, int64 and moment, double for both floating types.
using ParquetValue = std::variant<std::monostate, bool, int64_t, double, std::string_view>;

struct ParquetSettings {
  std::vector<std::pair<std::string, std::string>> metadata;  // keys and values of the file
  // A row group ends with the row that brings it there: what is held in memory. What is decoded of it at once by a
  // reader is about as much.
  uint64_t row_group_bytes = uint64_t{64} << 20;
  int compression_level = 3;  // of Zstandard
};

// The file appears under its name only when finish() succeeds; a file of that name is replaced then. Throws
// invalid_argument for names that are empty or given twice, and for values of another kind than their field's; io when
// the disk is full. [worker]
class ParquetWriter {
 public:
  ParquetWriter(const std::string &path, std::vector<ParquetField> fields, ParquetSettings settings = {});
  ~ParquetWriter();  // without finish(): nothing stays
  ParquetWriter(const ParquetWriter &) = delete;
  ParquetWriter &operator=(const ParquetWriter &) = delete;
  // A row, by field. A row that is refused leaves nothing of it behind. Text must be UTF-8; limit_exceeded for values
  // of a gigabyte and more.
  void add(std::span<const ParquetValue> row);
  void finish();
  uint64_t rows() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace kalon
