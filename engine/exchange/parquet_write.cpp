#include "exchange/parquet_write.h"

#include <zstd.h>

#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"
#include "exchange/parquet_footer.h"
#include "exchange/parquet_thrift_write.h"
#include "exchange/text_file.h"

namespace kalon {
namespace {

using parquet::Codec;
using parquet::Physical;
using parquet::ThriftWriter;
using parquet::Wire;

constexpr size_t page_bytes = size_t{1} << 20;       // of values, before a page is closed
constexpr uint32_t page_values = 1u << 17;           // and how many at most
constexpr size_t max_value_bytes = size_t{1} << 30;  // a page's sizes are 32 bits with a sign
constexpr std::string_view magic = "PAR1";

// Ids of parquet.thrift.
enum { plain = 0, run_lengths = 3 };
enum { required = 0, optional = 1 };
enum { data_page = 0 };
enum { converted_utf8 = 0, converted_micros = 10 };
enum { logical_string = 1, logical_timestamp = 8, unit_micros = 2 };

Physical physical_of(ParquetType type) {
  switch (type) {
    case ParquetType::boolean:
      return Physical::boolean;
    case ParquetType::int32:
      return Physical::int32;
    case ParquetType::int64:
    case ParquetType::moment:
      return Physical::int64;
    case ParquetType::float32:
      return Physical::float32;
    case ParquetType::float64:
      return Physical::float64;
    case ParquetType::text:
    case ParquetType::binary:
      break;
  }
  return Physical::bytes;
}

template <typename Number>
void append_number(Bytes &out, Number value) {
  size_t at = out.size();
  out.resize(at + sizeof value);
  std::memcpy(out.data() + at, &value, sizeof value);  // little-endian, as every machine that this is built for
}

// What was written of one column in one row group.
struct Chunk {
  uint64_t offset = 0, raw_bytes = 0, bytes = 0;  // sizes with the headers of the pages
};

struct Group {
  uint64_t rows = 0;
  std::vector<Chunk> chunks;
};

struct Compressor {
  struct Free {
    void operator()(ZSTD_CCtx *made) const { ZSTD_freeCCtx(made); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
  int level = 0;

  // Appends the compressed bytes; gives how many they are.
  size_t append(ByteView bytes, Bytes &out) const {
    size_t at = out.size();
    out.resize(at + ZSTD_compressBound(bytes.size()));
    size_t size =
        context ? ZSTD_compressCCtx(context.get(), out.data() + at, out.size() - at, bytes.data(), bytes.size(), level)
                : std::numeric_limits<size_t>::max();
    if (ZSTD_isError(size)) throw Error(Status::out_of_memory, "cannot be compressed: too little memory");
    out.resize(at + size);
    return size;
  }
};

// The pages of one column in the row group that is being filled.
class ColumnPages {
 public:
  explicit ColumnPages(const ParquetField &field)
      : field_(field),
        depth_(!field.structure.empty() ? 2
               : field.optional         ? 1
                                        : 0) {}

  // Throws for a value that is none of the field's; adds nothing.
  void check(const ParquetValue &value) const {
    if (std::holds_alternative<std::monostate>(value)) {
      if (depth_ == 0) refuse("needs a value in every row");
      return;
    }
    switch (field_.type) {
      case ParquetType::text:
      case ParquetType::binary: {
        const auto *text = std::get_if<std::string_view>(&value);
        if (!text) break;
        if (text->size() >= max_value_bytes)
          throw Error(Status::limit_exceeded, "a value of a gigabyte or more", field_.name);
        if (field_.type == ParquetType::text && !valid_utf8(*text)) refuse("has a value that is no UTF-8 text");
        return;
      }
      case ParquetType::boolean:
        if (std::holds_alternative<bool>(value)) return;
        break;
      case ParquetType::int32: {
        const auto *number = std::get_if<int64_t>(&value);
        if (number && *number != static_cast<int32_t>(*number)) refuse("has a number of more than 32 bits");
        if (number) return;
        break;
      }
      case ParquetType::int64:
      case ParquetType::moment:
        if (std::holds_alternative<int64_t>(value)) return;
        break;
      case ParquetType::float32:
      case ParquetType::float64:
        if (std::holds_alternative<double>(value)) return;
        break;
    }
    refuse("has a value of another kind");
  }

