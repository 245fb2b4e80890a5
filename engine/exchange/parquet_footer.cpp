#include "exchange/parquet_footer.h"

#include <array>
#include <cstring>
#include <optional>
#include <unordered_set>

#include "base/text.h"
#include "exchange/parquet_thrift.h"

namespace kalon::parquet {
namespace {

constexpr size_t max_footer_bytes = size_t{64} << 20;
constexpr size_t max_elements = 100'000, max_groups = 1'000'000;
constexpr size_t tail_bytes = 8;  // length of the footer, and the magic word

// A node of the schema's tree, as it is written.
struct Element {
  std::optional<int64_t> physical, converted;
  int64_t repetition = 0, children = 0;
  std::string name;
  int logical = 0;  // id of the logical type; 0: none
  int time_unit = 0;
  bool is_signed = true;
};

// Ids of parquet.thrift.
enum { required = 0, optional = 1, repeated = 2 };
enum Logical {
  logical_string = 1,
  logical_enum = 4,
  logical_date = 6,
  logical_timestamp = 8,
  logical_integer = 10,
  logical_null = 11,
  logical_json = 12
};
enum Converted {
  converted_utf8 = 0,
  converted_enum = 4,
  converted_date = 6,
  converted_millis = 9,
  converted_micros = 10,
  converted_uint8 = 11,
  converted_uint64 = 14,
  converted_int8 = 15,
  converted_int64 = 18,
  converted_json = 19
};

void read_logical(ThriftReader &in, Element &element) {
  in.fields([&](int id, Wire type) {
    element.logical = id;
    if (type != Wire::structure) return false;
    if (id != logical_timestamp && id != logical_integer) return false;
    in.fields([&](int inner, Wire inner_type) {
      if (id == logical_integer && inner == 2) return element.is_signed = in.boolean(inner_type), true;
      if (id != logical_timestamp || inner != 2 || inner_type != Wire::structure) return false;
      in.fields([&](int unit, Wire) {
        element.time_unit = unit;
        return false;
      });
      return true;
    });
    return true;
  });
}

Element read_element(ThriftReader &in) {
  Element element;
  in.fields([&](int id, Wire type) {
    switch (id) {
      case 1:
        element.physical = in.integer(type);
        return true;
      case 3:
        element.repetition = in.integer(type);
        return true;
      case 4:
        element.name = in.text(type);
        return true;
      case 5:
        element.children = in.integer(type);
        return true;
      case 6:
        element.converted = in.integer(type);
        return true;
      case 10:
        if (type != Wire::structure) return false;
        read_logical(in, element);
        return true;
      default:
        return false;
    }
  });
  return element;
}

std::optional<Meaning> meaning_of_number(const Element &element) {
  if (element.logical == logical_date || element.converted == converted_date) return Meaning::date;
  if (element.logical == logical_timestamp && element.time_unit >= 1 && element.time_unit <= 3)
    return std::array{Meaning::milliseconds, Meaning::microseconds,
                      Meaning::nanoseconds}[static_cast<size_t>(element.time_unit - 1)];
  if (element.logical == 0 && element.converted == converted_millis) return Meaning::milliseconds;
  if (element.logical == 0 && element.converted == converted_micros) return Meaning::microseconds;
  if (element.logical == logical_integer) return element.is_signed ? Meaning::integer : Meaning::unsigned_integer;
  if (element.logical != 0 && element.logical != logical_null) return std::nullopt;
  if (!element.converted || (element.converted >= converted_int8 && element.converted <= converted_int64))
    return Meaning::integer;
  if (element.converted >= converted_uint8 && element.converted <= converted_uint64) return Meaning::unsigned_integer;
  return std::nullopt;
}

std::optional<Meaning> meaning_of_bytes(const Element &element) {
  switch (element.logical) {
    case 0:
      break;
    case logical_string:
    case logical_enum:
    case logical_json:
      return Meaning::text;
    default:
      return std::nullopt;
  }
  bool text = !element.converted || element.converted == converted_utf8 || element.converted == converted_enum ||
              element.converted == converted_json;
  return text ? std::optional(Meaning::text) : std::nullopt;
}

// What the values of a leaf are, or nothing when they are of a kind that is not read.
std::optional<Meaning> meaning_of(const Element &leaf) {
  switch (static_cast<Physical>(leaf.physical.value_or(-1))) {
    case Physical::boolean:
      return Meaning::boolean;
    case Physical::int32:
    case Physical::int64:
      return meaning_of_number(leaf);
    case Physical::float32:
    case Physical::float64:
      return Meaning::real;
    case Physical::bytes:
      return meaning_of_bytes(leaf);
    default:
      return std::nullopt;
  }
}

class FooterParser {
 public:
  FooterParser(ByteView bytes, const std::string &name, uint64_t data_end)
      : in_(bytes, name), name_(name), data_end_(data_end) {}

