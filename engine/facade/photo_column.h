#pragma once
// Numbers of photos as a column of scores, in place of those that the same method gave before.

#include <string>
#include <string_view>
#include <unordered_map>

#include "facade/methods.h"

namespace kalon {

// A column of another's numbers is not written over: throws invalid_argument when there are numbers under this name
// whose source does not begin so. [any]
void refuse_other_column(const Reader &reader, const std::string &name, std::string_view source);

// Stores the value of its photo for each picture; those of before go. column: its name and where the numbers are from.
// Gives how many pictures got one. Throws as refuse_other_column(). [worker]
uint64_t store_photo_column(const MethodCall &call, const ScoreColumn &column, std::string_view source,
                            const std::unordered_map<Hash128, double> &values);

}  // namespace kalon