  // present: of a part of a structure, whether the structure is there.
  void add(const ParquetValue &value, bool present, const Compressor &compressor) {
    bool null = std::holds_alternative<std::monostate>(value);
    if (depth_ > 0) add_level(!null ? depth_ : present ? depth_ - 1 : 0);
    if (!null) add_value(value);
    if (++count_ >= page_values || values_.size() >= page_bytes) close_page(compressor);
  }

  void close_page(const Compressor &compressor) {
    if (count_ == 0) return;
    page_.clear();
    if (depth_ > 0) {
      end_run();
      append_number(page_, static_cast<uint32_t>(levels_.size()));
      page_.insert(page_.end(), levels_.begin(), levels_.end());
    }
    page_.insert(page_.end(), values_.begin(), values_.end());
    packed_.clear();
    size_t size = compressor.append(page_, packed_);
    size_t before = pages_.size();
    ThriftWriter header(pages_);
    header.element([&] {
      header.i32(1, data_page);
      header.i32(2, static_cast<int32_t>(page_.size()));
      header.i32(3, static_cast<int32_t>(size));
      header.structure(5, [&] {
        header.i32(1, static_cast<int32_t>(count_));
        header.i32(2, plain);
        header.i32(3, run_lengths);
        header.i32(4, run_lengths);
      });
    });
    raw_bytes_ += pages_.size() - before + page_.size();
    pages_.insert(pages_.end(), packed_.begin(), packed_.end());
    values_.clear();
    levels_.clear();
    count_ = bits_ = 0;
  }

  uint64_t held() const { return pages_.size() + values_.size() + levels_.size(); }

  // Puts the pages into the file, and begins with none again.
  Chunk flush(TextFile &file, uint64_t &at) {
    Chunk chunk{at, raw_bytes_, pages_.size()};
    file.write(text_of(pages_));
    at += pages_.size();
    pages_.clear();
    raw_bytes_ = 0;
    return chunk;
  }

  const ParquetField &field() const { return field_; }
  int depth() const { return depth_; }

 private:
  [[noreturn]] void refuse(const char *what) const {
    throw Error(Status::invalid_argument, what, "column " + display_text(field_.name));
  }

  void add_value(const ParquetValue &value) {
    switch (field_.type) {
      case ParquetType::text:
      case ParquetType::binary: {
        auto text = std::get<std::string_view>(value);
        append_number(values_, static_cast<uint32_t>(text.size()));
        values_.insert(values_.end(), text.begin(), text.end());
        return;
      }
      case ParquetType::boolean:
        if (bits_ % 8 == 0) values_.push_back(0);
        values_.back() = static_cast<uint8_t>(values_.back() | (std::get<bool>(value) ? 1 : 0) << bits_ % 8);
        ++bits_;
        return;
      case ParquetType::int32:
        return append_number(values_, static_cast<int32_t>(std::get<int64_t>(value)));
      case ParquetType::int64:
      case ParquetType::moment:
        return append_number(values_, std::get<int64_t>(value));
      case ParquetType::float32:
        return append_number(values_, static_cast<float>(std::get<double>(value)));
      case ParquetType::float64:
        return append_number(values_, std::get<double>(value));
    }
  }

  // Levels as runs of equal ones alone: compression takes care of what packing of bits would save.
  void add_level(int level) {
    if (run_ > 0 && level != level_) end_run();
    level_ = level;
    ++run_;
  }
  void end_run() {
    uint64_t head = run_ << 1;
    for (; head >= 0x80; head >>= 7) levels_.push_back(static_cast<uint8_t>(head | 0x80));
    levels_.push_back(static_cast<uint8_t>(head));
    levels_.push_back(static_cast<uint8_t>(level_));
    run_ = 0;
  }

