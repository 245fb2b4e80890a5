#pragma once
// Writes Thrift's compact protocol, as far as Parquet's headers need it (see parquet_thrift.h).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "exchange/parquet_thrift.h"

namespace kalon::parquet {

// One struct at a time, its fields by rising id. A struct or list inside is written by the function that is given.
class ThriftWriter {
 public:
  explicit ThriftWriter(Bytes &out) : out_(out) {}

  void i32(int id, int32_t value) { header(id, Wire::i32), zigzag(value); }
  void i64(int id, int64_t value) { header(id, Wire::i64), zigzag(value); }
  void boolean(int id, bool value) { header(id, value ? Wire::yes : Wire::no); }
  void text(int id, std::string_view value) { header(id, Wire::binary), element(value); }

  template <typename Write>
  void structure(int id, const Write &write) {
    header(id, Wire::structure);
    element(write);
  }
  // write(item) writes one element: by element() below, or by a struct of its own.
  template <typename Items, typename Write>
  void list(int id, Wire type, const Items &items, const Write &write) {
    header(id, Wire::list);
    if (items.size() < 15) {
      out_.push_back(static_cast<uint8_t>(items.size() << 4 | static_cast<size_t>(type)));
    } else {
      out_.push_back(static_cast<uint8_t>(0xf0 | static_cast<int>(type)));
      number(items.size());
    }
    for (const auto &item : items) write(item);
  }

  void element(int32_t value) { zigzag(value); }
  void element(std::string_view value) {
    number(value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }
  template <typename Write>
  requires requires(const Write &write) { write(); }
  void element(const Write &write) {
    int outer = last_;
    last_ = 0;
    write();
    out_.push_back(0);
    last_ = outer;
  }

 private:
  void header(int id, Wire type) {
    int step = id - last_;
    if (step > 0 && step < 16) {
      out_.push_back(static_cast<uint8_t>(step << 4 | static_cast<int>(type)));
    } else {
      out_.push_back(static_cast<uint8_t>(type));
      zigzag(id);
    }
    last_ = id;
  }
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<uint8_t>(value | 0x80));
    out_.push_back(static_cast<uint8_t>(value));
  }
  void zigzag(int64_t value) { number(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63)); }

  Bytes &out_;
  int last_ = 0;  // id of the field before, in the struct that is being written
};

}  // namespace kalon::parquet
