#pragma once
// The tables of a library and the form of their keys. README.md describes what each holds.

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/hash.h"

namespace kalon::layout {

constexpr uint64_t schema_version = 5;

enum class Duplicates { none, fixed };  // fixed: one key has many values, all of the same size

struct TableDescription {
  const char *name;
  Duplicates duplicates;
  uint64_t since = 1;  // the schema that brought it
};

// In the order of Table.
enum Table : unsigned {
  meta,
  files,
  ids,
  pictures,
  spellings,
  attributes,
  spaces,
  vector_rows,
  vector_keys,
  vector_blocks,
  events,
  actions,
  undos,
  exclusions,
  undone,
  excluded,
  operations,
  operation_items,
  fingerprints,
  score_columns,
  scores,
  filters,
  not_duplicates,
  flag_events,
  flags,
  event_ids,
  sessions,
  rating_events,
  ratings,
  label_events,
  labels,
  photos,
  changed_files
};
inline constexpr std::array<TableDescription, 33> library_tables = {{
    {"meta", Duplicates::none},
    {"files", Duplicates::none},
    {"ids", Duplicates::none},
    {"pictures", Duplicates::fixed},
    {"spellings", Duplicates::none},
    {"attributes", Duplicates::none},
    {"spaces", Duplicates::none},
    {"vector_rows", Duplicates::none},
    {"vector_keys", Duplicates::none},
    {"vector_blocks", Duplicates::none},
    {"events", Duplicates::none},
    {"actions", Duplicates::fixed},
    {"undos", Duplicates::none},
    {"exclusions", Duplicates::fixed},
    {"undone", Duplicates::none},
    {"excluded", Duplicates::none},
    {"operations", Duplicates::none},
    {"operation_items", Duplicates::none},
    {"fingerprints", Duplicates::none, 2},
    {"score_columns", Duplicates::none, 2},
    {"scores", Duplicates::none, 2},
    {"filters", Duplicates::none, 2},
    {"not_duplicates", Duplicates::none, 2},
    {"flag_events", Duplicates::fixed, 3},
    {"flags", Duplicates::none, 3},
    {"event_ids", Duplicates::none, 4},
    {"sessions", Duplicates::none, 4},
    {"rating_events", Duplicates::fixed, 5},
    {"ratings", Duplicates::none, 5},
    {"label_events", Duplicates::fixed, 5},
    {"labels", Duplicates::none, 5},
    {"photos", Duplicates::fixed, 5},
    {"changed_files", Duplicates::none, 5},
}};

// What is derived of each kind of decision, in the order of DecisionKind: the events by picture, and the newest that
// counts.
struct DecisionTables {
  Table events, decided;
};
inline constexpr std::array<DecisionTables, 3> decision_tables = {
    {{flag_events, flags}, {rating_events, ratings}, {label_events, labels}}};

// Keys of the table meta; all values are 8 bytes, big-endian.
inline constexpr std::string_view schema_key = "schema", next_file_key = "next_file", next_space_key = "next_space",
                                  next_operation_key = "next_operation", next_score_column_key = "next_score_column",
                                  revision_key = "revision";

// Unsigned numbers are big-endian in keys, so that the order of bytes is that of numbers.
class Key {
 public:
  template <typename Number>
  Key &number(Number value) {
    static_assert(std::is_unsigned_v<Number>);
    for (size_t i = sizeof value; i-- > 0;) bytes_[size_++] = static_cast<char>(value >> (8 * i));
    return *this;
  }
  Key &hash(const Hash128 &value) {
    for (uint8_t byte : value.bytes) bytes_[size_++] = static_cast<char>(byte);
    return *this;
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 48> bytes_;
  size_t size_ = 0;
};

inline Key key_of(uint64_t number) {
  return Key().number(number);
}
inline Key key_of(const Hash128 &hash) {
  return Key().hash(hash);
}

template <typename Number>
Number read_number(std::string_view bytes, size_t offset = 0) {
  Number value = 0;
  for (size_t i = 0; i < sizeof value && offset + i < bytes.size(); ++i)
    value = static_cast<Number>(value << 8 | static_cast<uint8_t>(bytes[offset + i]));
  return value;
}

inline Hash128 read_hash(std::string_view bytes, size_t offset = 0) {
  Hash128 hash;
  for (size_t i = 0; i < 16 && offset + i < bytes.size(); ++i) hash.bytes[i] = static_cast<uint8_t>(bytes[offset + i]);
  return hash;
}

// ---- paths as keys. A short path is its own key. A longer one is its first bytes and its hash: the order of such keys
// is that of the paths except among long paths that share all those bytes, which scan_files() sorts itself.
constexpr size_t path_prefix = 480;
inline bool long_path(std::string_view path) {
  return path.size() > path_prefix;
}
inline bool long_path_key(std::string_view key) {
  return key.size() > path_prefix;
}
inline std::string path_key(std::string_view path) {
  if (!long_path(path)) return std::string(path);
  std::string key(path.substr(0, path_prefix));
  return key += key_of(hash_of(path)).view();
}

}  // namespace kalon::layout
