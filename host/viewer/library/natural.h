#pragma once
// The order in which people expect names.

#include <string_view>

namespace kalon::viewer {

// Less than, equal to or greater than 0. Numbers inside names compare as numbers, letters of ASCII without case; what
// is the same then is told apart by its bytes. [any]
int natural_compare(std::string_view left, std::string_view right);

// Whether text contains a part that is in lower case already, without case of ASCII letters. [any]
bool contains_folded(std::string_view text, std::string_view lower_part);

}  // namespace kalon::viewer
