#include "store/where.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "store/fold.h"
#include "store/where_tree.h"

namespace kalon {
namespace where {
namespace {

constexpr std::array<ColumnDescription, 18> columns = {{
    {"id", Column::id, Kind::text},
    {"photo", Column::photo, Kind::text},
    {"path", Column::path, Kind::text},
    {"name", Column::name, Kind::text},
    {"folder", Column::folder, Kind::text},
    {"stem", Column::stem, Kind::text},
    {"extension", Column::extension, Kind::text},
    {"format", Column::format, Kind::text},
    {"width", Column::width, Kind::number},
    {"height", Column::height, Kind::number},
    {"pixels", Column::pixels, Kind::number},
    {"aspect", Column::aspect, Kind::number},
    {"size", Column::size, Kind::number},
    {"mtime", Column::mtime, Kind::time},
    {"capture_time", Column::capture_time, Kind::time},
    {"indexed_time", Column::indexed_time, Kind::time},
    {"status", Column::status, Kind::text},
    {"vanished", Column::vanished, Kind::text},
}};

bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

int64_t floor_divide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::string_view name_of(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}
std::string_view folder_of(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, std::max<size_t>(slash, 1));
}
// Where the extension's dot is; a dot at the beginning is part of the stem.
size_t dot_of(std::string_view name) {
  auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name.size() : dot;
}

std::optional<double> number_of(const FileView &file, Column column) {
  bool sized = file.width > 0 && file.height > 0;
  switch (column) {
    case Column::width:
      return sized ? std::optional<double>(file.width) : std::nullopt;
    case Column::height:
      return sized ? std::optional<double>(file.height) : std::nullopt;
    case Column::pixels:
      return sized ? std::optional<double>(double{1} * file.width * file.height) : std::nullopt;
    case Column::aspect:
      return sized ? std::optional<double>(double{1} * file.width / file.height) : std::nullopt;
    default:
      return static_cast<double>(file.stat.size);
  }
}

std::optional<int64_t> time_of(const FileView &file, Column column) {
  if (column == Column::mtime) return floor_divide(file.stat.mtime_ns, 1000);
  if (column == Column::indexed_time) return file.indexed_time;
  return file.capture_time == unknown_time ? std::nullopt : std::optional(file.capture_time);
}

// buffer holds text that the row does not have as it is.
std::optional<std::string_view> text_of(const FileView &file, Column column, std::string &buffer) {
  auto unless_empty = [](std::string_view text) { return text.empty() ? std::nullopt : std::optional(text); };
  auto hash = [&](const Hash128 &value) -> std::optional<std::string_view> {
    if (value.none()) return std::nullopt;
    return buffer = value.hex();
  };
  std::string_view name = name_of(file.path);
  switch (column) {
    case Column::id:
      return hash(file.picture);
    case Column::photo:
      return hash(file.photo);
    case Column::path:
      return file.path;
    case Column::name:
      return name;
    case Column::folder:
      return folder_of(file.path);
    case Column::stem:
      return name.substr(0, dot_of(name));
    case Column::extension:
      return dot_of(name) < name.size() ? unless_empty(name.substr(dot_of(name) + 1)) : std::nullopt;
    case Column::format:
      return unless_empty(file.format);
    case Column::status:
      return status_name(file.status);
    case Column::vanished:
      return file.vanished ? "true" : "false";
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> attribute_of(const FileView &file, const std::vector<Attribute> &imported,
                                             std::string_view name) {
  for (const Attribute &attribute : imported)
    if (same_name(attribute.name, name))
      return attribute.decided && attribute.value.empty() ? std::nullopt
                                                          : std::optional<std::string_view>(attribute.value);
  for (size_t i = 0, count = file.attribute_count(); i < count; ++i) {
    auto [key, value] = file.attribute_at(i);
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

// order: of the column's value against the filter's, as of a three-way comparison.
bool holds(Operator comparison, int order) {
  switch (comparison) {
    case Operator::equal:
      return order == 0;
    case Operator::not_equal:
      return order != 0;
    case Operator::less:
      return order < 0;
    case Operator::less_equal:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    case Operator::greater_equal:
      return order >= 0;
    default:
      return false;
  }
}

template <typename Value>
int order_of(Value a, Value b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

bool text_holds(const Expression &expression, Operator comparison, std::string_view value, bool numbers) {
  if (comparison == Operator::matches) return matches_glob(value, expression.folded);
  if (numbers && expression.number) {
    if (auto number = number_in(value)) return holds(comparison, order_of(*number, *expression.number));
    // A text is neither more nor less than a number.
    if (comparison != Operator::equal && comparison != Operator::not_equal) return false;
  }
  return holds(comparison, compare_folded(value, expression.folded));
}

// An attribute may be a list, one element per line; a condition holds when it holds for one of them, != when = does
// not.
bool attribute_holds(const Expression &expression, std::string_view value) {
  bool negated = expression.comparison == Operator::not_equal;
  Operator comparison = negated ? Operator::equal : expression.comparison;
  for (;;) {
    auto line = value.find('\n');
    if (text_holds(expression, comparison, value.substr(0, line), true)) return !negated;
    if (line == std::string_view::npos) return negated;
    value.remove_prefix(line + 1);
  }
}

bool compares(const Expression &expression, const FileView &file, const std::vector<Attribute> &imported) {
  auto known = [&](bool present) { return present == (expression.comparison == Operator::known); };
  bool asks_known = expression.comparison == Operator::known || expression.comparison == Operator::unknown;
  if (expression.kind == Kind::number) {
    auto number = number_of(file, expression.column);
    if (asks_known) return known(number.has_value());
    return number && holds(expression.comparison, order_of(*number, *expression.number));
  }
  if (expression.kind == Kind::time) {
    auto time = time_of(file, expression.column);
    if (asks_known) return known(time.has_value());
    if (!time) return false;
    // Inside the range is equal to it: neither before nor after.
    int order = *time < expression.time.begin ? -1 : *time >= expression.time.end ? 1 : 0;
    return holds(expression.comparison, order);
  }
  if (expression.column == Column::attribute) {
    auto value = attribute_of(file, imported, expression.name);
    if (asks_known) return known(value.has_value());
    return value && attribute_holds(expression, *value);
  }
  std::string buffer;
  auto value = text_of(file, expression.column, buffer);
  if (asks_known) return known(value.has_value());
  return value && text_holds(expression, expression.comparison, *value, false);
}

bool evaluate(const Expression &expression, const FileView &file, const std::vector<Attribute> &imported) {
  auto part = [&](const Expression &one) { return evaluate(one, file, imported); };
  switch (expression.form) {
    case Expression::Form::all:
      return std::all_of(expression.parts.begin(), expression.parts.end(), part);
    case Expression::Form::any:
      return std::any_of(expression.parts.begin(), expression.parts.end(), part);
    case Expression::Form::negation:
      return !part(expression.parts.front());
    case Expression::Form::comparison:
      return compares(expression, file, imported);
  }
  return false;
}

void collect_attributes(const Expression &expression, std::vector<std::string> &names) {
  auto known = [&](const std::string &name) { return same_name(name, expression.name); };
  bool asks = expression.form == Expression::Form::comparison && expression.column == Column::attribute;
  if (asks && std::none_of(names.begin(), names.end(), known)) names.push_back(expression.name);
  for (const auto &part : expression.parts) collect_attributes(part, names);
}

}  // namespace

ColumnDescription column_named(std::string_view name) {
  for (const ColumnDescription &column : columns)
    if (same_name(column.name, name)) return column;
  return {name, Column::attribute, Kind::text};
}

}  // namespace where

struct Where::Node {
  where::Expression expression;
};

Where::Where() = default;
Where::Where(Where &&) noexcept = default;
Where &Where::operator=(Where &&) noexcept = default;
Where::~Where() = default;

Where Where::parse(std::string_view text) {
  where::Expression expression = where::parse(text);
  Where result;
  bool everything = expression.form == where::Expression::Form::all && expression.parts.empty();
  where::collect_attributes(expression, result.attributes_);
  if (!everything) result.root_ = std::make_unique<Node>(Node{std::move(expression)});
  return result;
}

bool Where::matches(const FileView &file, const std::vector<Attribute> &imported) const {
  return !root_ || where::evaluate(root_->expression, file, imported);
}

bool Where::empty() const {
  return !root_;
}

const std::vector<std::string> &fixed_columns() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const where::ColumnDescription &column : where::columns) list.emplace_back(column.name);
    return list;
  }();
  return names;
}

}  // namespace kalon
