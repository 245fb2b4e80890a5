#pragma once
// Text without case: comparison and globs.

#include <string>
#include <string_view>

namespace kalon {

// Unicode case folding and NFC of valid UTF-8; other bytes get ASCII lower case. [any]
std::string fold(std::string_view text);

// Order of fold(text) and a text that is folded already; allocates for text outside ASCII only. [any]
int compare_folded(std::string_view text, std::string_view folded);

// Whether text without case matches a folded pattern as a whole: * any run, ? one character, [abc], [a-z], [!a-z]. A [
// without its ] stands for itself. Linear in the text for each *, never exponential. [any]
bool matches_glob(std::string_view text, std::string_view folded_pattern);

}  // namespace kalon