  Footer parse() {
    std::optional<int64_t> rows;
    bool groups = false;
    in_.fields([&](int id, Wire type) {
      if (id == 2) {
        in_.structs(type, [&] {
          if (elements_.size() == max_elements) too_many("columns");
          elements_.push_back(read_element(in_));
        });
        take_schema();
      } else if (id == 3) {
        rows = in_.integer(type);
      } else if (id == 4) {
        if (elements_.empty()) fail("has row groups before its schema");
        groups = true;
        in_.structs(type, [&] {
          if (footer_.groups.size() == max_groups) too_many("row groups");
          take_group();
        });
      } else if (id == 8) {
        throw Error(Status::unsupported, "is encrypted", name_);
      } else {
        return false;
      }
      return true;
    });
    if (elements_.empty() || !rows || !groups) fail("has no schema or no row groups");
    for (const auto &group : footer_.groups) footer_.rows += group.rows;
    if (footer_.rows != static_cast<uint64_t>(*rows)) fail("has row groups of other lengths than it says");
    return std::move(footer_);
  }

 private:
  [[noreturn]] void fail(const std::string &what) const {
    throw Error(Status::corrupt_data, "is a damaged Parquet file: it " + what, name_);
  }

  [[noreturn]] void too_many(const std::string &what) const {
    throw Error(Status::limit_exceeded, "has too many " + what, name_);
  }

  // The tree is written node by node, each before what is below it.
  void take_schema() {
    if (elements_.empty() || leaves_ > 0) fail("has no schema, or two");
    size_t at = 1;
    std::unordered_set<std::string> seen;
    for (int64_t child = 0; child < elements_[0].children; ++child) {
      if (at >= elements_.size()) fail("has a schema that is cut short");
      const auto &element = elements_[at];
      auto name = display_text(element.name.substr(0, max_table_name));
      if (!seen.insert(name).second) fail("names the column " + name + " twice");
      bool nested = element.children > 0 || element.repetition == repeated;
      auto meaning = nested ? std::nullopt : meaning_of(element);
      size_t first_leaf = leaves_;
      skip_tree(at, 0);
      if (nested || !meaning) {
        footer_.unreadable.push_back(
            {name, nested ? "it is nested (lists, maps and structures are not read)"
                          : "its values are of a kind that is not read (text, numbers, truth values, dates and points "
                            "in time are)"});
      } else if (footer_.columns.size() == max_table_columns) {
        too_many("columns");
      } else {
        footer_.columns.push_back(
            {name, static_cast<Physical>(*element.physical), *meaning, element.repetition == optional});
        leaf_of_column_.push_back(first_leaf);
      }
    }
    if (at != elements_.size()) fail("has a schema with loose ends");
  }

  // Moves behind a node and all below it, counting the leaves.
  void skip_tree(size_t &at, int depth) {
    if (at >= elements_.size() || depth > 64) fail("has a schema that is cut short");
    const auto &element = elements_[at++];
    if (element.children <= 0) {
      ++leaves_;
      return;
    }
    for (int64_t child = 0; child < element.children; ++child) skip_tree(at, depth + 1);
  }

