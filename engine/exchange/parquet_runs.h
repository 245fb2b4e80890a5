#pragma once
// Parquet's mixture of run lengths and packed bits, for small numbers:
// https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kalon::parquet {

class RunReader {
 public:
  RunReader() = default;
  // width: bits of a number, 0..32.
  RunReader(ByteView bytes, int width) : bytes_(bytes), width_(width) {}
  std::optional<uint32_t> next();  // nothing when the bytes are used up, or are no runs

 private:
  bool begin_run();

  ByteView bytes_;
  int width_ = 0;
  uint64_t left_ = 0;  // numbers of the run
  bool packed_ = false;
  uint32_t value_ = 0;  // of a run of equal numbers
  ByteView bits_;       // of packed ones
  uint64_t bit_ = 0;    // the next one
};

}  // namespace kalon::parquet
