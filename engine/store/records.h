#pragma once
// Plain values to and from the FlatBuffers of schema.fbs. Decoding copies the record to aligned memory and verifies it
// first; it returns false for a damaged one.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "store/rows.h"

namespace kalon::records {

// Aligned memory that a record is copied into; what is read from it is valid until the next copy.
class Aligned {
 public:
  const uint8_t *copy(std::string_view record);

 private:
  std::vector<uint64_t> memory_;
};

struct StoredSpace {
  kalon::Space space;
  uint32_t rows_per_block = 1;
};

// A filter or a session.
struct StoredBytes {
  std::string name;  // as it was given
  int64_t time = 0;
  Bytes content;
};

std::string encode(const FileRow &row);
std::string encode(const std::vector<kalon::Attribute> &attributes);
std::string encode(const StoredSpace &space);
std::string encode(const kalon::Event &event);
std::string encode(const kalon::Operation &operation);
std::string encode(const kalon::PlacedItem *items, size_t count);
std::string encode(const kalon::Fingerprint &fingerprint);
std::string encode(const kalon::ScoreColumn &column);
std::string encode(const StoredBytes &named);

bool decode(std::string_view record, Aligned &memory, FileView &view);
bool decode(std::string_view record, std::vector<kalon::Attribute> &attributes);
bool decode(std::string_view record, StoredSpace &space);
bool decode(std::string_view record, kalon::Event &event);
bool decode(std::string_view record, kalon::Operation &operation);
bool decode(std::string_view record, std::vector<kalon::PlacedItem> &items);  // appends
bool decode(std::string_view record, kalon::Fingerprint &fingerprint);
bool decode(std::string_view record, kalon::ScoreColumn &column);
bool decode(std::string_view record, StoredBytes &named);

}  // namespace kalon::records
