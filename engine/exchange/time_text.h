#pragma once
// Points in time as the tables of others write them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace kalon {

// Microseconds since 1970-01-01 UTC of "2023-04-21T14:32:10.123Z", with a space for the T, with fewer parts behind the
// date, and with an offset (+02:00, +0200, +02); without one it is UTC. A number is seconds, milliseconds, microseconds
// or nanoseconds since 1970, whichever makes it a time of 1973 to 5138. Digits beyond microseconds are cut off. Nothing
// for other texts, and for days that are none. Years 0000 to 9999. [any]
std::optional<int64_t> time_from_text(std::string_view text);

}  // namespace kalon