  void take_group() {
    RowGroup group;
    std::optional<int64_t> rows;
    std::vector<Chunk> chunks;
    std::vector<int64_t> values;
    in_.fields([&](int id, Wire type) {
      if (id == 1)
        in_.structs(type, [&] {
          int64_t count = -1;
          if (chunks.size() == leaves_) fail("has a row group with other columns than its schema");
          auto chunk = take_chunk(chunks.size(), count);
          chunks.push_back(chunk);
          values.push_back(count);
        });
      else if (id == 3)
        rows = in_.integer(type);
      else
        return false;
      return true;
    });
    if (!rows || *rows < 0 || *rows > int64_t{1} << 40 || chunks.size() != leaves_)
      fail("has a row group with other columns than its schema");
    group.rows = static_cast<uint64_t>(*rows);
    for (size_t leaf : leaf_of_column_) {
      if (values[leaf] != *rows) fail("has a column of another length than its row group");
      group.chunks.push_back(chunks[leaf]);
    }
    footer_.groups.push_back(std::move(group));
  }

  Chunk take_chunk(size_t leaf, int64_t &values) {
    Chunk chunk;
    int64_t codec = 0, data = -1, dictionary = 0, bytes = -1;
    bool has_metadata = false;
    in_.fields([&](int id, Wire type) {
      if (id == 1 && !in_.text(type).empty()) throw Error(Status::unsupported, "keeps columns in other files", name_);
      if (id == 1) return true;
      if (id == 8 || id == 9) throw Error(Status::unsupported, "is encrypted", name_);
      if (id != 3 || type != Wire::structure) return false;
      has_metadata = true;
      in_.fields([&](int inner, Wire inner_type) {
        int64_t *target = inner == 4    ? &codec
                          : inner == 5  ? &values
                          : inner == 7  ? &bytes
                          : inner == 9  ? &data
                          : inner == 11 ? &dictionary
                                        : nullptr;
        if (target != nullptr) *target = in_.integer(inner_type);
        return target != nullptr;
      });
      return true;
    });
    int64_t start = dictionary > 0 && dictionary < data ? dictionary : data;
    if (!has_metadata || start < 0 || bytes < 0 || static_cast<uint64_t>(start) > data_end_ ||
        static_cast<uint64_t>(bytes) > data_end_ - static_cast<uint64_t>(start))
      fail("has a column (" + std::to_string(leaf + 1) + ") that lies outside of it");
    chunk.offset = static_cast<uint64_t>(start);
    chunk.bytes = static_cast<uint64_t>(bytes);
    chunk.codec = static_cast<Codec>(codec);
    return chunk;
  }

  ThriftReader in_;
  const std::string &name_;
  uint64_t data_end_;
  std::vector<Element> elements_;
  size_t leaves_ = 0;
  std::vector<size_t> leaf_of_column_;
  Footer footer_;
};

}  // namespace

Footer read_footer(const InputFile &file) {
  uint8_t tail[tail_bytes] = {}, head[4] = {};
  if (file.size() < 4 + tail_bytes) throw Error(Status::corrupt_data, "is no Parquet file: too short", file.name());
  file.read_at(0, head, sizeof head);
  file.read_at(file.size() - tail_bytes, tail, tail_bytes);
  if (std::memcmp(tail + 4, "PARE", 4) == 0) throw Error(Status::unsupported, "is encrypted", file.name());
  if (std::memcmp(head, "PAR1", 4) != 0 || std::memcmp(tail + 4, "PAR1", 4) != 0)
    throw Error(Status::corrupt_data, "is no Parquet file, or was not written to its end", file.name());
  uint32_t size;
  std::memcpy(&size, tail, sizeof size);
  uint64_t data_end = file.size() - tail_bytes;
  if (size > data_end - 4)
    throw Error(Status::corrupt_data, "is a damaged Parquet file: its footer is larger than the file", file.name());
  if (size > max_footer_bytes)
    throw Error(Status::limit_exceeded, "has a footer of more than 64 MiB; write it with larger row groups",
                file.name());
  data_end -= size;
  Bytes bytes(size);
  file.read_at(data_end, bytes.data(), bytes.size());
  return FooterParser(bytes, file.name(), data_end).parse();
}

}  // namespace kalon::parquet
