#pragma once
// Which columns of a table are imported, and under which names.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/table.h"
#include "facade/json_object.h"
#include "facade/picture_names.h"

namespace kalon {

// How the source of a column of scores begins when it was imported.
inline constexpr std::string_view imported_from = "imported from ";

// Whether every picture has a column of this name by itself. [any]
bool is_fixed_column(std::string_view name);
// Throws invalid_argument unless a new column of scores may be called so: as require_name() says, and not as what files
// say of themselves (rating, camera, ...), which it would hide. [any]
void require_score_name(const std::string &name);
// "a, b, c" for a message, shortened.
std::string listed_names(const std::vector<std::string> &names);
std::string_view direction_name(int32_t direction);  // "up", "down", "none"

std::optional<size_t> column_named(const TableReader &table, std::string_view name);
// The same; throws invalid_argument when the table cannot have that column.
std::optional<size_t> require_column(const TableReader &table, const std::string &name);

// The columns of a table that become attributes.
class AttributeColumns {
 public:
  // asked: these columns, invalid_argument for one that cannot be; empty: all that neither name pictures nor are
  // columns that pictures have by themselves or scores have.
  AttributeColumns(const TableReader &table, PictureNames &names, std::vector<std::string> asked, const Reader &reader);

  std::vector<size_t> wanted();  // the columns that the table must read, those that name pictures included
  // The attributes that a row gives: values that are known and not empty. bytes: grows by what they hold.
  std::vector<Attribute> of(const TableRow &row, size_t &bytes);
  // Throws invalid_argument when the table came to its end without a column that was asked for.
  void require_met(const std::string &file, uint64_t rows) const;
  void add_to(JsonObject &summary) const;  // `columns` and `skipped`

 private:
  void look_at_columns();
  std::string objection(const std::string &name) const;  // why it cannot be an attribute's name; empty: it can

  const TableReader &table_;
  PictureNames &names_;
  std::vector<std::string> asked_, scores_;
  std::vector<bool> taken_;  // by column of the table
  std::vector<TableReader::Unreadable> skipped_;
};

}  // namespace kalon
