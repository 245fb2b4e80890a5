#include "exchange/text_list.h"

#include <nlohmann/json.hpp>

#include <charconv>

#include "base/text.h"
#include "exchange/value_text.h"

namespace kalon {
namespace {

using nlohmann::json;

// Stops at whatever is no flat array of texts and numbers, so that hostile nesting costs nothing.
class TextArray : public nlohmann::json_sax<json> {
 public:
  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t value) override { return add(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
  bool number_float(number_float_t, const string_t &text) override { return add(text); }
  bool string(string_t &text) override { return add(text); }
  bool binary(binary_t &) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool end_object() override { return false; }
  bool key(string_t &) override { return false; }
  bool start_array(std::size_t) override { return !std::exchange(open_, true); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &) override { return false; }

  std::vector<std::string> texts;

 private:
  bool add(const std::string &text) {
    if (!open_ || text.find('\0') != std::string::npos) return false;
    texts.push_back(text);
    return true;
  }
  bool open_ = false;
};

}  // namespace

std::optional<std::vector<std::string>> texts_in(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.starts_with('[')) {
    TextArray array;
    if (!json::sax_parse(cell.begin(), cell.end(), &array)) return std::nullopt;
    return std::move(array.texts);
  }
  std::vector<std::string> texts;
  for (size_t begin = 0;;) {
    auto end = std::min(cell.find('|', begin), cell.size());
    texts.emplace_back(trimmed(cell.substr(begin, end - begin)));
    if (end == cell.size()) return texts;
    begin = end + 1;
  }
}

std::optional<std::vector<uint16_t>> ranks_in(std::string_view cell) {
  cell = trimmed(cell);
  bool array = cell.starts_with('[');
  if (array && !cell.ends_with(']')) return std::nullopt;
  if (array) cell = cell.substr(1, cell.size() - 2);
  std::vector<uint16_t> ranks;
  const std::string_view separators = array ? ", \t" : "| \t";
  for (size_t begin = cell.find_first_not_of(separators); begin != std::string_view::npos;) {
    auto end = std::min(cell.find_first_of(separators, begin), cell.size());
    uint16_t rank = 0;
    auto [stop, error] = std::from_chars(cell.data() + begin, cell.data() + end, rank);
    if (error != std::errc() || stop != cell.data() + end || rank == 0) return std::nullopt;
    ranks.push_back(rank);
    begin = cell.find_first_not_of(separators, end);
  }
  return ranks;
}

std::string json_array_of(const std::vector<std::string> &texts) {
  std::string out = "[";
  for (const auto &text : texts) {
    if (out.size() > 1) out += ',';
    append_json_string(out, text);
  }
  return out + ']';
}

}  // namespace kalon
