// Columns of numbers: one for each picture that has one.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/clock.h"
#include "base/text.h"
#include "store/changes.h"
#include "store/database.h"
#include "store/names.h"
#include "store/state.h"

namespace kalon {
namespace {

using layout::Key;

static_assert(std::endian::native == std::endian::little, "scores are little-endian");

Key score_key(uint32_t column, const Hash128 &picture) {
  return Key().number(column).hash(picture);
}

double value_of(const Reader::State &state, std::string_view bytes) {
  double value = 0;
  if (bytes.size() != sizeof value) damaged(state, "scores");
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

ScoreColumn column_at(const Reader::State &state, uint32_t id) {
  std::string_view record;
  ScoreColumn column;
  if (!state.get(layout::score_columns, Key().number(id).view(), record))
    throw Error(Status::not_found, "no column of scores has the number " + std::to_string(id));
  if (!records::decode(record, column) || column.id != id) damaged(state, "score_columns");
  return column;
}

void store(Reader::State &state, ScoreColumn &column) {
  column.time = now_microseconds();
  database::put(state.use(), state.table(layout::score_columns), Key().number(column.id).view(),
                records::encode(column));
}

}  // namespace

std::vector<ScoreColumn> Reader::score_columns() const {
  std::vector<ScoreColumn> columns;
  database::Cursor cursor(state_->use(), state_->table(layout::score_columns));
  for (bool more = cursor.first(); more; more = cursor.next())
    if (!records::decode(cursor.value, columns.emplace_back())) damaged(*state_, "score_columns");
  std::sort(columns.begin(), columns.end(), [](const auto &a, const auto &b) { return a.name < b.name; });
  return columns;
}

std::optional<ScoreColumn> Reader::score_column(std::string_view name) const {
  std::string wanted = ascii_lower(name);
  for (ScoreColumn &column : score_columns())
    if (ascii_lower(column.name) == wanted) return std::move(column);
  return std::nullopt;
}

std::optional<double> Reader::score(uint32_t column, const Hash128 &picture) const {
  std::string_view value;
  if (!state_->get(layout::scores, score_key(column, picture).view(), value)) return std::nullopt;
  return value_of(*state_, value);
}

std::vector<std::pair<std::string, double>> Reader::scores(const Hash128 &picture) const {
  std::vector<std::pair<std::string, double>> scores;
  if (!any_scores()) return scores;
  for (ScoreColumn &column : score_columns())
    if (auto value = score(column.id, picture)) scores.emplace_back(std::move(column.name), *value);
  return scores;
}

bool Reader::any_scores() const {
  return database::count(state_->use(), state_->table(layout::scores)) > 0;
}

void Reader::scan_scores(uint32_t column, const std::function<bool(const Hash128 &, double)> &visit) const {
  database::Cursor cursor(state_->use(), state_->table(layout::scores));
  auto prefix = Key().number(column);
  for (bool more = cursor.seek(prefix.view()); more && cursor.key.starts_with(prefix.view()); more = cursor.next())
    if (!visit(layout::read_hash(cursor.key, sizeof column), value_of(*state_, cursor.value))) return;
}

ScoreColumn Writer::put_score_column(const ScoreColumn &wanted) {
  require_name(wanted.name, "a column of scores");
  if (wanted.direction < -1 || wanted.direction > 1)
    throw Error(Status::invalid_argument,
                "the direction of a column of scores is 1, -1 or 0, not " + std::to_string(wanted.direction),
                wanted.name);
  ScoreColumn column = wanted;
  if (auto present = score_column(wanted.name)) {
    column.id = present->id;
    column.name = present->name;
    column.rows = present->rows;
  } else {
    column.id = static_cast<uint32_t>(state_->take_number(layout::next_score_column_key));
    column.rows = 0;
  }
  store(*state_, column);
  return column;
}

void Writer::put_scores(uint32_t id, std::span<const std::pair<Hash128, double>> scores) {
  changes::note(*state_, changes::all_files);
  ScoreColumn column = column_at(*state_, id);
  for (const auto &[picture, value] : scores)
    if (!std::isfinite(value))
      throw Error(Status::invalid_argument,
                  "the score of picture " + picture.hex() + " is no finite number; nothing was stored", column.name);
  // In order of their keys, so that neighbours land in one page. Of a picture that is named twice the last one counts.
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a].first < scores[b].first; });
  MDB_txn *transaction = state_->use();
  unsigned table = state_->table(layout::scores);
  for (size_t i : order) {
    auto key = score_key(id, scores[i].first);
    std::string_view value(reinterpret_cast<const char *>(&scores[i].second), sizeof(double));
    if (database::insert(transaction, table, key.view(), value))
      ++column.rows;
    else
      database::put(transaction, table, key.view(), value);
  }
  store(*state_, column);
}

void Writer::clear_scores(uint32_t id) {
  changes::note(*state_, changes::all_files);
  ScoreColumn column = column_at(*state_, id);
  database::remove_prefix(state_->use(), state_->table(layout::scores), Key().number(id).view());
  column.rows = 0;
  store(*state_, column);
}

bool Writer::drop_score_column(std::string_view name) {
  auto column = score_column(name);
  if (!column) return false;
  changes::note(*state_, changes::all_files);
  auto key = Key().number(column->id);
  database::remove_prefix(state_->use(), state_->table(layout::scores), key.view());
  return database::remove(state_->use(), state_->table(layout::score_columns), key.view());
}

}  // namespace kalon
