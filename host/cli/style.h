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
std::string per_second(double rate);                                              // 0.25/s, 12.3/s, 1,234/s
std::string shorter_time(std::string time);  // a time of ISO 8601 without a fraction of zeros
// Text that is safe on a terminal: control characters are shown as \xNN, so that a file's name cannot steer it.
std::string printable(std::string_view text);
std::string shell_word(std::string_view text);  // as one word of a shell's command line, on one line
std::string path_of_uri(std::string_view uri);  // of file:///a%20b: /a b
// Writes to standard error, after all that standard output was given: in one pipe, no line tears another.
void say(const std::string &text);

}  // namespace kalon::cli
