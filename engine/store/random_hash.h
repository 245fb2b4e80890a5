#pragma once
// Ids that nobody has given before.

#include "base/hash.h"

namespace kalon {

// 128 random bits from the system. [any]
Hash128 random_hash();

}  // namespace kalon
