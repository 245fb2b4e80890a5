#pragma once
// What a Parquet file says of itself at its end: https://github.com/apache/parquet-format

#include <cstdint>
#include <string>
#include <vector>

#include "exchange/input_file.h"
#include "exchange/table.h"

namespace kalon::parquet {

enum class Physical { boolean = 0, int32 = 1, int64 = 2, int96 = 3, float32 = 4, float64 = 5, bytes = 6, fixed = 7 };
enum class Meaning { text, boolean, integer, unsigned_integer, real, date, milliseconds, microseconds, nanoseconds };
enum class Codec { none = 0, snappy = 1, gzip = 2, zstandard = 6 };

// A column that can be read: not nested, of known meaning.
struct Column {
  std::string name;
  Physical physical = Physical::bytes;
  Meaning meaning = Meaning::text;
  bool optional = true;  // may hold nulls
};

// The part of a column that belongs to one row group.
struct Chunk {
  uint64_t offset = 0, bytes = 0;  // inside the file
  Codec codec = Codec::none;
};

struct RowGroup {
  uint64_t rows = 0;
  std::vector<Chunk> chunks;  // by column
};

struct Footer {
  uint64_t rows = 0;
  std::vector<Column> columns;
  std::vector<TableReader::Unreadable> unreadable;
  std::vector<RowGroup> groups;
};

// corrupt_data, unsupported (encrypted; columns in other files), limit_exceeded. Everything in it is checked: chunks
// lie inside the file, and the row groups have the rows that the file has. [worker]
Footer read_footer(const InputFile &file);

}  // namespace kalon::parquet
