// What is computed, to and from its FlatBuffers: fingerprints, columns of scores, filters.

#include <cmath>

#include "schema_generated.h"
#include "store/records.h"
#include "store/verify.h"

namespace kalon::records {
namespace {

template <typename Bits, size_t Size>
Bits bits(const std::array<uint8_t, Size> &hash) {
  return Bits(flatbuffers::span<const uint8_t, Size>(hash.data(), Size));
}

template <typename Bits, size_t Size>
void read_bits(const Bits *stored_bits, std::array<uint8_t, Size> &hash) {
  static_assert(sizeof(Bits) == Size);
  __builtin_memcpy(hash.data(), stored_bits->bytes()->data(), Size);
}

}  // namespace

std::string encode(const kalon::Fingerprint &fingerprint) {
  flatbuffers::FlatBufferBuilder builder(512);
  auto hash8 = bits<Bits64>(fingerprint.hash8), mirrored8 = bits<Bits64>(fingerprint.mirrored8);
  auto hash16 = bits<Bits256>(fingerprint.hash16), mirrored16 = bits<Bits256>(fingerprint.mirrored16);
  auto hash24 = bits<Bits576>(fingerprint.hash24), mirrored24 = bits<Bits576>(fingerprint.mirrored24);
  return finish(builder, CreateFingerprint(builder, &hash8, &mirrored8, &hash16, &mirrored16, &hash24, &mirrored24,
                                           fingerprint.sharpness));
}

bool decode(std::string_view record, kalon::Fingerprint &fingerprint) {
  Aligned memory;
  const auto *found = verified<records::Fingerprint>(record, memory);
  if (!found) return false;
  read_bits(found->hash8(), fingerprint.hash8);
  read_bits(found->mirrored8(), fingerprint.mirrored8);
  read_bits(found->hash16(), fingerprint.hash16);
  read_bits(found->mirrored16(), fingerprint.mirrored16);
  read_bits(found->hash24(), fingerprint.hash24);
  read_bits(found->mirrored24(), fingerprint.mirrored24);
  fingerprint.sharpness = found->sharpness();
  return std::isfinite(fingerprint.sharpness);
}

std::string encode(const kalon::ScoreColumn &column) {
  flatbuffers::FlatBufferBuilder builder(256);
  auto name = builder.CreateString(column.name), source = builder.CreateString(column.source),
       model = builder.CreateString(column.model), weights_hash = builder.CreateString(column.weights_hash);
  return finish(builder, CreateScoreColumn(builder, column.id, name, source, model, weights_hash, column.direction,
                                           column.time, column.rows));
}

bool decode(std::string_view record, kalon::ScoreColumn &column) {
  Aligned memory;
  const auto *found = verified<records::ScoreColumn>(record, memory);
  if (!found) return false;
  column.id = found->id();
  column.name = text(found->name());
  column.source = text(found->source());
  column.model = text(found->model());
  column.weights_hash = text(found->weights_hash());
  column.direction = found->direction();
  column.time = found->time();
  column.rows = found->rows();
  return column.id > 0;
}

std::string encode(const StoredBytes &named) {
  flatbuffers::FlatBufferBuilder builder(named.content.size() + 256);
  auto name = builder.CreateString(named.name);
  auto content = builder.CreateVector(named.content);
  return finish(builder, CreateNamedBytes(builder, name, named.time, content));
}

bool decode(std::string_view record, StoredBytes &named) {
  Aligned memory;
  const auto *found = verified<NamedBytes>(record, memory);
  if (!found) return false;
  named.name = text(found->name());
  named.time = found->time();
  named.content.clear();
  if (const auto *content = found->content()) named.content.assign(content->begin(), content->end());
  return true;
}

}  // namespace kalon::records
