#include "commands/keys_dialog_changes.h"

#include <algorithm>
#include <set>

namespace kalon::viewer {
namespace {

std::set<std::string> commands_of(const BoundKeys &keys, const std::string &chord) {
  std::set<std::string> found;
  for (auto [at, end] = keys.equal_range(chord); at != end; ++at) found.insert(at->second);
  return found;
}

BoundKeys keys_of_profile(const Commands &commands, std::string_view profile) {
  KeyMap map;
  map.load(commands, profile, {});
  return map.all();
}

}  // namespace

std::vector<Binding> own_bindings(const Commands &commands, std::string_view profile, const BoundKeys &wanted) {
  const auto before = keys_of_profile(commands, profile);
  std::set<std::string> chords;
  for (const auto &[chord, command] : before) chords.insert(chord);
  for (const auto &[chord, command] : wanted) chords.insert(chord);
  std::vector<Binding> own;
  for (const auto &chord : chords) {
    const auto here = commands_of(wanted, chord);
    const auto there = commands_of(before, chord);
    if (here == there) continue;
    if (!there.empty()) own.push_back({chord, ""});
    for (const auto &command : here) own.push_back({chord, command});
  }
  return own;
}

BoundKeys with_binding(const Commands &commands, const KeyMap &keys, std::string_view chord, std::string_view command) {
  auto changed = keys.all();
  const auto *wanted = commands.find(command);
  const auto normal = normal_chord(chord);
  if (wanted == nullptr || normal.empty()) return changed;
  for (const auto &other : keys.conflicts(commands, normal, command)) {
    // In its own view the new one wins anyway; in the others the old one may stay.
    if (const auto *held = commands.find(other); held->view.empty() && !wanted->view.empty()) continue;
    changed = without_binding(changed, normal, other);
  }
  changed = without_binding(changed, normal, command);
  changed.emplace(normal, command);
  return changed;
}

BoundKeys without_binding(const BoundKeys &keys, std::string_view chord, std::string_view command) {
  auto changed = keys;
  for (auto [at, end] = changed.equal_range(std::string(chord)); at != end;) {
    at = at->second == command ? changed.erase(at) : std::next(at);
  }
  return changed;
}

BoundKeys with_reset(const Commands &commands, std::string_view profile, const BoundKeys &keys,
                     std::string_view command) {
  const auto before = keys_of_profile(commands, profile);
  std::set<std::string> chords;
  for (const auto *map : {&before, &keys}) {
    for (const auto &[chord, bound] : *map) {
      if (bound == command) chords.insert(chord);
    }
  }
  auto changed = keys;
  for (const auto &chord : chords) {
    changed.erase(chord);
    for (const auto &bound : commands_of(before, chord)) changed.emplace(chord, bound);
  }
  return changed;
}

std::string keys_as_text(const Commands &commands, const KeyMap &keys, std::string_view profile) {
  std::vector<std::string> groups;
  for (const auto &command : commands.all()) {
    if (std::find(groups.begin(), groups.end(), command.group) == groups.end()) groups.push_back(command.group);
  }
  std::string text = "Keys of the profile " + std::string(profile) + "\n";
  for (const auto &group : groups) {
    std::string lines;
    for (const auto &command : commands.all()) {
      if (command.group != group) continue;
      std::string chords;
      for (const auto &chord : keys.chords(command.name)) chords += (chords.empty() ? "" : ", ") + chord;
      if (chords.empty()) continue;
      if (chords.size() < 24) chords.resize(24, ' ');
      lines += chords + "  " + command.title + "  (" + command.name;
      lines += command.view.empty() ? ")\n" : ", in " + command.view + ")\n";
    }
    if (!lines.empty()) text += "\n" + group + "\n" + lines;
  }
  return text;
}

}  // namespace kalon::viewer
