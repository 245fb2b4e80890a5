#pragma once

#include "views/zoom_switches.h"

namespace kalon::viewer {

inline constexpr Switch framing_switch{"compare-same-framing",
                                       "Different sizes equally large",
                                       "Compare",
                                       "compare",
                                       "compare.same_framing",
                                       false};

}  // namespace kalon::viewer
