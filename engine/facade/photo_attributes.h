#pragma once
// What attributes say of files and photos.

#include <cstdint>
#include <string>
#include <vector>

#include "facade/rows.h"

namespace kalon {

// The value of an attribute (its name in lower case) of a file: among those that are known beside it, else its own;
// empty: neither has it. Good as long as both. [any]
std::string_view value_of(const FileView &file, const std::vector<Attribute> &known, std::string_view name);

// The value of an attribute (without case) of a photo's file, or of its picture where it was imported; empty: it has
// none. [any]
std::string attribute_of(const Reader &reader, const ChosenPhoto &photo, const std::string &name);

// Numbers for values as they are met, -1 for empty ones; names: gets the value of each number. [any]
std::vector<int32_t> numbered(const std::vector<std::string> &values, std::vector<std::string> *names = nullptr);

}  // namespace kalon
