#include "exchange/table.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/text.h"

namespace kalon {
namespace {

using Opener = std::unique_ptr<TableReader> (*)(const std::string &);

// Null for extensions that are of no table.
Opener opener_for(const std::string &path) {
  auto extension = ascii_lower(std::filesystem::path(path).extension().native());
  if (extension == ".csv" || extension == ".tsv") return open_csv;
  if (extension == ".jsonl" || extension == ".ndjson") return open_jsonl;
  if (extension == ".parquet") return open_parquet;
  return nullptr;
}

template <typename Float>
std::string written(Float value) {
  char digits[40];
  char *end = digits;
  if (std::trunc(value) == value && std::fabs(value) < std::ldexp(Float{1}, std::numeric_limits<Float>::digits))
    end = std::to_chars(digits, digits + sizeof digits, static_cast<int64_t>(value)).ptr;
  else
    end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return {digits, end};
}

}  // namespace

std::string number_text(double value) {
  return written(value);
}

std::string number_text(float value) {
  return written(value);
}

std::unique_ptr<TableReader> open_table(const std::string &path) {
  if (auto open = opener_for(path)) return open(path);
  throw Error(Status::unsupported, "is no table by its name; .csv, .tsv, .jsonl, .ndjson and .parquet can be read",
              display_text(path));
}

std::unique_ptr<TableReader> open_table_or_list(const std::string &path) {
  auto open = opener_for(path);
  return open ? open(path) : open_name_list(path);
}

}  // namespace kalon
