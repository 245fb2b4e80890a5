#pragma once
// What a person changes about keys, and how it is kept: as what differs from the profile.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commands/keys.h"

namespace kalon::viewer {

using BoundKeys = std::multimap<std::string, std::string>;  // chord -> command

// The bindings that make `wanted` of the keys of the profile; for each chord that differs it is cleared first.
std::vector<Binding> own_bindings(const Commands &commands, std::string_view profile, const BoundKeys &wanted);

// `keys` with the chord on the command; it is taken from every command that it conflicts with. A command for all views
// that another view still needs keeps it there.
BoundKeys with_binding(const Commands &commands, const KeyMap &keys, std::string_view chord, std::string_view command);
// Without this one binding.
BoundKeys without_binding(const BoundKeys &keys, std::string_view chord, std::string_view command);
// With every chord that the command has, or has in the profile, as in the profile.
BoundKeys with_reset(const Commands &commands, std::string_view profile, const BoundKeys &keys,
                     std::string_view command);

// The keys as text for people, group by group, one command a line: "P  Pick  (flag-pick)".
std::string keys_as_text(const Commands &commands, const KeyMap &keys, std::string_view profile);

}  // namespace kalon::viewer
