#pragma once
// The values of one column of a Parquet file, page by page.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exchange/parquet_footer.h"
#include "exchange/parquet_runs.h"

namespace kalon::parquet {

// What the pages that are held at once may take.
struct Allowance {
  uint64_t left = uint64_t{2} << 30;  // bytes
};

class ColumnReader {
 public:
  ColumnReader(const InputFile &file, Column column, Allowance &allowance)
      : file_(file), column_(std::move(column)), allowance_(allowance) {}

  void begin(const Chunk &chunk);  // the values of the next row group
  // The next value, as text. False when it is none that text can hold. Throws corrupt_data, unsupported (encodings),
  // limit_exceeded.
  bool next(Cell &cell);

 private:
  enum class Form { plain, dictionary, runs };  // of the values in a page
  struct PageHeader;

  [[noreturn]] void damaged(const std::string &what) const;
  PageHeader read_header();
  void load_page();
  void take_dictionary(const PageHeader &header);
  void take_data(const PageHeader &header);
  ByteView decompressed(ByteView bytes, uint64_t size, Bytes &target) const;
  void account();

  bool take_value(Cell &cell);
  ByteView take_plain();
  bool put(ByteView value, Cell &cell) const;

  const InputFile &file_;
  Column column_;
  Allowance &allowance_;
  uint64_t held_ = 0;  // of the allowance

  Chunk chunk_;
  uint64_t at_ = 0, end_ = 0;  // the next page; the end of the chunk
  Bytes raw_, page_, dictionary_;
  std::vector<uint32_t> ends_;  // of the dictionary's texts, each behind its length
  uint32_t entries_ = 0;        // of the dictionary
  bool has_dictionary_ = false;

  uint32_t left_ = 0;  // values of the page that were not given yet, nulls included
  Form form_ = Form::plain;
  std::optional<RunReader> present_;  // 1 for a value, 0 for a null
  ByteView values_;                   // of plain pages, what is left
  int bit_ = 0;                       // of the first byte, for truth values
  RunReader indexes_;                 // of dictionary pages, and of runs
};

}  // namespace kalon::parquet
