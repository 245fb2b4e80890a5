#pragma once
// Thrift's compact protocol, as far as Parquet's headers are written in it:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace kalon::parquet {

enum class Wire : uint8_t {
  stop = 0,
  yes = 1,
  no = 2,
  byte = 3,
  i16 = 4,
  i32 = 5,
  i64 = 6,
  real = 7,
  binary = 8,
  list = 9,
  set = 10,
  map = 11,
  structure = 12
};

// Reads values one after the other. Each throws corrupt_data (with the context given) for bytes that are none.
class ThriftReader {
 public:
  ThriftReader(ByteView bytes, const std::string &context) : bytes_(bytes), context_(context) {}

  // Calls visit(id, type) for each field of a struct; a field whose value visit does not take (it returns false) is
  // passed over.
  template <typename Visit>
  void fields(const Visit &visit) {
    int id = 0;
    for (Wire type = field(id); type != Wire::stop; type = field(id))
      if (!visit(id, type)) skip(type, 0);
  }
  // Calls visit() for each element of a list of structs.
  template <typename Visit>
  void structs(Wire type, const Visit &visit) {
    for (size_t left = list(type, Wire::structure); left > 0; --left) visit();
  }

  int64_t integer(Wire type);
  bool boolean(Wire type);  // of a field
  std::string_view text(Wire type);
  size_t taken() const { return at_; }  // bytes

 private:
  [[noreturn]] void fail() const;
  uint8_t byte();
  uint64_t number();
  size_t length();  // of what takes at least a byte each
  Wire field(int &id);
  size_t list(Wire type, Wire element);
  void skip(Wire type, int depth);

  ByteView bytes_;
  const std::string &context_;
  size_t at_ = 0;
};

}  // namespace kalon::parquet
