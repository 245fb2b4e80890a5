#include "exchange/parquet_thrift.h"

#include "base/error.h"

namespace kalon::parquet {
namespace {

constexpr int max_depth = 32;

int64_t zigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

}  // namespace

void ThriftReader::fail() const {
  throw Error(Status::corrupt_data, "is no Parquet file, or a damaged one: a header cannot be understood", context_);
}

uint8_t ThriftReader::byte() {
  if (at_ == bytes_.size()) fail();
  return bytes_[at_++];
}

uint64_t ThriftReader::number() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    uint8_t part = byte();
    value |= uint64_t{part & 0x7fu} << shift;
    if (part < 0x80) return value;
  }
  fail();
}

size_t ThriftReader::length() {
  uint64_t value = number();
  if (value > bytes_.size() - at_) fail();
  return value;
}

Wire ThriftReader::field(int &id) {
  uint8_t head = byte();
  if (head == 0) return Wire::stop;
  int64_t next = head >> 4 ? id + (head >> 4) : zigzag(number());
  if (next <= 0 || next > 32767) fail();
  id = static_cast<int>(next);
  return static_cast<Wire>(head & 15);
}

int64_t ThriftReader::integer(Wire type) {
  if (type == Wire::byte) return static_cast<int8_t>(byte());
  if (type != Wire::i16 && type != Wire::i32 && type != Wire::i64) fail();
  return zigzag(number());
}

bool ThriftReader::boolean(Wire type) {
  if (type != Wire::yes && type != Wire::no) fail();
  return type == Wire::yes;
}

std::string_view ThriftReader::text(Wire type) {
  if (type != Wire::binary) fail();
  size_t size = length();
  auto bytes = bytes_.subspan(at_, size);
  at_ += size;
  return text_of(bytes);
}

size_t ThriftReader::list(Wire type, Wire element) {
  if (type != Wire::list) fail();
  uint8_t head = byte();
  size_t count = head >> 4 == 15 ? length() : head >> 4;
  if (count > 0 && static_cast<Wire>(head & 15) != element) fail();
  return count;
}

void ThriftReader::skip(Wire type, int depth) {
  if (depth > max_depth) fail();
  auto skip_bytes = [this](size_t count) {
    if (count > bytes_.size() - at_) fail();
    at_ += count;
  };
  switch (type) {
    case Wire::yes:
    case Wire::no:
      return;
    case Wire::byte:
      return skip_bytes(1);
    case Wire::i16:
    case Wire::i32:
    case Wire::i64:
      number();
      return;
    case Wire::real:
      return skip_bytes(8);
    case Wire::binary:
      return skip_bytes(length());
    case Wire::list:
    case Wire::set: {
      uint8_t head = byte();
      auto element = static_cast<Wire>(head & 15);
      size_t count = head >> 4 == 15 ? length() : head >> 4;
      // Truth values are a byte each inside a list.
      if (element == Wire::yes || element == Wire::no) return skip_bytes(count);
      for (; count > 0; --count) skip(element, depth + 1);
      return;
    }
    case Wire::map: {
      size_t count = length();
      if (count == 0) return;
      uint8_t types = byte();
      auto skip_one = [&](Wire one) { one == Wire::yes || one == Wire::no ? skip_bytes(1) : skip(one, depth + 1); };
      for (; count > 0; --count) {
        skip_one(static_cast<Wire>(types >> 4));
        skip_one(static_cast<Wire>(types & 15));
      }
      return;
    }
    case Wire::structure: {
      int id = 0;
      for (Wire inner = field(id); inner != Wire::stop; inner = field(id)) skip(inner, depth + 1);
      return;
    }
    case Wire::stop:
      break;
  }
  fail();
}

}  // namespace kalon::parquet
