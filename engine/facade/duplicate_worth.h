#pragma once
// What would be lost with a file and could not be seen in a copy of its pixels.

#include <cstdint>
#include <string>
#include <vector>

#include "store/library.h"

namespace kalon {

// Of what a person made of the picture (rejected it; rated it, the higher the better; labelled, picked or described
// it), and then of whether it knows the date of the shot: higher is better. imported: as known_of() gives them; they
// win over the file's own. [any]
int8_t worth_of(const FileView &file, const std::vector<Attribute> &imported);

// Why the higher worth is kept: "rated 5 against 1". [any]
std::string worth_text(int8_t kept, int8_t other);

}  // namespace kalon
