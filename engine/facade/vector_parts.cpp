#include "facade/vector_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "exchange/npy.h"
#include "exchange/table.h"

namespace kalon {
namespace {

using std::filesystem::path;

constexpr std::string_view array_prefix = "img_emb_", list_prefix = "metadata_";
constexpr std::array<const char *, 6> list_extensions{".jsonl", ".parquet", ".csv", ".tsv", ".ndjson", ".txt"};

bool is_file(const path &file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error);
}
bool is_folder(const path &file) {
  std::error_code error;
  return std::filesystem::is_directory(file, error);
}

// The digits of img_emb_DIGITS.npy.
std::optional<std::string> part_digits(const path &file) {
  auto stem = file.stem().native();
  if (file.extension() != ".npy" || !stem.starts_with(array_prefix)) return std::nullopt;
  auto digits = stem.substr(array_prefix.size());
  bool number = !digits.empty() && digits.size() <= 18 && digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::optional(digits) : std::nullopt;
}

// The list of that stem in the folder; empty when there is none.
std::string list_in(const path &folder, const std::string &stem) {
  for (const auto *extension : list_extensions)
    if (auto file = folder / (stem + extension); is_file(file)) return file.native();
  return {};
}

// The list that belongs to an array by its name; empty when there is none.
std::string list_of(const path &array) {
  auto folder = array.parent_path();
  if (auto digits = part_digits(array)) {
    auto stem = std::string(list_prefix) + *digits;
    for (const auto &place : {folder, folder.parent_path() / "metadata"})
      if (auto list = list_in(place, stem); !list.empty()) return list;
  }
  return list_in(folder, array.stem().native());
}

std::vector<VectorPart> parts_in(const path &folder) {
  std::error_code error;
  auto place = is_folder(folder / "img_emb") ? folder / "img_emb" : folder;
  std::vector<std::pair<uint64_t, VectorPart>> numbered;
  for (std::filesystem::directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error)) {
    auto digits = part_digits(entry->path());
    if (!digits) continue;
    uint64_t number = 0;
    std::from_chars(digits->data(), digits->data() + digits->size(), number);
    VectorPart part{entry->path().native(), list_of(entry->path()), 0};
    if (part.list.empty())
      throw Error(Status::not_found,
                  "has no list that says which picture each row is of; " + std::string(list_prefix) + *digits +
                      ".parquet, .csv or .jsonl must lie beside it or in the folder metadata",
                  display_text(part.array));
    numbered.emplace_back(number, std::move(part));
  }
  if (error)
    throw Error(status_from_errno(error.value()), "cannot read: " + error.message(), display_text(place.native()));
  if (numbered.empty())
    throw Error(Status::not_found,
                "holds no img_emb_0.npy as clip-retrieval writes it; name a .npy file, and its list with --ids",
                display_text(folder.native()));
  std::sort(numbered.begin(), numbered.end(), [](const auto &a, const auto &b) {
    return a.first != b.first ? a.first < b.first : a.second.array < b.second.array;
  });
  std::vector<VectorPart> parts;
  for (auto &[number, part] : numbered) parts.push_back(std::move(part));
  return parts;
}

uint64_t rows_of(const std::string &list) {
  auto table = open_table_or_list(list);
  if (auto rows = table->row_count()) return *rows;
  TableRow row;
  uint64_t rows = 0;
  while (table->next(row)) ++rows;
  return rows;
}

}  // namespace

VectorSource vector_source(const std::string &from, const std::string &list) {
  VectorSource source;
  path file(from);
  if (is_folder(file)) {
    if (!list.empty())
      throw Error(Status::invalid_argument, "does not go with a folder, which has its own lists", "parameter ids");
    source.parts = parts_in(file);
    source.name = (file.filename() == "img_emb" ? file.parent_path() : file).filename().native();
  } else {
    source.parts.push_back({from, list.empty() ? list_of(file) : list, 0});
    source.name = file.stem().native();
    NpyReader probe(from);  // a wrong file is told before a missing list
    if (source.parts.front().list.empty())
      throw Error(Status::invalid_argument,
                  "needs a list that says which picture each row is of: --ids FILE, one path or id a line, or .csv, "
                  ".jsonl or .parquet",
                  display_text(from));
  }
  for (auto &part : source.parts) {
    NpyReader array(part.array);
    part.rows = static_cast<uint64_t>(array.rows());
    uint64_t listed = rows_of(part.list);
    if (listed != part.rows)
      throw Error(Status::corrupt_data,
                  "has " + std::to_string(part.rows) + (part.rows == 1 ? " row, but " : " rows, but ") +
                      display_text(path(part.list).filename().native()) + " names " + std::to_string(listed) +
                      "; they must be one for one",
                  display_text(part.array));
    if (array.dimension() > int64_t{1} << 24)
      throw Error(Status::limit_exceeded, "has rows of more than 16,777,216 values", display_text(part.array));
    auto dimension = static_cast<uint32_t>(array.dimension());
    if (source.dimension == 0) source.dimension = dimension;
    if (source.dimension != dimension)
      throw Error(Status::corrupt_data,
                  "has rows of " + std::to_string(dimension) + " values, the parts before it of " +
                      std::to_string(source.dimension),
                  display_text(part.array));
    source.rows += part.rows;
  }
  return source;
}

}  // namespace kalon
