#pragma once
// Work on files that builds on what earlier work did: it has to be taken back first.

#include "store/library.h"

namespace kalon {

// Throws busy, with the file as context and the number of the later operation in the message, when one that came later
// and was not taken back moved, replaced or made anew what this one made, moved its sources, or placed it elsewhere.
// [worker]
void refuse_when_built_upon(const Reader &reader, const Operation &operation);

}  // namespace kalon
