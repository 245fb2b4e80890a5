#pragma once
// The engine's texts tell what to do on a command line. Here they name what does the same in this window.

#include <string>
#include <string_view>

namespace kalon::viewer {

class Commands;
class KeyMap;

// `kalon index FOLDER` becomes "Index pictures" with its key; what has no like here is sent to a terminal. Options are
// named as the parameters of tasks are; --library stays, for this program has it too.
std::string said_here(const Commands &commands, const KeyMap &keys, std::string_view text);

}  // namespace kalon::viewer
