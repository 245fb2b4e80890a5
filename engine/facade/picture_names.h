#pragma once
// Which pictures of a library the rows of a table are about.

#include <optional>
#include <string>
#include <vector>

#include "exchange/table.h"
#include "store/library.h"

namespace kalon {

// The picture that a text means, and one of its renders: a picture id (32 hex digits), a file:// URI or a path;
// relative ones are tried in each of the bases (absolute folders). [any]
std::optional<VectorKey> picture_named(const Reader &reader, const std::string &text,
                                       const std::vector<std::string> &bases);

class PictureNames {
 public:
  // column: the one that names pictures; empty: id, uri, path, image_path, filename and their like, as far as the table
  // has them. bases: folders that relative paths are tried in, absolute. invalid_argument when no column can name a
  // picture. The table outlives this.
  PictureNames(const TableReader &table, std::string column, std::vector<std::string> bases);

  struct Found {
    std::string name;             // as it is written, of the first column that has one
    Outcome outcome;              // not_found when it names no picture of the library
    std::vector<VectorKey> keys;  // of one picture: of the file that a path names, or of all its renders
    const Hash128 &picture() const { return keys.front().picture; }
  };
  // A picture id (32 hex digits), a file:// URI or a path is understood in any column; the first one that the library
  // knows counts. Where an id and the path of one of its files are given, they mean that file's render. [any]
  Found find(const Reader &reader, const TableRow &row);

  const std::vector<size_t> &columns();  // that name pictures, in the order in which they are asked

 private:
  void look_at_columns();

  const TableReader &table_;
  std::string column_;
  std::vector<std::string> bases_;
  size_t seen_ = 0;  // columns of the table
  std::vector<size_t> columns_;
};

}  // namespace kalon
