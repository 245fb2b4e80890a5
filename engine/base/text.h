#pragma once
// Names and paths as text. Paths are bytes; only what is shown or crosses a text boundary becomes UTF-8.

#include <cstdint>
#include <string>
#include <string_view>

namespace kalon {

bool valid_utf8(std::string_view bytes);
// Valid UTF-8 for people and JSON: each byte that is not UTF-8 becomes U+FFFD. [any]
std::string display_text(std::string_view bytes);
// Unicode NFC of valid UTF-8; other bytes come back as they are: the form in which names are compared. [any]
std::string nfc(std::string_view bytes);

// RFC 8089 file URI of an absolute path: percent-encoded bytes, so that no name is lost. [any]
std::string file_uri(std::string_view path);
// The path in a file URI (or a plain path, returned as it is); throws invalid_argument for other schemes. [any]
std::string path_from_uri(std::string_view uri);

// Order of names as people count: digits by value ("img2" < "img10"), letters without case, then by bytes; a total
// order that depends on no locale. Negative, 0 or positive. [any]
int natural_compare(std::string_view a, std::string_view b);

// The longest prefix of at most max_bytes that cuts no UTF-8 sequence. [any]
std::string_view shorten_utf8(std::string_view text, size_t max_bytes);

// ASCII lower case; other bytes unchanged. [any]
std::string ascii_lower(std::string_view text);

// A number for people: 12,345. [any]
std::string grouped(uint64_t number);

// Appends text as a JSON string with its quotes; invalid UTF-8 as display_text(). [any]
void append_json_string(std::string &out, std::string_view text);

}  // namespace kalon