  ParquetField field_;
  int depth_;              // how many levels may be missing
  Bytes levels_, values_;  // of the page
  uint32_t count_ = 0, bits_ = 0;
  int level_ = 0;
  uint64_t run_ = 0;
  Bytes page_, packed_;  // kept for their memory
  Bytes pages_;          // of the row group, compressed
  uint64_t raw_bytes_ = 0;
};

}  // namespace

class ParquetWriter::Work {
 public:
  Work(const std::string &path, std::vector<ParquetField> fields, ParquetSettings settings)
      : file_(path), settings_(std::move(settings)) {
    compressor_.level = settings_.compression_level;
    if (fields.empty()) throw Error(Status::invalid_argument, "a Parquet file needs columns");
    std::unordered_set<std::string> names;
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto &field = fields[i];
      bool goes_on = i > 0 && !field.structure.empty() && field.structure == fields[i - 1].structure;
      const auto &name = field.structure.empty() ? field.name : field.structure;
      bool taken = !goes_on && !names.insert(name).second;
      if (!field.structure.empty()) taken |= !names.insert(field.structure + '\0' + field.name).second;
      if (field.name.empty() || !valid_utf8(field.name) || !valid_utf8(name) || taken)
        throw Error(Status::invalid_argument, "columns need different names in UTF-8",
                    "column " + display_text(field.name));
      columns_.emplace_back(field);
    }
    put(bytes_of(magic));
  }

  void add(std::span<const ParquetValue> row) {
    if (row.size() != columns_.size())
      throw Error(Status::invalid_argument, "a row needs a value or null for each column");
    for (size_t i = 0; i < row.size(); ++i) columns_[i].check(row[i]);
    for (size_t i = 0; i < row.size();) {
      size_t end = end_of_structure(i);
      bool present = false;
      for (size_t part = i; part < end; ++part) present |= !std::holds_alternative<std::monostate>(row[part]);
      for (; i < end; ++i) {
        held_ -= columns_[i].held();
        columns_[i].add(row[i], present, compressor_);
        held_ += columns_[i].held();
      }
    }
    ++rows_;
    if (++group_rows_ == std::numeric_limits<int32_t>::max() || held_ >= settings_.row_group_bytes) end_group();
  }

  void finish() {
    end_group();
    Bytes footer;
    write_footer(footer);
    append_number(footer, static_cast<uint32_t>(footer.size()));
    put(footer);
    put(bytes_of(magic));
    file_.finish();
  }

  uint64_t rows() const { return rows_; }

 private:
  void put(ByteView bytes) {
    file_.write(text_of(bytes));
    at_ += bytes.size();
  }

  // The first field behind the structure that a field belongs to, or behind the field.
  size_t end_of_structure(size_t i) const {
    const auto &name = columns_[i].field().structure;
    size_t end = i + 1;
    while (!name.empty() && end < columns_.size() && columns_[end].field().structure == name) ++end;
    return end;
  }

  void end_group() {
    if (group_rows_ == 0) return;
    Group group;
    group.rows = group_rows_;
    for (auto &column : columns_) {
      column.close_page(compressor_);
      group.chunks.push_back(column.flush(file_, at_));
    }
    groups_.push_back(std::move(group));
    group_rows_ = held_ = 0;
  }

  void write_schema(ThriftWriter &out) const {
    // A node is its own number of field, or the first of its structure's.
    struct Node {
      size_t field = 0;
      int32_t children = -1;  // -1: a leaf
      bool root = false;
    };
    std::vector<Node> nodes;
    int32_t top = 0;
    for (size_t i = 0; i < columns_.size(); ++top) {
      size_t end = end_of_structure(i);
      if (!columns_[i].field().structure.empty()) nodes.push_back({i, static_cast<int32_t>(end - i), false});
      for (; i < end; ++i) nodes.push_back({i, -1, false});
    }
    nodes.insert(nodes.begin(), {0, top, true});
    out.list(2, Wire::structure, nodes, [&](const Node &node) {
      out.element([&] {
        const auto &column = columns_[node.field];
        if (node.root) {
          out.text(4, "schema");
          out.i32(5, node.children);
        } else if (node.children >= 0) {
          out.i32(3, optional);
          out.text(4, column.field().structure);
          out.i32(5, node.children);
        } else {
          write_leaf(out, column);
        }
      });
    });
  }

