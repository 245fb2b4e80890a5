#pragma once
// A file open in a decoder plugin, in this process or in a worker.

#include <kalon/plugin.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace kalon {

// What to decode. All of it outlives the decoding.
struct DecodingSource {
  std::string path;
  ByteView bytes;
  uint64_t max_pixels;
  const std::atomic<bool> *cancelled = nullptr;    // once true, the work is to end early
  std::atomic<uint64_t> *signs_of_life = nullptr;  // counts the decoder's reports of progress
};

// Used by one thread at a time. Functions throw what the decoder says, and internal or timeout when it died or was late
// twice. [worker]
class Decoding {
 public:
  virtual ~Decoding() = default;
  // Of what read() will give.
  virtual kalon_picture_info info() = 0;
  // KALON_METADATA_*; empty when the file has none. Valid as long as this object.
  virtual ByteView metadata(int32_t kind) = 0;
  // The smallest decoded size of at least the given one; nothing happens when the decoder cannot.
  virtual void scale(uint32_t min_width, uint32_t min_height) = 0;
  virtual bool scales() const = 0;
  // Once, into memory that fits info().
  virtual void read(const kalon_pixels &destination) = 0;
};

}  // namespace kalon
