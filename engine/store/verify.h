#pragma once
// What records.cpp and event_records.cpp share. Includes FlatBuffers: never from another header.

#include <string>
#include <string_view>
#include <vector>

#include "schema_generated.h"
#include "store/records.h"

namespace kalon::records {

constexpr size_t largest_record = size_t{256} << 20;

inline std::string_view text(const flatbuffers::String *string) {
  return string ? std::string_view(string->c_str(), string->size()) : std::string_view();
}
inline std::string_view bytes(const flatbuffers::Vector<uint8_t> *vector) {
  return vector ? std::string_view(reinterpret_cast<const char *>(vector->data()), vector->size()) : std::string_view();
}
inline Hash128 plain(const Hash *hash) {
  Hash128 result;
  if (hash) __builtin_memcpy(result.bytes.data(), hash->bytes()->data(), 16);
  return result;
}
inline Hash stored(const Hash128 &hash) {
  return Hash(flatbuffers::span<const uint8_t, 16>(hash.bytes.data(), 16));
}

// The root of a record, or null when it is damaged.
template <typename Root>
const Root *verified(std::string_view record, Aligned &memory) {
  if (record.size() < 8 || record.size() > largest_record) return nullptr;
  const uint8_t *copy = memory.copy(record);
  flatbuffers::Verifier verifier(copy, record.size());
  return verifier.VerifyBuffer<Root>(nullptr) ? flatbuffers::GetRoot<Root>(copy) : nullptr;
}

inline flatbuffers::Offset<flatbuffers::Vector<uint8_t>> bytes_vector(flatbuffers::FlatBufferBuilder &builder,
                                                                      std::string_view bytes) {
  return builder.CreateVector(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
}
inline flatbuffers::Offset<flatbuffers::String> optional_string(flatbuffers::FlatBufferBuilder &builder,
                                                                const std::string &string) {
  return string.empty() ? flatbuffers::Offset<flatbuffers::String>() : builder.CreateString(string);
}
inline flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<Attribute>>> attribute_vector(
    flatbuffers::FlatBufferBuilder &builder, const std::vector<kalon::Attribute> &attributes) {
  std::vector<flatbuffers::Offset<Attribute>> offsets;
  offsets.reserve(attributes.size());
  for (const kalon::Attribute &attribute : attributes) {
    // Names repeat from row to row, never inside one.
    auto name = builder.CreateString(attribute.name), value = builder.CreateString(attribute.value);
    offsets.push_back(CreateAttribute(builder, name, value));
  }
  return offsets.empty() ? flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<Attribute>>>()
                         : builder.CreateVector(offsets);
}

template <typename Offset>
std::string finish(flatbuffers::FlatBufferBuilder &builder, Offset root) {
  builder.Finish(root);
  if (builder.GetSize() > largest_record) throw Error(Status::limit_exceeded, "a record is larger than 256 MiB");
  return std::string(reinterpret_cast<const char *>(builder.GetBufferPointer()), builder.GetSize());
}

}  // namespace kalon::records
