// CSV by RFC 4180, as a stream.

#include <array>
#include <unordered_set>

#include "base/text.h"
#include "exchange/input_file.h"
#include "exchange/table.h"

namespace kalon {
namespace {

constexpr size_t delimiter_sample = size_t{1} << 16;

bool ends_line(int c) {
  return c == '\n' || c == '\r' || c < 0;
}

// The separator that the first line has most of, outside of quotes; the first of them when it has none.
char delimiter_of(std::string_view start) {
  constexpr std::array<char, 3> candidates{',', ';', '\t'};
  std::array<size_t, 3> counts{};
  bool quoted = false;
  for (char c : start) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    for (size_t i = 0; i < candidates.size(); ++i) counts[i] += c == candidates[i];
  }
  size_t best = 0;
  for (size_t i = 1; i < counts.size(); ++i)
    if (counts[i] > counts[best]) best = i;
  return candidates[best];
}

class CsvReader : public TableReader {
 public:
  explicit CsvReader(const std::string &path)
      : input_(path), delimiter_(ascii_lower(path).ends_with(".tsv") ? '\t' : delimiter_of(first_line())) {
    TableRow header;
    if (!record(header)) throw Error(Status::corrupt_data, "is empty; a line of column names is needed", input_.name());
    if (header.outcome.ok()) check_text(header, {});
    if (!header.outcome.ok()) throw Error(header.outcome.status, "its header " + header.outcome.text, input_.name());
    std::unordered_set<std::string> seen;
    for (size_t i = 0; i < used_; ++i) {
      auto &name = header.cells[i].text;
      if (name.size() > max_table_name)
        throw Error(Status::limit_exceeded,
                    "its header has a name longer than " + std::to_string(max_table_name) + " bytes", input_.name());
      if (!name.empty() && !seen.insert(name).second)
        throw Error(Status::corrupt_data, "its header names the column " + display_text(name) + " twice",
                    input_.name());
      columns_.push_back(std::move(name));
    }
  }

  bool next(TableRow &row) override {
    if (!record(row)) return false;
    if (!row.outcome.ok()) return true;
    if (used_ != columns_.size())
      row.outcome = {Status::corrupt_data, "has " + std::to_string(used_) + (used_ == 1 ? " field" : " fields") +
                                               "; the header names " + std::to_string(columns_.size())};
    else
      check_text(row, columns_);
    return true;
  }

 private:
  std::string_view first_line() {
    while (input_.peek() == '\n' || input_.peek() == '\r') input_.get();
    return input_.ahead(delimiter_sample);
  }

  bool ends_field(int c) const { return ends_line(c) || c == delimiter_; }

  void append(TableRow &row, std::string &text, int c) {
    if (++bytes_ <= max_row_bytes && text.size() < max_cell_bytes)
      text += static_cast<char>(c);
    else
      fail(row, Status::limit_exceeded, "is longer than can be read; a closing quote may be missing");
  }

  static void fail(TableRow &row, Status status, const char *text) {
    if (row.outcome.ok()) row.outcome = {status, text};
  }

  static void check_text(TableRow &row, const std::vector<std::string> &names) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const auto &text = row.cells[i].text;
      bool nul = text.find('\0') != std::string::npos;
      if (!nul && valid_utf8(text)) continue;
      auto column = i < names.size() ? " in the column " + display_text(names[i]) : "";
      row.outcome = {Status::corrupt_data,
                     nul ? "holds a NUL character" + column + "; where the file is UTF-16, save it as UTF-8"
                         : "is not UTF-8" + column + "; save the file as UTF-8"};
      return;
    }
  }

  // Reads one record, the line's end included; false at the end of the file.
  bool record(TableRow &row) {
    int c = input_.get();
    while (c == '\n' || c == '\r') c = input_.get();
    if (c < 0) return false;
    row.number = input_.line();
    row.outcome = {};
    used_ = bytes_ = 0;
    for (;; c = input_.get()) {
      if (used_ == max_table_columns) {
        fail(row, Status::limit_exceeded, "has more than 4096 fields");
        --used_;  // the last one is overwritten
      }
      if (row.cells.size() == used_) row.cells.emplace_back();
      auto &text = row.cells[used_++].text;
      text.clear();
      c = c == '"' ? quoted(row, text) : c;
      for (; !ends_field(c); c = input_.get()) append(row, text, c);
      if (ends_line(c)) break;
    }
    if (c == '\r' && input_.peek() == '\n') input_.get();
    row.cells.resize(used_);
    for (auto &cell : row.cells) cell.known = true;
    return true;
  }

  // A field in quotes, behind its first one. Gives what follows its last: the end of the field, unless it is wrong.
  int quoted(TableRow &row, std::string &text) {
    auto first = input_.line();
    for (;;) {
      int c = input_.get();
      if (c == '"') {
        c = input_.get();
        if (c != '"') {
          if (!ends_field(c)) fail(row, Status::corrupt_data, "has text behind a closing quote");
          return c;
        }
      }
      if (c < 0) {
        auto behind = input_.line() - first;
        row.outcome = {Status::corrupt_data, "opens a quote that is never closed" +
                                                 (behind > 0 ? "; the " + std::to_string(behind) + " lines behind it " +
                                                                   "were taken for its text"
                                                             : std::string())};
        return c;
      }
      append(row, text, c);
    }
  }

  TextInput input_;
  char delimiter_;
  size_t used_ = 0, bytes_ = 0;  // fields and bytes of the record
};

}  // namespace

std::unique_ptr<TableReader> open_csv(const std::string &path) {
  return std::make_unique<CsvReader>(path);
}

}  // namespace kalon
