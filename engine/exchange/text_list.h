#pragma once
// Lists inside of a cell.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kalon {

// A JSON array of strings (numbers count as what they are written with), or texts with | between them; nothing where
// it begins like an array and is none, is nested, or holds NUL. [any]
std::optional<std::vector<std::string>> texts_in(std::string_view cell);

// Whole numbers from 1 to 65535, as a JSON array or with | or spaces between them; nothing for anything else. [any]
std::optional<std::vector<uint16_t>> ranks_in(std::string_view cell);

// The texts as a JSON array. [any]
std::string json_array_of(const std::vector<std::string> &texts);

}  // namespace kalon
