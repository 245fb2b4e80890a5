#pragma once
// Values by key that a plugin keeps between runs: files in its cache folder.

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace kalon {

// Several processes may use one folder. A file is named after the hash of its key and holds key, value and checksum: a
// file that was cut, damaged or put there by others counts as missing.
class PluginCache {
 public:
  struct Limits {
    uint64_t value_bytes = uint64_t{64} << 20;
    uint64_t bytes = uint64_t{512} << 20;  // of all files; passed by at most a sixteenth for each process that writes
    uint64_t files = 65536;                // likewise
  };
  // folder(): makes it when missing, and may throw.
  explicit PluginCache(std::function<std::string()> folder);
  PluginCache(std::function<std::string()> folder, Limits limits);

  // The value's size; writes the value when capacity is enough. After a failure the buffer's content is arbitrary.
  // Throws not_found, invalid_argument (the key), io. [any]
  uint64_t get(std::string_view key, void *buffer, uint64_t capacity) const;
  // Throws limit_exceeded, invalid_argument, not_found (no folder), io. The oldest values make room. [any]
  void put(std::string_view key, ByteView value);
  void remove(std::string_view key);  // [any]

 private:
  void make_room(const std::string &folder, uint64_t bytes);

  std::function<std::string()> folder_;
  Limits limits_;
  std::mutex mutex_;
  bool looked_ = false;                     // this process has seen what lies there
  uint64_t new_bytes_ = 0, new_files_ = 0;  // written since it last looked
};

}  // namespace kalon
