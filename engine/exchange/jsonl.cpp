// JSON lines, and plain lists of names: one item a line.

#include <nlohmann/json.hpp>

#include <functional>
#include <unordered_map>

#include "base/text.h"
#include "exchange/input_file.h"
#include "exchange/table.h"

namespace kalon {
namespace {

using nlohmann::json;

// The next line that is not empty, without its end; false at the end of the file. Of a line that is too long the
// beginning is kept.
bool next_line(TextInput &input, std::string &line, uint64_t &number, bool &too_long) {
  line.clear();
  too_long = false;
  int c = input.get();
  while (c == '\n' || c == '\r') c = input.get();
  if (c < 0) return false;
  number = input.line();
  for (; c >= 0 && c != '\n' && c != '\r'; c = input.get()) {
    too_long |= line.size() >= max_row_bytes;
    if (!too_long) line += static_cast<char>(c);
  }
  if (c == '\r' && input.peek() == '\n') input.get();
  return true;
}

Outcome too_long_outcome() {
  return {Status::limit_exceeded, "is a line longer than " + std::to_string(max_row_bytes >> 20) + " MiB"};
}

// The line with every NaN, Infinity and -Infinity outside of strings made null.
std::string without_bare_words(std::string_view line) {
  std::string out;
  bool quoted = false;
  while (!line.empty()) {
    size_t taken = 1;
    if (quoted && line[0] == '\\') taken = std::min<size_t>(2, line.size());
    if (line[0] == '"') quoted = !quoted;
    std::string_view put = line.substr(0, taken);
    if (!quoted)
      for (std::string_view word : {"NaN", "Infinity", "-Infinity"})
        if (line.starts_with(word)) taken = word.size(), put = "null";
    out += put;
    line.remove_prefix(taken);
  }
  return out;
}

// Puts the members of one object into cells, without a document in between; nested values are written out again.
class CellWriter : public nlohmann::json_sax<json> {
 public:
  // column: the index for a name.
  CellWriter(TableRow &row, std::function<size_t(const std::string &)> column)
      : row_(row), column_(std::move(column)) {}

  bool null() override { return value("null", false); }
  bool boolean(bool given) override { return value(given ? "true" : "false", true); }
  bool number_integer(number_integer_t given) override { return value(std::to_string(given), true); }
  bool number_unsigned(number_unsigned_t given) override { return value(std::to_string(given), true); }
  bool number_float(number_float_t given, const string_t &text) override {
    // A whole number too large for 64 bits keeps its digits.
    bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
    return value(whole ? text : number_text(given), true);
  }
  bool string(string_t &given) override {
    if (levels_.size() > 1) {
      std::string quoted;
      append_json_string(quoted, given);
      return value(quoted, true);
    }
    if (given.find('\0') != std::string::npos) {
      problem_ = "holds a NUL character; where the file is UTF-16, save it as UTF-8";
      return false;
    }
    return value(given, true);
  }
  bool binary(binary_t &) override { return false; }
  bool start_object(std::size_t) override { return open('{'); }
  bool start_array(std::size_t) override { return open('['); }
  bool end_object() override { return close('}'); }
  bool end_array() override { return close(']'); }
  bool key(string_t &name) override {
    if (levels_.size() > 1) {
      separate();
      append_json_string(cell().text, name);
      cell().text += ':';
      levels_.back().after_key = true;
      return true;
    }
    if (name.size() > max_table_name) {
      problem_ = "has a name longer than " + std::to_string(max_table_name) + " bytes";
      return false;
    }
    at_ = column_(name);
    if (at_ >= max_table_columns) {
      problem_ = "brings the file to more than 4096 different names";
      return false;
    }
    if (row_.cells.size() <= at_) row_.cells.resize(at_ + 1);
    cell() = {};
    return true;
  }
  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override {
    problem_ = "is not JSON at character " + std::to_string(position);
    return false;
  }

  // What was wrong, when the parser stopped.
  const std::string &problem() const { return problem_; }

 private:
  struct Level {
    bool first = true, after_key = false;
  };

  Cell &cell() { return row_.cells[at_]; }

