#include "panels/history_rows.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

using Json = nlohmann::json;

std::string text_member(const Json &row, const char *name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t count_member(const Json &row, const char *name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

}  // namespace

void History::add(std::span<const std::string> rows) {
  for (const auto &text : rows) {
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object()) continue;
    HistoryRow row;
    row.action = text_member(json, "action");
    row.operation = count_member(json, "operation");
    if (row.action.empty() && row.operation == 0) continue;
    row.kind = text_member(json, "kind");
    row.text = text_member(json, "text");
    row.writer = text_member(json, "writer");
    row.time = text_member(json, "time");
    row.undoes = text_member(json, "undoes");
    row.count = row.action.empty() ? count_member(json, "files") : count_member(json, "count");
    row.undone = json.value("undone", Json()) == Json(true);
    if (const auto uris = json.find("uris"); uris != json.end() && uris->is_array()) {
      for (const auto &uri : *uris) {
        if (uri.is_string()) row.uris.push_back(uri.get<std::string>());
      }
    }
    rows_.push_back(std::move(row));
  }
}

std::vector<const HistoryRow *> History::shown() const {
  std::vector<const HistoryRow *> shown;
  for (const auto &row : rows_) {
    if (row.undoes.empty()) shown.push_back(&row);
  }
  return shown;
}

std::string History::way_back(const HistoryRow &row) const {
  if (!row.undone) return row.action;
  for (const auto &undo : rows_) {
    if (!undo.undone && undo.undoes == row.action && !row.action.empty()) return undo.action;
  }
  return {};
}

const HistoryRow *History::subject(std::string_view action) const {
  // What came in from elsewhere may undo itself in a circle.
  for (size_t step = 0; step <= rows_.size() && !action.empty(); ++step) {
    const auto row =
        std::find_if(rows_.begin(), rows_.end(), [&](const HistoryRow &one) { return one.action == action; });
    if (row == rows_.end()) return nullptr;
    if (row->undoes.empty()) return &*row;
    action = row->undoes;
  }
  return nullptr;
}

const HistoryRow *History::work(uint64_t operation) const {
  const auto row =
      std::find_if(rows_.begin(), rows_.end(), [&](const HistoryRow &one) { return one.operation == operation; });
  return operation > 0 && row != rows_.end() ? &*row : nullptr;
}

std::string History::last() const {
  if (rows_.empty()) return {};
  const auto &row = rows_.back();
  return row.action.empty() ? std::to_string(row.operation) : row.action;
}

int64_t microseconds_of(std::string_view time) {
  // 2026-11-22T17:47:05.123456Z
  const auto number = [&](size_t at, size_t count, int &value) {
    if (at + count > time.size()) return false;
    const auto [end, error] = std::from_chars(time.data() + at, time.data() + at + count, value);
    return error == std::errc() && end == time.data() + at + count;
  };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day) || !number(11, 2, hour) ||
      !number(14, 2, minute) || !number(17, 2, second)) {
    return 0;
  }
  int64_t fraction = 0, unit = 100000;
  for (size_t at = 20; at < time.size() && time[19] == '.' && time[at] >= '0' && time[at] <= '9' && unit > 0; ++at) {
    fraction += unit * (time[at] - '0');
    unit /= 10;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return 0;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((static_cast<int64_t>(days) * 24 + hour) * 60 + minute) * 60 * 1'000'000 + second * int64_t{1'000'000} +
         fraction;
}

}  // namespace kalon::viewer
