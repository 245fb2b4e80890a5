#pragma once
// JSON files of any length that are one array or one object, member by member.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

#include "base/error.h"
#include "exchange/input_file.h"

namespace kalon {

class JsonPieces {
 public:
  // Throws corrupt_data for a file that begins with neither [ nor {. [worker]
  explicit JsonPieces(const std::string &path);

  struct Piece {
    std::string key;    // of a member of an object
    std::string text;   // its value as it is written
    uint64_t line = 0;  // where the value begins, from 1
  };
  bool is_object() const { return object_; }
  const std::string &name() const { return input_.name(); }
  // The next member; false at the end. Throws corrupt_data and limit_exceeded, with the line: values of at most 16 MiB,
  // arrays and objects 64 deep. A value is only known to be JSON once it was parsed.
  bool next(Piece &piece);
  // The value. Throws corrupt_data, with the line.
  nlohmann::json parse(const Piece &piece) const;
  [[noreturn]] void refuse(uint64_t line, const std::string &text, Status status = Status::corrupt_data) const;

 private:
  int skip_spaces();
  void append(std::string &text, int c, uint64_t from);
  void read_string(std::string &text, uint64_t from);
  void read_value(std::string &text);
  void end_of_file();

  TextInput input_;
  bool object_ = false, begun_ = false, ended_ = false;
};

}  // namespace kalon
