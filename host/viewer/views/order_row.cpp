#include "views/order_row.h"

#include <charconv>
#include <limits>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

class PlacedSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit PlacedSax(PlacedRow &row) : row_(row) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return number(value); }
  bool number_unsigned(number_unsigned_t value) override {
    bool fits = value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return number(fits ? static_cast<int64_t>(value) : -1);
  }
  bool number_float(number_float_t, const string_t &) override { return true; }
  bool string(string_t &value) override {
    if (depth_ != 1) return true;
    if (key_ == "uri") row_.uri = std::move(value);
    if (key_ == "photo") row_.has_photo = read_photo(value);
    return true;
  }
  bool binary(binary_t &) override { return true; }
  bool start_object(size_t) override {
    if (depth_ == 0) row_.valid = true;
    ++depth_;
    return true;
  }
  bool key(string_t &value) override {
    if (depth_ == 1) key_ = std::move(value);
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(size_t, const std::string &, const nlohmann::detail::exception &) override { return false; }

 private:
  bool number(int64_t value) {
    if (depth_ != 1) return true;
    if (key_ == "column") row_.column = value;
    if (key_ == "row") row_.row = value;
    if (key_ == "section") row_.section = value;
    return true;
  }
  bool read_photo(const std::string &hex) {
    if (hex.size() != 32) return false;
    for (size_t half = 0; half < 2; ++half) {
      const char *begin = hex.data() + 16 * half;
      auto read = std::from_chars(begin, begin + 16, row_.photo[half], 16);
      if (read.ec != std::errc() || read.ptr != begin + 16) return false;
    }
    return true;
  }

  PlacedRow &row_;
  std::string key_;
  int depth_ = 0;
};

}  // namespace

PlacedRow placed_row(std::string_view json) {
  PlacedRow row;
  PlacedSax sax(row);
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &sax)) row.valid = false;
  if (row.has_photo) row.uri.clear();
  return row;
}

}  // namespace kalon::viewer
