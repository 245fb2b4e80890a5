#include "exchange/parquet_runs.h"

#include <algorithm>

namespace kalon::parquet {

bool RunReader::begin_run() {
  uint64_t head = 0;
  int shift = 0;
  for (;; shift += 7) {
    if (bytes_.empty() || shift > 28) return false;
    uint8_t part = bytes_[0];
    bytes_ = bytes_.subspan(1);
    head |= uint64_t{part & 0x7fu} << shift;
    if (part < 0x80) break;
  }
  packed_ = (head & 1) != 0;
  left_ = head >> 1;
  if (packed_) {
    // Groups of eight; some writers leave away the end of the last one.
    uint64_t size = std::min<uint64_t>(left_ * static_cast<uint64_t>(width_), bytes_.size());
    left_ *= 8;
    if (width_ > 0) left_ = std::min<uint64_t>(left_, size * 8 / static_cast<uint64_t>(width_));
    bits_ = bytes_.first(size);
    bit_ = 0;
    bytes_ = bytes_.subspan(size);
    return true;
  }
  size_t size = static_cast<size_t>(width_ + 7) / 8;
  if (bytes_.size() < size) return false;
  value_ = 0;
  for (size_t i = 0; i < size; ++i) value_ |= uint32_t{bytes_[i]} << 8 * i;
  bytes_ = bytes_.subspan(size);
  return true;
}

std::optional<uint32_t> RunReader::next() {
  while (left_ == 0)
    if (!begin_run()) return std::nullopt;
  --left_;
  if (!packed_) return value_;
  uint64_t value = 0;
  size_t first = bit_ / 8, last = (bit_ + static_cast<uint64_t>(width_) + 7) / 8;
  for (size_t i = first; i < last; ++i) value |= uint64_t{bits_[i]} << 8 * (i - first);
  value >>= bit_ % 8;
  bit_ += static_cast<uint64_t>(width_);
  return static_cast<uint32_t>(value & ((uint64_t{1} << width_) - 1));
}

}  // namespace kalon::parquet
