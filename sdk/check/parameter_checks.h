#pragma once
// Parameters that a manifest declares for its models (draft/parameters.h).

#include "check.h"

namespace kalon::check {

// What is declared can be drawn, and has defaults that it may have. Throws Fault. Needs the manifest alone.
void require_declared_parameters(const Subject &subject);

// The library takes what its manifest declares: each model can be made with the defaults, and with each parameter at
// the ends of its range and with each of its choices. Throws Fault.
void require_taken_parameters(const Subject &subject);

}  // namespace kalon::check
