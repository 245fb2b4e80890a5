#pragma once
// What is said of a path that should name a file of the library and does not.

#include <string>

namespace kalon {

// For the message of not_found: that it is a folder, and how its files are named; else that it must be indexed. [any]
std::string unknown_file(const std::string &path);

// The row of such a path among others: `uri path status message`. [any]
std::string unknown_file_row(const std::string &path);

}  // namespace kalon
