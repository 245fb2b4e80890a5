#pragma once
// The filter language of `list --where`.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/rows.h"

namespace kalon {

// An expression over the columns of a file row, parsed once, evaluated many times without allocation where possible.
//   rating >= 4 and (format = jpeg or width > 4000) and not name ~ "IMG_*" and camera is known
// Operators: = != < <= > >= , ~ (glob on text without case: * ? [..]), `is known`, `is unknown`; and, or, not,
// parentheses; values bare, or in double or single quotes (a backslash keeps a quote). Names of columns without case. Numbers compare as numbers; dates as YYYY[-MM[-DD[ HH:MM[:SS]]]]
// with the times capture_time, mtime and indexed_time; anything else as text without case. A comparison with an unknown
// column is false (also !=).
class Where {
 public:
  // Throws invalid_argument that says at which character what was expected. An empty text matches everything.
  static Where parse(std::string_view text);
  Where();
  Where(Where &&) noexcept;
  Where &operator=(Where &&) noexcept;
  ~Where();
  // imported: attributes of the picture that were imported; they win over those of the file.
  bool matches(const FileView &file, const std::vector<Attribute> &imported) const;
  bool empty() const;
  // Whether an attribute beyond the file row's own columns is asked for, so that imported ones must be looked up.
  bool needs_attributes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

// The names of the columns that every row has: id, photo, path, name, folder, stem, extension, format, width, height,
// pixels (width x height), aspect (width / height), size (bytes), mtime, capture_time, indexed_time, status, vanished.
const std::vector<std::string> &fixed_columns();

}  // namespace kalon
