#include "facade/picture_names.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "facade/import_columns.h"

namespace kalon {
namespace {

// Columns that name pictures, by the names that other programs give them (lower case); the surest come first.
constexpr std::array<std::string_view, 11> known_columns = {
    "id", "uri", "path", "image_path", "file_path", "filepath", "file_name", "filename", "image", "file", "name"};

bool is_scheme(std::string_view text) {
  auto end = text.find("://");
  return end != std::string_view::npos && end > 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '-' || c == '.'; });
}

// The absolute paths that a text may mean.
std::vector<std::string> paths_of(const std::string &text, const std::vector<std::string> &bases) {
  std::vector<std::string> paths;
  if (text.starts_with("file:")) {
    try {
      paths.push_back(path_from_uri(text));
    } catch (const Error &) {
      return {};  // of another machine, or no URI
    }
  } else if (text.starts_with('/')) {
    paths.push_back(text);
  } else if (!is_scheme(text)) {
    for (const auto &base : bases) paths.push_back(base + '/' + text);
  }
  for (auto &path : paths) path = std::filesystem::path(path).lexically_normal().native();
  return paths;
}

std::vector<VectorKey> keys_of(const Reader &reader, const Hash128 &picture) {
  std::vector<VectorKey> keys;
  for (uint64_t id : reader.files_of(picture)) {
    auto file = reader.file(id);
    if (!file) continue;
    VectorKey key{file->picture, file->render};
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

}  // namespace

std::optional<VectorKey> picture_named(const Reader &reader, const std::string &text,
                                       const std::vector<std::string> &bases) {
  if (auto id = Hash128::from_hex(text))
    if (auto keys = keys_of(reader, *id); !keys.empty()) return keys.front();
  for (const auto &path : paths_of(text, bases))
    if (auto file = reader.file_at(path); file && !file->picture.none()) return VectorKey{file->picture, file->render};
  return std::nullopt;
}

PictureNames::PictureNames(const TableReader &table, std::string column, std::vector<std::string> bases)
    : table_(table), column_(std::move(column)), bases_(std::move(bases)) {
  look_at_columns();
  if (!columns_.empty()) return;
  // JSON lines may bring it later.
  if (table.more_columns_may_come() && (!column_.empty() || table.columns().empty())) return;
  if (!column_.empty()) require_column(table, column_);
  throw Error(
      Status::invalid_argument,
      "no column is named id, uri, path or filename; name the one that tells the pictures with --id-column; the "
      "file has " +
          listed_names(table.columns()));
}

void PictureNames::look_at_columns() {
  const auto &names = table_.columns();
  if (seen_ == names.size()) return;
  seen_ = names.size();
  columns_.clear();
  auto add = [&](const auto &matches) {
    for (size_t i = 0; i < names.size(); ++i)
      if (matches(names[i]) && std::find(columns_.begin(), columns_.end(), i) == columns_.end()) columns_.push_back(i);
  };
  if (!column_.empty()) return add([&](const std::string &name) { return name == column_; });
  for (auto known : known_columns) add([&](const std::string &name) { return ascii_lower(name) == known; });
}

const std::vector<size_t> &PictureNames::columns() {
  look_at_columns();
  return columns_;
}

PictureNames::Found PictureNames::find(const Reader &reader, const TableRow &row) {
  look_at_columns();
  Found found;
  bool by_id = false, unreadable = false;
  for (size_t column : columns_) {
    const auto *cell = row.cell(column);
    if (cell == nullptr || cell->text.empty()) continue;
    if (found.name.empty()) found.name = cell->text;
    auto id = Hash128::from_hex(cell->text);
    if (found.keys.empty() && id) {
      found.keys = keys_of(reader, *id);
      by_id = !found.keys.empty();
      if (by_id) continue;
    }
    for (const auto &path : paths_of(cell->text, bases_)) {
      auto file = reader.file_at(path);
      if (!file) continue;
      VectorKey key{file->picture, file->render};
      unreadable |= key.picture.none();
      bool narrows = by_id && std::find(found.keys.begin(), found.keys.end(), key) != found.keys.end();
      if (key.picture.none() || (by_id && !narrows)) continue;
      found.keys = {key};
      return found;
    }
  }
  if (!found.keys.empty()) return found;
  if (found.name.empty())
    found.outcome = {Status::invalid_argument, "names no picture"};
  else if (unreadable)
    found.outcome = {Status::not_found, "is in the library, but could not be read as a picture"};
  else
    found.outcome = {Status::not_found, "is not in the library"};
  return found;
}

}  // namespace kalon