  static void write_leaf(ThriftWriter &out, const ColumnPages &column) {
    auto type = column.field().type;
    out.i32(1, static_cast<int32_t>(physical_of(type)));
    out.i32(3, column.depth() > 0 ? optional : required);
    out.text(4, column.field().name);
    auto nothing = [] {};
    if (type == ParquetType::text) {
      out.i32(6, converted_utf8);
      out.structure(10, [&] { out.structure(logical_string, nothing); });
    } else if (type == ParquetType::moment) {
      out.structure(10, [&] {
        out.structure(logical_timestamp, [&] {
          out.boolean(1, false);
          out.structure(2, [&] { out.structure(unit_micros, nothing); });
        });
      });
    }
  }

  void write_group(ThriftWriter &out, const Group &group) const {
    std::vector<size_t> indexes(columns_.size());
    for (size_t i = 0; i < indexes.size(); ++i) indexes[i] = i;
    uint64_t raw = 0, bytes = 0;
    out.list(1, Wire::structure, indexes, [&](size_t i) {
      const auto &field = columns_[i].field();
      const auto &chunk = group.chunks[i];
      raw += chunk.raw_bytes;
      bytes += chunk.bytes;
      out.element([&] {
        out.i64(2, static_cast<int64_t>(chunk.offset));
        out.structure(3, [&] {
          out.i32(1, static_cast<int32_t>(physical_of(field.type)));
          out.list(2, Wire::i32, std::array{int32_t{plain}, int32_t{run_lengths}},
                   [&](int32_t encoding) { out.element(encoding); });
          std::vector<std::string_view> path;
          if (!field.structure.empty()) path.push_back(field.structure);
          path.push_back(field.name);
          out.list(3, Wire::binary, path, [&](std::string_view part) { out.element(part); });
          out.i32(4, static_cast<int32_t>(Codec::zstandard));
          out.i64(5, static_cast<int64_t>(group.rows));
          out.i64(6, static_cast<int64_t>(chunk.raw_bytes));
          out.i64(7, static_cast<int64_t>(chunk.bytes));
          out.i64(9, static_cast<int64_t>(chunk.offset));
        });
      });
    });
    out.i64(2, static_cast<int64_t>(raw));
    out.i64(3, static_cast<int64_t>(group.rows));
    out.i64(5, static_cast<int64_t>(group.chunks.front().offset));
    out.i64(6, static_cast<int64_t>(bytes));
  }

  void write_footer(Bytes &footer) const {
    ThriftWriter out(footer);
    out.element([&] {
      out.i32(1, 1);
      write_schema(out);
      out.i64(3, static_cast<int64_t>(rows_));
      out.list(4, Wire::structure, groups_, [&](const Group &group) { out.element([&] { write_group(out, group); }); });
      if (!settings_.metadata.empty())
        out.list(5, Wire::structure, settings_.metadata, [&](const std::pair<std::string, std::string> &pair) {
          out.element([&] {
            out.text(1, pair.first);
            out.text(2, pair.second);
          });
        });
      out.text(6, "kalon");
    });
  }

  TextFile file_;
  ParquetSettings settings_;
  Compressor compressor_;
  std::vector<ColumnPages> columns_;
  std::vector<Group> groups_;
  uint64_t at_ = 0;  // bytes written
  uint64_t rows_ = 0, group_rows_ = 0, held_ = 0;
};

ParquetWriter::ParquetWriter(const std::string &path, std::vector<ParquetField> fields, ParquetSettings settings)
    : work_(std::make_unique<Work>(path, std::move(fields), std::move(settings))) {}

ParquetWriter::~ParquetWriter() = default;

void ParquetWriter::add(std::span<const ParquetValue> row) {
  work_->add(row);
}

void ParquetWriter::finish() {
  work_->finish();
}

uint64_t ParquetWriter::rows() const {
  return work_->rows();
}

}  // namespace kalon
