#pragma once
// Names in other Unicode spellings: é as one character or as e and an accent. Paths stay the bytes they are; this
// finds them by their NFC form.

#include <string>
#include <string_view>
#include <vector>

#include "store/library.h"

namespace kalon {

// Stores the spellings of a new path and of the folders above it, as far as they are not ASCII.
void remember_spellings(Reader::State &state, std::string_view path);

// The stored spellings, in order of their bytes, of a path or folder that is written like this in NFC.
std::vector<std::string> spellings_of(const Reader::State &state, std::string_view path);

}  // namespace kalon
