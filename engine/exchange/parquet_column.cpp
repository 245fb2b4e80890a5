#include "exchange/parquet_column.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/parquet_codec.h"
#include "exchange/parquet_thrift.h"

namespace kalon::parquet {
namespace {

constexpr uint64_t max_page_bytes = uint64_t{256} << 20;
constexpr uint64_t first_header_bytes = 4096, max_header_bytes = uint64_t{16} << 20;

// Ids of parquet.thrift.
enum { data_page = 0, index_page = 1, dictionary_page = 2, data_page_v2 = 3 };
enum { plain = 0, plain_dictionary = 2, run_lengths = 3, dictionary_indexes = 8 };

std::string encoding_name(int64_t encoding) {
  switch (encoding) {
    case 4:
      return "BIT_PACKED";
    case 5:
      return "DELTA_BINARY_PACKED";
    case 6:
      return "DELTA_LENGTH_BYTE_ARRAY";
    case 7:
      return "DELTA_BYTE_ARRAY";
    case 9:
      return "BYTE_STREAM_SPLIT";
    default:
      return "encoding " + std::to_string(encoding);
  }
}

template <typename T>
T number_at(ByteView bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Points in time that a calendar of four-digit years has, in microseconds.
constexpr int64_t first_year = -62'167'219'200'000'000, last_year = 253'402'300'799'999'999;

int64_t floor_divide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

bool put_time(int64_t value, Meaning meaning, Cell &cell) {
  constexpr int64_t day = 86'400'000'000;
  int64_t factor = meaning == Meaning::date ? day : meaning == Meaning::milliseconds ? 1000 : 1;
  if (meaning == Meaning::nanoseconds) value = floor_divide(value, 1000);
  if (value < first_year / factor || value > last_year / factor) return false;
  cell.text = format_utc(value * factor);
  if (meaning == Meaning::date) cell.text.resize(10);
  return true;
}

}  // namespace

struct ColumnReader::PageHeader {
  int64_t kind = -1, bytes = -1, plain_bytes = -1;
  int64_t values = -1, encoding = -1, level_encoding = run_lengths;
  int64_t level_bytes = 0, repetition_bytes = 0;  // of data_page_v2
  bool compressed = true;
};

void ColumnReader::damaged(const std::string &what) const {
  throw Error(Status::corrupt_data, "is a damaged Parquet file: the column " + column_.name + ' ' + what, file_.name());
}

void ColumnReader::begin(const Chunk &chunk) {
  if (!codec_known(chunk.codec))
    throw Error(Status::unsupported,
                "the column " + column_.name + " is compressed with " + codec_name(chunk.codec) +
                    "; Snappy, gzip, Zstandard and none can be read",
                file_.name());
  chunk_ = chunk;
  at_ = chunk.offset;
  end_ = chunk.offset + chunk.bytes;
  has_dictionary_ = false;
  left_ = 0;
}

ColumnReader::PageHeader ColumnReader::read_header() {
  // How long a header is shows only when it is read; statistics may make it long.
  for (uint64_t size = first_header_bytes;; size *= 16) {
    uint64_t window = std::min({size, max_header_bytes, end_ - at_});
    raw_.resize(window);
    file_.read_at(at_, raw_.data(), window);
    try {
      PageHeader header;
      ThriftReader in(raw_, file_.name());
      in.fields([&](int id, Wire type) {
        if (id >= 1 && id <= 3) {
          (id == 1 ? header.kind : id == 2 ? header.plain_bytes : header.bytes) = in.integer(type);
          return true;
        }
        if (type != Wire::structure || (id != 5 && id != 7 && id != 8)) return false;
        in.fields([&](int inner, Wire inner_type) {
          if (id == 8 && inner == 7) return header.compressed = in.boolean(inner_type), true;
          int64_t *target = inner == 1 ? &header.values : nullptr;
          if (id != 8 && inner == 2) target = &header.encoding;
          if (id == 5 && inner == 3) target = &header.level_encoding;
          if (id == 8 && inner == 4) target = &header.encoding;
          if (id == 8 && inner == 5) target = &header.level_bytes;
          if (id == 8 && inner == 6) target = &header.repetition_bytes;
          if (target != nullptr) *target = in.integer(inner_type);
          return target != nullptr;
        });
        return true;
      });
      at_ += in.taken();
      return header;
    } catch (const Error &) {
      if (window == end_ - at_ || window == max_header_bytes) throw;
    }
  }
}

void ColumnReader::load_page() {
  if (at_ >= end_) damaged("has fewer values than its row group has rows");
  auto header = read_header();
  if (header.bytes < 0 || header.plain_bytes < 0 || static_cast<uint64_t>(header.bytes) > end_ - at_)
    damaged("has a page that lies outside of it");
  if (static_cast<uint64_t>(std::max(header.bytes, header.plain_bytes)) > max_page_bytes)
    throw Error(Status::limit_exceeded, "the column " + column_.name + " has a page of more than 256 MiB",
                file_.name());
  if (header.kind == data_page || header.kind == data_page_v2 || header.kind == dictionary_page) {
    if (header.values < 0 || header.values > int64_t{1} << 31) damaged("has a page without a length");
    raw_.resize(static_cast<size_t>(header.bytes));
    file_.read_at(at_, raw_.data(), raw_.size());
    header.kind == dictionary_page ? take_dictionary(header) : take_data(header);
  }
  at_ += static_cast<uint64_t>(header.bytes);
}

void ColumnReader::account() {
  uint64_t now = raw_.capacity() + page_.capacity() + dictionary_.capacity() + ends_.capacity() * sizeof(uint32_t);
  allowance_.left += held_;
  held_ = 0;
  if (now > allowance_.left)
    throw Error(Status::limit_exceeded, "needs more than 2 GiB of pages at once; write it with smaller pages",
                file_.name());
  allowance_.left -= now;
  held_ = now;
}

ByteView ColumnReader::decompressed(ByteView bytes, uint64_t size, Bytes &target) const {
  target.resize(size);
  // Nothing at all may be written as nothing, whatever the compression.
  if (size > 0 && !decompress(chunk_.codec, bytes, target)) damaged("has a page that cannot be decompressed");
  return target;
}

void ColumnReader::take_dictionary(const PageHeader &header) {
  if (has_dictionary_) damaged("has two dictionaries");
  if (header.encoding != plain && header.encoding != plain_dictionary)
    throw Error(Status::unsupported,
                "the dictionary of the column " + column_.name + " is in " + encoding_name(header.encoding),
                file_.name());
  auto bytes = decompressed(raw_, static_cast<uint64_t>(header.plain_bytes), dictionary_);
  auto entries = static_cast<uint64_t>(header.values);
  if (column_.physical == Physical::boolean) damaged("has a dictionary of truth values");
  if (column_.physical == Physical::bytes) {
    if (entries > bytes.size() / 4) damaged("has a dictionary that is cut short");
    ends_.resize(entries);
    size_t at = 0;
    for (auto &end : ends_) {
      if (bytes.size() - at < 4) damaged("has a dictionary that is cut short");
      auto length = number_at<uint32_t>(bytes.subspan(at));
      if (length > bytes.size() - at - 4) damaged("has a dictionary that is cut short");
      at += 4 + length;
      end = static_cast<uint32_t>(at);
    }
  } else {
    uint64_t width = column_.physical == Physical::int32 || column_.physical == Physical::float32 ? 4 : 8;
    if (entries > bytes.size() / width) damaged("has a dictionary that is cut short");
  }
  entries_ = static_cast<uint32_t>(entries);
  has_dictionary_ = true;
  account();
}

void ColumnReader::take_data(const PageHeader &header) {
  auto size = static_cast<uint64_t>(header.plain_bytes);
  ByteView levels, values;
  if (header.kind == data_page_v2) {
    // The levels stand in front of what is compressed.
    if (header.repetition_bytes != 0) damaged("is nested, which its schema does not say");
    if (header.level_bytes < 0 || static_cast<uint64_t>(header.level_bytes) > std::min<uint64_t>(raw_.size(), size))
      damaged("has a page that is cut short");
    auto length = static_cast<size_t>(header.level_bytes);
    levels = ByteView(raw_).first(length);
    auto rest = ByteView(raw_).subspan(length);
    if (header.compressed && chunk_.codec != Codec::none)
      values = decompressed(rest, size - length, page_);
    else
      values = rest;
  } else {
    values = decompressed(raw_, size, page_);
    if (column_.optional) {
      if (header.level_encoding != run_lengths)
        throw Error(Status::unsupported,
                    "the nulls of the column " + column_.name + " are in " + encoding_name(header.level_encoding),
                    file_.name());
      if (values.size() < 4) damaged("has a page that is cut short");
      auto length = number_at<uint32_t>(values);
      if (length > values.size() - 4) damaged("has a page that is cut short");
      levels = values.subspan(4, length);
      values = values.subspan(4 + length);
    }
  }
  account();
  present_.reset();
  if (column_.optional) present_.emplace(levels, 1);
  left_ = static_cast<uint32_t>(header.values);
  values_ = values;
  bit_ = 0;
  if (header.encoding == plain) {
    form_ = Form::plain;
  } else if (header.encoding == plain_dictionary || header.encoding == dictionary_indexes) {
    if (!has_dictionary_) damaged("has no dictionary");
    form_ = Form::dictionary;
    int width = values.empty() ? 0 : values[0];
    if (width > 32) damaged("has numbers of more than 32 bits in its dictionary");
    indexes_ = RunReader(values.empty() ? values : values.subspan(1), width);
  } else if (header.encoding == run_lengths && column_.physical == Physical::boolean) {
    form_ = Form::runs;
    auto length = values.size() < 4 ? 0 : number_at<uint32_t>(values);
    if (!values.empty() && (values.size() < 4 || length > values.size() - 4)) damaged("has a page that is cut short");
    indexes_ = RunReader(values.empty() ? values : values.subspan(4, length), 1);
  } else {
    throw Error(Status::unsupported,
                "the column " + column_.name + " is written in " + encoding_name(header.encoding) +
                    "; plain and dictionary encodings can be read",
                file_.name());
  }
}

bool ColumnReader::next(Cell &cell) {
  while (left_ == 0) load_page();
  --left_;
  cell.known = false;
  cell.text.clear();
  if (present_) {
    auto present = present_->next();
    if (!present) damaged("has a page that is cut short");
    if (*present == 0) return true;
  }
  return take_value(cell);
}

bool ColumnReader::take_value(Cell &cell) {
  if (form_ == Form::plain) {
    if (column_.physical != Physical::boolean) return put(take_plain(), cell);
    if (values_.empty()) damaged("has a page that is cut short");
    uint8_t bit = values_[0] >> bit_ & 1;
    if (++bit_ == 8) bit_ = 0, values_ = values_.subspan(1);
    return put({&bit, 1}, cell);
  }
  auto index = indexes_.next();
  if (!index) damaged("has a page that is cut short");
  if (form_ == Form::runs) {
    auto bit = static_cast<uint8_t>(*index);
    return put({&bit, 1}, cell);
  }
  if (*index >= entries_) damaged("names an entry that its dictionary does not have");
  ByteView dictionary(dictionary_);
  if (column_.physical == Physical::bytes) {
    size_t start = (*index == 0 ? 0 : ends_[*index - 1]) + 4;
    return put(dictionary.subspan(start, ends_[*index] - start), cell);
  }
  size_t width = column_.physical == Physical::int32 || column_.physical == Physical::float32 ? 4 : 8;
  return put(dictionary.subspan(*index * width, width), cell);
}

// The bytes of the next value that stands in the page itself.
ByteView ColumnReader::take_plain() {
  size_t head = 0, size = column_.physical == Physical::int32 || column_.physical == Physical::float32 ? 4 : 8;
  if (column_.physical == Physical::bytes) {
    head = 4;
    if (values_.size() < head) damaged("has a page that is cut short");
    size = number_at<uint32_t>(values_);
  }
  if (values_.size() - head < size || values_.size() < head) damaged("has a page that is cut short");
  auto value = values_.subspan(head, size);
  values_ = values_.subspan(head + size);
  return value;
}

bool ColumnReader::put(ByteView value, Cell &cell) const {
  cell.known = true;
  bool narrow = column_.physical == Physical::int32;
  switch (column_.meaning) {
    case Meaning::text:
      if (value.size() > max_cell_bytes || !valid_utf8(text_of(value)) ||
          text_of(value).find('\0') != std::string::npos)
        return false;
      cell.text = text_of(value);
      return true;
    case Meaning::boolean:
      cell.text = value[0] ? "true" : "false";
      return true;
    case Meaning::integer:
      cell.text = std::to_string(narrow ? number_at<int32_t>(value) : number_at<int64_t>(value));
      return true;
    case Meaning::unsigned_integer:
      cell.text = std::to_string(narrow ? number_at<uint32_t>(value) : number_at<uint64_t>(value));
      return true;
    case Meaning::real: {
      bool single = column_.physical == Physical::float32;
      double number = single ? double{number_at<float>(value)} : number_at<double>(value);
      cell.known = !std::isnan(number);
      if (cell.known) cell.text = single ? number_text(number_at<float>(value)) : number_text(number);
      return true;
    }
    default:
      return put_time(narrow ? number_at<int32_t>(value) : number_at<int64_t>(value), column_.meaning, cell);
  }
}

}  // namespace kalon::parquet
