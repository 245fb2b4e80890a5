#pragma once
// Tables as these tests compare them.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "exchange/table.h"
#include "unit/exchange/content.h"

namespace kalon::testing {

// All rows as JSON: arrays of texts and nulls, or {"line": N, "status": NAME} for rows that are wrong.
inline nlohmann::json rows_of(TableReader &reader) {
  auto rows = nlohmann::json::array();
  TableRow row;
  while (reader.next(row)) {
    if (!row.outcome.ok()) {
      CHECK_FALSE(row.outcome.text.empty());
      rows.push_back({{"line", row.number}, {"status", status_name(row.outcome.status)}});
      continue;
    }
    auto cells = nlohmann::json::array();
    for (size_t i = 0; i < reader.columns().size(); ++i)
      cells.push_back(row.cell(i) ? nlohmann::json(row.cell(i)->text) : nlohmann::json());
    rows.push_back(std::move(cells));
  }
  return rows;
}

inline nlohmann::json wrong(int line, const char *status = "corrupt_data") {
  return {{"line", line}, {"status", status}};
}

// Braces alone would make objects of pairs.
template <typename... Cell>
nlohmann::json row(const Cell &...cells) {
  return nlohmann::json::array({nlohmann::json(cells)...});
}
template <typename... Row>
nlohmann::json rows(const Row &...all) {
  return nlohmann::json::array({nlohmann::json(all)...});
}

// Each line of a file as JSON.
inline std::vector<nlohmann::json> json_lines(const std::string &path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// What opening a file, or reading it to its end, throws; ok when it does not.
template <typename Open>
Outcome outcome_of(const Open &open, const std::string &path) {
  try {
    auto reader = open(path);
    TableRow row;
    while (reader->next(row)) {
    }
  } catch (const Error &error) {
    CHECK_FALSE(error.message().empty());
    return {error.status(), error.message()};
  }
  return {};
}

}  // namespace kalon::testing
