#pragma once
// Columns of a table by their names, and refusals of its rows by their lines.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exchange/table.h"

namespace kalon {

// Refuses a file for one of its rows: "line 7 " and the text, with the file as context.
[[noreturn]] inline void refuse_row(const TableReader &reader, uint64_t number, const std::string &text,
                                    const std::string &file, Status status = Status::corrupt_data) {
  throw Error(status, std::string(reader.unit()) + " " + std::to_string(number) + " " + text, file);
}

// Finds the columns that are asked for, without regard to the case of ASCII letters; JSON lines may bring them later
// than the first row.
class NamedColumns {
 public:
  NamedColumns(const TableReader &reader, std::vector<std::string_view> names);
  // To be called after each row.
  void look() {
    if (seen_ < reader_.columns().size()) find();
  }
  bool has(size_t name) const { return columns_[name] != none; }
  // Null where the row has no such cell.
  const Cell *cell(const TableRow &row, size_t name) const { return has(name) ? row.cell(columns_[name]) : nullptr; }
  // The text of a cell; empty where there is none.
  std::string_view text(const TableRow &row, size_t name) const {
    auto *found = cell(row, name);
    return found ? std::string_view(found->text) : std::string_view();
  }
  // The first column that was not asked for; null where there is none so far.
  const std::string *unknown() const { return unknown_ == none ? nullptr : &reader_.columns()[unknown_]; }

 private:
  void find();

  static constexpr size_t none = static_cast<size_t>(-1);
  const TableReader &reader_;
  std::vector<std::string_view> names_;
  std::vector<size_t> columns_;
  size_t seen_ = 0, unknown_ = none;
};

}  // namespace kalon
