#pragma once
// Which key runs which command.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "commands/commands.h"

namespace kalon::viewer {

// One key with its modifiers, in the form "Ctrl+Shift+P", "3", "Space", "Left", "F11", "?"; modifiers in that order.
struct KeyPress {
  std::string chord;
  bool pressed = true;  // false: let go
  bool repeated = false;
};

// As a person may write it ("ctrl-p", "shift+a") in the form above; empty when it is no key.
std::string normal_chord(std::string_view text);

struct Binding {
  std::string chord, command;
};

// "Kalon", "Lightroom", "darktable", "Photo Mechanic".
std::span<const std::string_view> key_profile_names();
// What the profile of this name changes or adds to that of Kalon, which is the default: empty commands unbind.
std::span<const Binding> key_profile(std::string_view name);

class KeyMap {
 public:
  // The profile, and over it what a person changed. Bindings whose command is none are left out.
  void load(const Commands &commands, std::string_view profile, const std::vector<Binding> &own);

  // The command of a chord in this view; null when there is none.
  const Command *command(const Commands &commands, std::string_view chord, std::string_view view) const;
  // The chords of a command, for menus; the first one is shown.
  std::vector<std::string> chords(std::string_view command) const;
  // The commands that a chord runs somewhere where `command` could be run too: what a new binding would take it from.
  std::vector<std::string> conflicts(const Commands &commands, std::string_view chord, std::string_view command) const;
  const std::multimap<std::string, std::string> &all() const { return commands_; }  // chord -> command

 private:
  std::multimap<std::string, std::string> commands_;
};

}  // namespace kalon::viewer
