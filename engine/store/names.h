#pragma once
// Names that people give to columns of scores and to filters.

#include <string_view>

namespace kalon {

// Throws invalid_argument unless the name has 1 to 64 characters, all of them letters (a-z, A-Z), digits, _ - or . ,
// and is neither the name of a column that every row has nor a word of the filter language, so that it can be written
// in `where` as it is. what: "a column of scores". [any]
void require_name(std::string_view name, std::string_view what);

}  // namespace kalon
