// Parquet files as tables.

#include <memory>

#include "exchange/parquet_column.h"
#include "exchange/table.h"

namespace kalon {
namespace {

class ParquetReader : public TableReader {
 public:
  explicit ParquetReader(const std::string &path) : file_(path), footer_(parquet::read_footer(file_)) {
    unreadable_ = footer_.unreadable;
    for (const auto &column : footer_.columns) {
      columns_.push_back(column.name);
      readers_.push_back(std::make_unique<parquet::ColumnReader>(file_, column, allowance_));
    }
  }

  std::string_view unit() const override { return "row"; }
  std::optional<uint64_t> row_count() const override { return footer_.rows; }

  void only(const std::vector<size_t> &columns) override {
    std::vector<std::unique_ptr<parquet::ColumnReader>> wanted(readers_.size());
    for (size_t column : columns)
      if (!wanted[column]) wanted[column] = std::move(readers_[column]);
    readers_ = std::move(wanted);
  }

  bool next(TableRow &row) override {
    while (left_ == 0) {
      if (group_ == footer_.groups.size()) return false;
      const auto &group = footer_.groups[group_++];
      left_ = group.rows;
      if (left_ == 0) continue;
      for (size_t i = 0; i < readers_.size(); ++i)
        if (readers_[i]) readers_[i]->begin(group.chunks[i]);
    }
    --left_;
    row.number = ++rows_;
    row.outcome = {};
    row.cells.resize(readers_.size());
    for (size_t i = 0; i < readers_.size(); ++i) {
      row.cells[i].known = false;
      if (readers_[i] && !readers_[i]->next(row.cells[i]) && row.outcome.ok())
        row.outcome = {Status::corrupt_data,
                       "has a value that is no UTF-8 text, or a time outside of the years 0000 to "
                       "9999, in the column " +
                           columns_[i]};
    }
    return true;
  }

 private:
  InputFile file_;
  parquet::Footer footer_;
  parquet::Allowance allowance_;
  std::vector<std::unique_ptr<parquet::ColumnReader>> readers_;  // by column; null when it is not needed
  size_t group_ = 0;                                             // the next one
  uint64_t left_ = 0, rows_ = 0;
};

}  // namespace

std::unique_ptr<TableReader> open_parquet(const std::string &path) {
  return std::make_unique<ParquetReader>(path);
}

}  // namespace kalon
