#pragma once
// How numbers, times and names look to people.

#include <cstdint>
#include <string>
#include <string_view>

namespace kalon::cli {

std::string grouped(uint64_t number);                                             // 12,345
std::string file_size(uint64_t bytes);                                            // 3.4 MB
std::string duration(double seconds);                                             // 0.8 s, 1:05, 2:10:05
std::string plural(uint64_t count, std::string_view one, std::string_view many);  // "1 picture", "12 pictures"
// Text that is safe on a terminal: control characters are shown as \xNN, so that a file's name cannot steer it.
std::string printable(std::string_view text);

}  // namespace kalon::cli
