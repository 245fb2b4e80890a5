// Rows of the engine taken apart, without a tree of values in between: a library has many of them.

#include <charconv>
#include <chrono>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "library/catalogue.h"

namespace kalon::viewer {
namespace {

template <class Number>
bool read_number(std::string_view text, size_t from, size_t length, Number &number) {
  if (from + length > text.size()) return false;
  auto end = text.data() + from + length;
  return std::from_chars(text.data() + from, end, number).ptr == end;
}

// "2026-11-21T22:14:05.123456Z"; the fraction may be absent.
int64_t time_of(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!read_number(text, 0, 4, year) || !read_number(text, 5, 2, month) || !read_number(text, 8, 2, day) ||
      !read_number(text, 11, 2, hour) || !read_number(text, 14, 2, minute) || !read_number(text, 17, 2, second))
    return no_time;
  using namespace std::chrono;
  auto date = sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
  int64_t time = duration_cast<microseconds>(date.time_since_epoch()).count() +
                 ((hour * 60 + minute) * 60 + second) * int64_t{1'000'000};
  int64_t scale = 100'000;
  for (size_t at = 20; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
    time += (text[at] - '0') * scale;
  return time;
}

std::array<uint64_t, 2> hash_of(std::string_view hex) {
  std::array<uint64_t, 2> hash{};
  if (hex.size() == 32) {
    std::from_chars(hex.data(), hex.data() + 16, hash[0], 16);
    std::from_chars(hex.data() + 16, hex.data() + 32, hash[1], 16);
  }
  return hash;
}

class RowSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit RowSax(Row &row) : row_(row) {}

  bool null() override { return true; }
  bool boolean(bool value) override {
    if (depth_ == 2) return attribute(value ? "true" : "false");
    if (depth_ != 1) return true;
    if (key_ == "vanished") row_.vanished = value;
    if (key_ == "excluded") row_.excluded = value;
    // Rows of a walk through folders alone have it, and tell nothing else that the library knows.
    if (key_ == "known") row_.known = false;
    return true;
  }
  bool number_integer(number_integer_t value) override { return number(static_cast<double>(value), value); }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value), static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t &) override {
    return number(value, static_cast<int64_t>(value));
  }
  bool string(string_t &value) override {
    if (depth_ == 2) return attribute(std::move(value));
    if (depth_ != 1) return true;
    if (key_ == "uri") row_.path = path_of(value);
    if (key_ == "photo") row_.photo = hash_of(value);
    if (key_ == "format") row_.format = std::move(value);
    if (key_ == "label") row_.label = std::move(value);
    if (key_ == "message") row_.message = std::move(value);
    if (key_ == "status") row_.failed = value != "ok";
    if (key_ == "mtime") row_.mtime = time_of(value);
    if (key_ == "capture_time") row_.capture_time = time_of(value);
    if (key_ == "flag") row_.flag = value == "pick" ? Flag::pick : value == "reject" ? Flag::reject : Flag::none;
    if (key_ == "rating_by")
      row_.rated_by = value == "person" ? RatedBy::person : value == "import" ? RatedBy::import : RatedBy::file;
    return true;
  }
  bool binary(binary_t &) override { return true; }
  bool start_object(size_t) override {
    ++depth_;
    in_attributes_ = depth_ == 2 && key_ == "attributes";
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(size_t) override {
    ++depth_;
    in_attributes_ = false;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t &value) override {
    if (depth_ == 1)
      key_ = std::move(value);
    else
      inner_key_ = std::move(value);
    return true;
  }
  bool parse_error(size_t, const std::string &, const nlohmann::detail::exception &) override { return false; }

 private:
  bool number(double value, int64_t whole) {
    if (depth_ != 1) return depth_ != 2 || attribute(std::to_string(value));
    if (key_ == "width") row_.width = static_cast<uint32_t>(whole);
    if (key_ == "height") row_.height = static_cast<uint32_t>(whole);
    if (key_ == "size") row_.size = static_cast<uint64_t>(whole);
    if (key_ == "rating") row_.stars = static_cast<int>(whole);
    return true;
  }
  bool attribute(std::string value) {
    if (in_attributes_) row_.attributes.emplace_back(std::move(inner_key_), std::move(value));
    return true;
  }

  Row &row_;
  std::string key_, inner_key_;
  int depth_ = 0;
  bool in_attributes_ = false;
};

}  // namespace

Row parse_row(std::string_view json) {
  Row row;
  RowSax sax(row);
  if (!nlohmann::json::sax_parse(json, &sax)) row.path.clear();
  return row;
}

}  // namespace kalon::viewer
