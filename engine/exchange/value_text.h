#pragma once
// Numbers as the files of others write them, without regard to any locale.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kalon {

// Without spaces and tabs at both ends. [any]
std::string_view trimmed(std::string_view text);

// A finite decimal number, all of the text; nothing otherwise. [any]
std::optional<double> number_in(std::string_view text);

// Seconds as microseconds, rounded to the nearest; nothing for what is no number, negative, or above 30,000 years.
// [any]
std::optional<int64_t> duration_in(std::string_view text);
// Microseconds as seconds, exactly: "12", "0.25", "3.000001". [any]
std::string seconds_text(int64_t microseconds);

}  // namespace kalon
