#pragma once
// Tables that come in: CSV, JSON lines, Parquet and plain lists of names, all read row by row through one interface.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kalon {

constexpr size_t max_table_columns = 4096, max_table_name = 1024;  // how many columns; bytes of a name
constexpr size_t max_cell_bytes = size_t{4} << 20;
constexpr size_t max_row_bytes = size_t{16} << 20;  // of a line of text

struct Cell {
  bool known = false;  // false: null, or no such cell in this row
  std::string text;    // UTF-8 without NUL (any bytes but NUL and line ends in a list of names)
};

struct TableRow {
  uint64_t number = 0;      // of its first line in text files, of the row in Parquet; from 1
  Outcome outcome;          // what is wrong with the row; its cells are not to be used then
  std::vector<Cell> cells;  // by column; missing ones at the end are not known
  const Cell *cell(size_t column) const {
    return outcome.ok() && column < cells.size() && cells[column].known ? &cells[column] : nullptr;
  }
};

// Rows that are wrong come with an outcome, and reading goes on behind them. What makes the whole file unreadable is
// thrown: corrupt_data, unsupported, limit_exceeded, io. [worker]
class TableReader {
 public:
  virtual ~TableReader() = default;

  // Names of the columns. JSON lines may bring more of them as rows are read; all others know them from the start.
  // Never two of the same name, except that columns without a name are "".
  const std::vector<std::string> &columns() const { return columns_; }
  virtual bool more_columns_may_come() const { return false; }
  // Columns that are there and cannot be read, with the reason.
  struct Unreadable {
    std::string name, reason;
  };
  const std::vector<Unreadable> &unreadable() const { return unreadable_; }
  // How a row is counted: "line" or "row".
  virtual std::string_view unit() const { return "line"; }
  // How many rows there are, where the file says so itself.
  virtual std::optional<uint64_t> row_count() const { return std::nullopt; }
  // Only these columns are needed; the cells of others need not be given. Before the first next().
  virtual void only(const std::vector<size_t> &) {}
  // The next row; false at the end. Reusing one row saves allocations.
  virtual bool next(TableRow &row) = 0;

 protected:
  std::vector<std::string> columns_;
  std::vector<Unreadable> unreadable_;
};

// CSV (RFC 4180) with a header of names; fields are separated by comma, semicolon or tab, whichever the header has most
// of; by tab in .tsv files. Lines end with CR LF, LF or CR; empty ones are passed over. Rows with more or fewer fields
// than the header, with text behind a closing quote, with a field or line beyond the limits, or that are no UTF-8 are
// wrong.
std::unique_ptr<TableReader> open_csv(const std::string &path);
// JSON lines: one object a line. Strings are given as they are, numbers as integers or in the shortest form that reads
// back the same, true and false as words, arrays and objects as compact JSON. Of a name given twice the last value
// counts. NaN and Infinity, which Python writes and JSON has not, are null.
std::unique_ptr<TableReader> open_jsonl(const std::string &path);
// Parquet: columns of text, numbers, truth values, dates and points in time that are not nested; the others are
// unreadable. Encodings plain and dictionary (and run lengths of truth values), compressed with Snappy, gzip, Zstandard
// or not. Dates are YYYY-MM-DD, points in time as format_utc() writes them, NaN is null. Holds one page of each column
// that is needed, at most 2 GiB together.
std::unique_ptr<TableReader> open_parquet(const std::string &path);
// One column, "name": a path, URI or id a line, as bytes. Empty lines are passed over.
std::unique_ptr<TableReader> open_name_list(const std::string &path);

// Whichever a file is by its extension (.csv .tsv .jsonl .ndjson .parquet). Of other files: unsupported, or for lists a
// list of names.
std::unique_ptr<TableReader> open_table(const std::string &path);
std::unique_ptr<TableReader> open_table_or_list(const std::string &path);

// A number as text: whole ones that the type counts without gaps as digits alone, others in the shortest form that
// reads back the same. [any]
std::string number_text(double value);
std::string number_text(float value);

}  // namespace kalon
