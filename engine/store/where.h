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
// Operators: = != < <= > >= , ~ (glob on text: * ? [a-z] [!a-z]), `is known`, `is unknown`; and, or, not, parentheses.
// Values bare, or in double or single quotes, inside which a backslash keeps a quote; so are names of columns with
// spaces. Columns are named without case. Numbers compare as numbers (a text is neither more nor less than one);
// capture_time, mtime and indexed_time with dates YYYY[-MM[-DD[ HH:MM[:SS]]]] (or T for the space), each standing for
// its whole year, month, day, minute or second, in UTC; anything else as text without case, é however it is written. Of
// an attribute with several lines one must match. A comparison with an unknown column is false (also !=).
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
  // The attributes beyond the file row's own columns that are asked for, so that imported ones must be looked up; as
  // they are written, each once.
  const std::vector<std::string> &attributes() const { return attributes_; }
  bool needs_attributes() const { return !attributes_.empty(); }

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::string> attributes_;
};

// The names of the columns that every row has: id, photo, path, name, folder, stem, extension, format, width, height,
// pixels (width x height), aspect (width / height), size (bytes), mtime, capture_time, indexed_time, status, vanished.
const std::vector<std::string> &fixed_columns();

}  // namespace kalon