  void separate() {
    auto &level = levels_.back();
    if (!level.after_key && !level.first) cell().text += ',';
    level.first = level.after_key = false;
  }
  bool value(std::string_view text, bool known) {
    if (levels_.empty()) return no_object();
    if (levels_.size() > 1) {
      separate();
      cell().text += text;
    } else {
      cell() = {known, known ? std::string(text) : std::string()};
    }
    return true;
  }
  bool open(char bracket) {
    if (levels_.empty() && bracket != '{') return no_object();
    if (levels_.size() > 1) separate();
    if (!levels_.empty()) {
      cell().known = true;
      cell().text += bracket;
    }
    levels_.emplace_back();
    return true;
  }
  bool close(char bracket) {
    levels_.pop_back();
    if (!levels_.empty()) cell().text += bracket;
    return true;
  }
  bool no_object() {
    problem_ = "is no JSON object";
    return false;
  }

  TableRow &row_;
  std::function<size_t(const std::string &)> column_;
  size_t at_ = 0;
  std::vector<Level> levels_;
  std::string problem_;
};

class JsonLinesReader : public TableReader {
 public:
  explicit JsonLinesReader(const std::string &path) : input_(path) {
    // The names of the first row are known before it is asked for.
    has_first_ = read(first_);
    if (has_first_ && !first_.outcome.ok() && line_.starts_with('['))
      throw Error(Status::unsupported, "is a JSON array; one object a line is needed", input_.name());
  }

  bool more_columns_may_come() const override { return true; }

  bool next(TableRow &row) override {
    if (!has_first_) return read(row);
    has_first_ = false;
    row = std::move(first_);
    return true;
  }

 private:
  bool read(TableRow &row) {
    bool too_long = false;
    if (!next_line(input_, line_, row.number, too_long)) return false;
    row.outcome = too_long ? too_long_outcome() : parse(line_, row);
    if (row.outcome.ok()) return true;
    bool python = line_.find("NaN") != std::string::npos || line_.find("Infinity") != std::string::npos;
    if (!too_long && python && parse(without_bare_words(line_), row).ok()) row.outcome = {};
    return true;
  }

  Outcome parse(const std::string &line, TableRow &row) {
    row.cells.clear();
    next_column_ = 0;
    CellWriter writer(row, [this](const std::string &name) { return column(name); });
    if (json::sax_parse(line, &writer)) {
      for (size_t i = 0; i < row.cells.size(); ++i)
        if (row.cells[i].text.size() > max_cell_bytes)
          return {Status::limit_exceeded, "has a value longer than " + std::to_string(max_cell_bytes >> 20) +
                                              " MiB in the column " + columns_[i]};
      return {};
    }
    return {Status::corrupt_data, writer.problem()};
  }

  // The column of a name, a new one if need be; names mostly come in the same order.
  size_t column(const std::string &name) {
    if (next_column_ < columns_.size() && columns_[next_column_] == name) return next_column_++;
    auto [found, is_new] = index_.try_emplace(name, columns_.size());
    if (is_new && columns_.size() < max_table_columns)
      columns_.push_back(name);
    else if (is_new) {
      index_.erase(found);
      return max_table_columns;
    }
    next_column_ = found->second + 1;
    return found->second;
  }

  TextInput input_;
  std::string line_;
  std::unordered_map<std::string, size_t> index_;
  size_t next_column_ = 0;
  TableRow first_;
  bool has_first_ = false;
};

class NameListReader : public TableReader {
 public:
  explicit NameListReader(const std::string &path) : input_(path) { columns_ = {"name"}; }

  bool next(TableRow &row) override {
    bool too_long = false;
    row.cells.resize(1);
    auto &cell = row.cells.front();
    if (!next_line(input_, cell.text, row.number, too_long)) return false;
    cell.known = true;
    row.outcome = {};
    if (too_long)
      row.outcome = too_long_outcome();
    else if (cell.text.find('\0') != std::string::npos)
      row.outcome = {Status::corrupt_data, "holds a NUL byte"};
    return true;
  }

 private:
  TextInput input_;
};

}  // namespace

std::unique_ptr<TableReader> open_jsonl(const std::string &path) {
  return std::make_unique<JsonLinesReader>(path);
}

std::unique_ptr<TableReader> open_name_list(const std::string &path) {
  return std::make_unique<NameListReader>(path);
}

}  // namespace kalon
