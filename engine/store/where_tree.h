#pragma once
// The parsed form of the filter language, between where_parse.cpp and where.cpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/where.h"

namespace kalon::where {

enum class Column {
  id,
  photo,
  path,
  name,
  folder,
  stem,
  extension,
  format,
  width,
  height,
  pixels,
  aspect,
  size,
  mtime,
  capture_time,
  indexed_time,
  status,
  vanished,
  attribute
};
enum class Kind { text, number, time };

struct ColumnDescription {
  std::string_view name;
  Column column;
  Kind kind;
};
// By name, without case; an attribute when there is no such column.
ColumnDescription column_named(std::string_view name);

enum class Operator { equal, not_equal, less, less_equal, greater, greater_equal, matches, known, unknown };

// What a date may mean: "2024" is the year from its first to before the next one's first microsecond.
struct TimeRange {
  int64_t begin = 0, end = 0;
};

struct Expression {
  enum class Form { all, any, negation, comparison };
  Form form = Form::all;
  std::vector<Expression> parts;  // of all, any, negation

  Column column = Column::attribute;
  Kind kind = Kind::text;
  std::string name;  // of an attribute
  Operator comparison = Operator::equal;
  std::string folded;            // the value as text
  std::optional<double> number;  // the value as a number
  TimeRange time;                // the value as a date
};

// Throws invalid_argument, see Where::parse.
Expression parse(std::string_view text);

// The whole text as a decimal number; never infinite and no NaN. [any]
std::optional<double> number_in(std::string_view text);
// YYYY[-MM[-DD[ HH:MM[:SS[.ffffff]]]]], T for the space, Z at the end; UTC. [any]
std::optional<TimeRange> time_in(std::string_view text);

}  // namespace kalon::where
