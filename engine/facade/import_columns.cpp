#include "facade/import_columns.h"

#include <algorithm>

#include "base/text.h"
#include "metadata/metadata.h"
#include "store/names.h"
#include "store/where.h"

namespace kalon {
namespace {

constexpr size_t longest_name = 200;

bool same_name(std::string_view a, std::string_view b) {
  return ascii_lower(a) == ascii_lower(b);
}

bool holds(const std::vector<std::string> &names, std::string_view name) {
  return std::ranges::any_of(names, [&](const auto &one) { return same_name(one, name); });
}

}  // namespace

bool is_fixed_column(std::string_view name) {
  return holds(fixed_columns(), name) || same_name(name, "excluded");
}

void require_score_name(const std::string &name) {
  require_name(name, "a column of scores");
  if (is_metadata_field(name))
    throw Error(
        Status::invalid_argument,
        "a column of scores cannot have this name: files have a column of this name of their own; choose another",
        name);
}

std::string listed_names(const std::vector<std::string> &names) {
  std::string list;
  for (const auto &name : names) {
    if (list.size() > 300) return display_text(list) + ", ...";
    list += (list.empty() ? "" : ", ") + (name.empty() ? "(no name)" : std::string(shorten_utf8(name, 60)));
  }
  return list.empty() ? "none" : display_text(list);
}

std::string_view direction_name(int32_t direction) {
  return direction > 0 ? "up" : direction < 0 ? "down" : "none";
}

std::optional<size_t> column_named(const TableReader &table, std::string_view name) {
  const auto &names = table.columns();
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

std::optional<size_t> require_column(const TableReader &table, const std::string &name) {
  auto found = column_named(table, name);
  if (found || table.more_columns_may_come()) return found;
  for (const auto &unreadable : table.unreadable())
    if (unreadable.name == name)
      throw Error(Status::invalid_argument, "cannot be read: " + unreadable.reason, "column " + name);
  throw Error(Status::invalid_argument, "there is no such column; the file has " + listed_names(table.columns()),
              "column " + display_text(name));
}

AttributeColumns::AttributeColumns(const TableReader &table, PictureNames &names, std::vector<std::string> asked,
                                   const Reader &reader)
    : table_(table), names_(names), asked_(std::move(asked)) {
  for (const auto &column : reader.score_columns()) scores_.push_back(column.name);
  for (const auto &name : asked_) {
    require_column(table_, name);
    if (auto reason = objection(name); !reason.empty())
      throw Error(Status::invalid_argument, "cannot be imported: " + reason, "column " + display_text(name));
  }
  if (asked_.empty()) skipped_ = table_.unreadable();
}

std::string AttributeColumns::objection(const std::string &name) const {
  if (is_fixed_column(name)) return "every picture has a column of this name";
  if (holds(scores_, name)) return "there is a column of scores of this name";
  bool control = std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > longest_name || control || !valid_utf8(name))
    return "a name has 1 to 200 bytes and no control characters";
  return {};
}

void AttributeColumns::look_at_columns() {
  const auto &columns = table_.columns();
  for (size_t i = taken_.size(); i < columns.size(); ++i) {
    const auto &name = columns[i];
    bool taken = std::ranges::count(asked_, name) > 0;
    if (asked_.empty()) {
      // pandas keeps its index in columns without a name, or of this one.
      bool index = name.empty() || name.starts_with("__index_level_");
      auto reason = objection(name);
      taken = !index && std::ranges::count(names_.columns(), i) == 0;
      if (taken && !reason.empty()) skipped_.push_back({display_text(shorten_utf8(name, longest_name)), reason});
      taken = taken && reason.empty();
    }
    taken_.push_back(taken);
  }
}

std::vector<size_t> AttributeColumns::wanted() {
  look_at_columns();
  auto wanted = names_.columns();
  for (size_t i = 0; i < taken_.size(); ++i)
    if (taken_[i]) wanted.push_back(i);
  return wanted;
}

std::vector<Attribute> AttributeColumns::of(const TableRow &row, size_t &bytes) {
  look_at_columns();
  std::vector<Attribute> attributes;
  for (size_t i = 0; i < taken_.size(); ++i) {
    const auto *cell = taken_[i] ? row.cell(i) : nullptr;
    if (cell == nullptr || cell->text.empty()) continue;
    attributes.push_back({table_.columns()[i], cell->text});
    bytes += sizeof(Attribute) + attributes.back().name.size() + cell->text.size();
  }
  return attributes;
}

void AttributeColumns::require_met(const std::string &file, uint64_t rows) const {
  std::vector<std::string> missing;
  for (const auto &name : asked_)
    if (!column_named(table_, name)) missing.push_back(name);
  if (rows > 0 && !missing.empty())
    throw Error(Status::invalid_argument, "no row has the column " + listed_names(missing), display_text(file));
}

void AttributeColumns::add_to(JsonObject &summary) const {
  std::vector<std::string> columns, skipped;
  for (size_t i = 0; i < taken_.size(); ++i)
    if (taken_[i]) columns.push_back(json_string(table_.columns()[i]));
  for (const auto &[name, reason] : skipped_)
    skipped.push_back(JsonObject().add("name", name).add("reason", reason).str());
  summary.raw("columns", json_array(columns)).raw("skipped", json_array(skipped));
}

}  // namespace kalon
