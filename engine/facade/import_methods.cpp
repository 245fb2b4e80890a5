// Methods "import_scores" and "import_attributes": numbers and free columns of pictures, from tables.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/text.h"
#include "facade/import_columns.h"
#include "facade/import_rows.h"
#include "facade/rows.h"

namespace kalon {
namespace {

constexpr size_t score_bytes = sizeof(std::pair<Hash128, double>);

// A column of the file whose numbers become a column of scores.
struct ScoreSource {
  std::string from;  // the column in the file
  ScoreColumn column;
  std::optional<size_t> index;  // of `from` in the file, once it was met
  std::vector<std::pair<Hash128, double>> taken;
  uint64_t scores = 0;
};

// A cell as a number: nothing when it says that there is none. Throws for anything else.
std::optional<double> number_in(const std::string &cell) {
  std::string_view text = cell;
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  auto unsigned_text = text;
  if (text.starts_with('+')) text = unsigned_text = text.substr(1);
  if (unsigned_text.starts_with('-')) unsigned_text.remove_prefix(1);
  if (text.empty() || ascii_lower(unsigned_text) == "nan") return std::nullopt;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  auto shown = '\'' + display_text(shorten_utf8(cell, 60)) + '\'';
  if (end != text.data() + text.size() || error == std::errc::invalid_argument)
    throw Error(Status::invalid_argument, shown + " is no number");
  if (error == std::errc::result_out_of_range || !std::isfinite(value))
    throw Error(Status::invalid_argument, shown + " is not finite, or too large for a number");
  return value;
}

// Which columns of the file are meant, and what they are called here.
std::vector<ScoreSource> score_sources(const Parameters &parameters, const TableReader &table, PictureNames &names) {
  auto called = parameters.texts("name");
  auto from = parameters.texts("score_column");
  if (from.empty() && called.size() > 1) from = called;
  if (from.empty()) {
    if (called.empty()) throw Error(Status::invalid_argument, "is missing", "parameter name");
    // The column of that name, one called score, or the only one that is left.
    std::vector<std::string> others;
    for (size_t i = 0; i < table.columns().size(); ++i)
      if (std::ranges::count(names.columns(), i) == 0) others.push_back(table.columns()[i]);
    auto has = [&](std::string_view name) { return std::ranges::count(others, name) > 0; };
    if (has(called.front()))
      from = called;
    else if (has("score"))
      from = {"score"};
    else if (others.size() == 1)
      from = others;
    else
      throw Error(Status::invalid_argument,
                  "say with --score-column which one holds the numbers; the file has " + listed_names(table.columns()),
                  "parameter name");
  }
  if (called.empty()) called = from;
  if (called.size() != from.size())
    throw Error(Status::invalid_argument, "must name as many columns as --score-column does", "parameter name");
  std::vector<ScoreSource> sources(from.size());
  for (size_t i = 0; i < from.size(); ++i) {
    sources[i].from = from[i];
    sources[i].column.name = called[i];
    for (size_t j = 0; j < i; ++j)
      if (ascii_lower(called[j]) == ascii_lower(called[i]))
        throw Error(Status::invalid_argument, "names " + called[i] + " twice", "parameter name");
  }
  return sources;
}

// What the library's columns of these names are like already, and whether numbers may be put there.
void prepare_columns(std::vector<ScoreSource> &sources, const Reader &reader, const std::string &file,
                     const std::string &direction) {
  for (auto &source : sources) {
    auto &column = source.column;
    require_score_name(column.name);
    auto known = reader.score_column(column.name);
    if (known && !known->source.starts_with(imported_from))
      throw Error(Status::invalid_argument,
                  "is a column of scores that Kalon made (" + known->source + "); import it under another name",
                  "column " + column.name);
    if (known) column = *known;
    column.source = std::string(imported_from) + display_text(std::filesystem::path(file).filename().native());
    if (direction == "up") column.direction = 1;
    if (direction == "down") column.direction = -1;
    if (direction == "none") column.direction = 0;
  }
}

// The scores of a row. False when it has none.
bool take_scores(std::vector<ScoreSource> &sources, const TableReader &table, const TableRow &row,
                 const Hash128 &picture, std::string &problem) {
  bool any = false;
  for (auto &source : sources) {
    if (!source.index) source.index = column_named(table, source.from);
    const auto *cell = source.index ? row.cell(*source.index) : nullptr;
    if (cell == nullptr) continue;
    try {
      if (auto number = number_in(cell->text)) {
        source.taken.emplace_back(picture, *number);
        ++source.scores;
        any = true;
      }
    } catch (const Error &error) {
      problem += (problem.empty() ? "" : "; ") + source.from + ": " + error.message();
    }
  }
  return any;
}

}  // namespace

Ending run_import_scores(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto path = parameters.required_path("path");
  auto id_column = parameters.text("id_column");
  auto bases = bases_from(parameters, path);
  auto direction = parameters.one_of("direction", {"", "up", "down", "none"});
  bool dry_run = parameters.flag("dry_run");
  parameters.texts("name");
  parameters.texts("score_column");
  ImportReport report(call);
  parameters.reject_unknown();

  auto table = open_table(path);
  PictureNames names(*table, id_column, std::move(bases));
  auto sources = score_sources(parameters, *table, names);
  prepare_columns(sources, call.library().read(), path, direction);
  auto wanted = names.columns();
  for (auto &source : sources) {
    source.index = require_column(*table, source.from);
    if (source.index) wanted.push_back(*source.index);
  }
  table->only(wanted);

  uint64_t without = 0;
  RowTaker taker;
  taker.take = [&](const TableRow &row, uint64_t, const PictureNames::Found &found) -> size_t {
    std::string problem;
    bool any = take_scores(sources, *table, row, found.picture(), problem);
    if (!problem.empty())
      report.failed(path, table->unit(), row.number, found.name, Status::invalid_argument, problem);
    else
      any ? report.imported() : void(++without);
    return any ? sources.size() * score_bytes : 0;
  };
  taker.put = [&](Writer *writer) {
    for (auto &source : sources) {
      if (writer != nullptr && !source.taken.empty())
        writer->put_scores(writer->put_score_column(source.column).id, source.taken);
      source.taken.clear();
    }
  };
  call.task.phase("import", table->row_count().value_or(0));
  report.guard([&] { import_table(call, *table, names, path, report, taker, dry_run); });
  report.require_some(path);

  std::vector<std::string> columns, missing;
  for (const auto &source : sources) {
    columns.push_back(JsonObject()
                          .add("name", source.column.name)
                          .add("scores", source.scores)
                          .add("direction", direction_name(source.column.direction))
                          .str());
    if (!source.index && report.rows() > 0) missing.push_back(source.from);
  }
  if (!missing.empty())
    throw Error(Status::invalid_argument, "no row has the column " + listed_names(missing), display_text(path));
  JsonObject summary;
  report.add_to(summary);
  summary.add("without_score", without).raw("columns", json_array(columns)).add("dry_run", dry_run);
  return {report.all_done() ? Status::ok : Status::partial, summary.str()};
}

Ending run_import_attributes(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto path = parameters.required_path("path");
  auto id_column = parameters.text("id_column");
  auto bases = bases_from(parameters, path);
  auto asked = parameters.texts("columns");
  bool dry_run = parameters.flag("dry_run");
  ImportReport report(call);
  parameters.reject_unknown();

  auto table = open_table(path);
  PictureNames names(*table, id_column, std::move(bases));
  AttributeColumns columns(*table, names, asked, call.library().read());
  table->only(columns.wanted());

  std::vector<std::pair<Hash128, std::vector<Attribute>>> taken;
  uint64_t without = 0;
  RowTaker taker;
  taker.take = [&](const TableRow &row, uint64_t, const PictureNames::Found &found) -> size_t {
    size_t bytes = 0;
    auto attributes = columns.of(row, bytes);
    if (attributes.empty()) {
      ++without;
      return 0;
    }
    report.imported();
    taken.emplace_back(found.picture(), std::move(attributes));
    return bytes;
  };
  taker.put = [&](Writer *writer) {
    if (writer != nullptr)
      for (const auto &[picture, attributes] : taken) writer->put_attributes(picture, attributes);
    taken.clear();
  };
  call.task.phase("import", table->row_count().value_or(0));
  report.guard([&] { import_table(call, *table, names, path, report, taker, dry_run); });
  report.require_some(path);
  columns.require_met(path, report.rows());
  JsonObject summary;
  report.add_to(summary);
  summary.add("without_value", without);
  columns.add_to(summary);
  return {report.all_done() ? Status::ok : Status::partial, summary.add("dry_run", dry_run).str()};
}

}  // namespace kalon
