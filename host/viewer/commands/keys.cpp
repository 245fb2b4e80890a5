#include "commands/keys.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace kalon::viewer {
namespace {

using Names = std::pair<std::string_view, std::string_view>;  // lower case, as people write it; its name

constexpr std::array<Names, 13> modifier_names{{{"ctrl", "Ctrl"},
                                                {"control", "Ctrl"},
                                                {"ctl", "Ctrl"},
                                                {"strg", "Ctrl"},
                                                {"alt", "Alt"},
                                                {"option", "Alt"},
                                                {"shift", "Shift"},
                                                {"super", "Super"},
                                                {"meta", "Super"},
                                                {"cmd", "Super"},
                                                {"command", "Super"},
                                                {"win", "Super"},
                                                {"windows", "Super"}}};
constexpr std::array<std::string_view, 4> modifier_order{"Ctrl", "Alt", "Shift", "Super"};

constexpr std::array<Names, 60> key_names{{{"space", "Space"},
                                           {"spacebar", "Space"},
                                           {"enter", "Enter"},
                                           {"return", "Enter"},
                                           {"escape", "Escape"},
                                           {"esc", "Escape"},
                                           {"tab", "Tab"},
                                           {"backspace", "Backspace"},
                                           {"delete", "Delete"},
                                           {"del", "Delete"},
                                           {"insert", "Insert"},
                                           {"ins", "Insert"},
                                           {"left", "Left"},
                                           {"right", "Right"},
                                           {"up", "Up"},
                                           {"down", "Down"},
                                           {"home", "Home"},
                                           {"end", "End"},
                                           {"pageup", "PageUp"},
                                           {"page up", "PageUp"},
                                           {"page_up", "PageUp"},
                                           {"pgup", "PageUp"},
                                           {"prior", "PageUp"},
                                           {"pagedown", "PageDown"},
                                           {"page down", "PageDown"},
                                           {"page_down", "PageDown"},
                                           {"pgdn", "PageDown"},
                                           {"pgdown", "PageDown"},
                                           {"menu", "Menu"},
                                           {"pause", "Pause"},
                                           {"print", "Print"},
                                           {"printscreen", "Print"},
                                           {"plus", "+"},
                                           {"minus", "-"},
                                           {"hyphen", "-"},
                                           {"equal", "="},
                                           {"equals", "="},
                                           {"comma", ","},
                                           {"period", "."},
                                           {"dot", "."},
                                           {"slash", "/"},
                                           {"backslash", "\\"},
                                           {"semicolon", ";"},
                                           {"colon", ":"},
                                           {"apostrophe", "'"},
                                           {"quote", "'"},
                                           {"quotedbl", "\""},
                                           {"grave", "`"},
                                           {"backquote", "`"},
                                           {"bracketleft", "["},
                                           {"leftbracket", "["},
                                           {"left bracket", "["},
                                           {"bracketright", "]"},
                                           {"rightbracket", "]"},
                                           {"right bracket", "]"},
                                           {"question", "?"},
                                           {"underscore", "_"},
                                           {"exclam", "!"},
                                           {"asterisk", "*"},
                                           {"hash", "#"}}};

// Typed with Shift on the usual layouts: the character tells of it already, on whatever layout.
constexpr std::string_view shifted_characters = "~!@#$%^&*()_+{}|:\"<>?";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto &letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

template <size_t count>
std::string_view name_in(const std::array<Names, count> &names, std::string_view lower) {
  for (const auto &[written, name] : names) {
    if (written == lower) return name;
  }
  return {};
}

// The only code point of the text; nothing when it is not exactly one.
std::optional<char32_t> only_code_point(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  if (text.empty()) return std::nullopt;
  const auto first = byte(0);
  const size_t length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : 0;
  if (length == 0 || text.size() != length) return std::nullopt;
  auto point = static_cast<char32_t>(length == 1 ? first : length == 2 ? first & 0x1F : first & 0x0F);
  for (size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte(at) & 0x3F);
  }
  if (length == 3 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) return std::nullopt;
  if (point <= 0x20 || (point >= 0x7F && point < 0xA1)) return std::nullopt;  // nothing that shows
  return point;
}

// Keys are named by their upper-case letters, whatever the locale: Latin-1, Greek and Cyrillic keyboards have others
// than ASCII.
char32_t upper_letter(char32_t point) {
  if (point >= 'a' && point <= 'z') return point - 32;
  if (point >= 0xE0 && point <= 0xFE && point != 0xF7) return point - 32;
  if (point >= 0x3B1 && point <= 0x3C9 && point != 0x3C2) return point - 32;
  if (point >= 0x430 && point <= 0x44F) return point - 32;
  if (point >= 0x450 && point <= 0x45F) return point - 80;
  return point;
}

std::string utf8(char32_t point) {
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | (point >> 6)), static_cast<char>(0x80 | (point & 0x3F))};
  return {static_cast<char>(0xE0 | (point >> 12)), static_cast<char>(0x80 | ((point >> 6) & 0x3F)),
          static_cast<char>(0x80 | (point & 0x3F))};
}

// The name of a key without modifiers; empty when there is none such.
std::string key_name(std::string_view written) {
  if (const auto point = only_code_point(written)) return utf8(upper_letter(*point));
  auto lower = lower_case(written);
  for (const std::string_view keypad : {"keypad ", "keypad", "numpad ", "numpad", "kp_", "kp"}) {
    if (lower.size() > keypad.size() && lower.starts_with(keypad)) {
      lower.erase(0, keypad.size());
      break;
    }
  }
  if (const auto point = only_code_point(lower)) return utf8(upper_letter(*point));
  if (const auto name = name_in(key_names, lower); !name.empty()) return std::string(name);
  if (lower.size() >= 2 && lower.size() <= 3 && lower[0] == 'f' && lower[1] != '0' &&
      std::all_of(lower.begin() + 1, lower.end(), [](char digit) { return digit >= '0' && digit <= '9'; })) {
    const int number = std::stoi(lower.substr(1));
    if (number >= 1 && number <= 25) return "F" + lower.substr(1);
  }
  return {};
}

bool meet(const Command &one, const Command &other) {
  return one.view.empty() || other.view.empty() || one.view == other.view;
}

// Lays one list of bindings over what is there. A command takes the chord from another one of the same view, or of all
// views when it is for all; everywhere: one for all views takes it from those of single views too, unless the same list
// gives it to them.
void lay_over(std::multimap<std::string, std::string> &map, const Commands &commands, std::span<const Binding> bindings,
              bool everywhere) {
  std::multimap<std::string, std::string> added;
  const auto take = [&](std::multimap<std::string, std::string> &from, const std::string &chord, const Command &by,
                        bool from_views) {
    for (auto [at, end] = from.equal_range(chord); at != end;) {
      const auto *held = commands.find(at->second);
      const bool taken = held == nullptr || held->view == by.view || (from_views && by.view.empty());
      at = taken ? from.erase(at) : std::next(at);
    }
  };
  for (const auto &binding : bindings) {
    const auto chord = normal_chord(binding.chord);
    if (chord.empty()) continue;
    if (binding.command.empty()) {
      map.erase(chord);
      continue;
    }
    const auto *command = commands.find(binding.command);
    if (command == nullptr) continue;
    take(map, chord, *command, everywhere);
    take(added, chord, *command, false);
    added.emplace(chord, binding.command);
  }
  map.merge(added);
}

}  // namespace

std::string normal_chord(std::string_view text) {
  text = trimmed(text);
  std::array<bool, modifier_order.size()> held{};
  while (true) {
    // A separator in the first place, or the last character, is itself the key: "+", "Ctrl++", "ctrl--".
    const auto separator = text.find_first_of("+-", 1);
    if (text.size() < 2 || separator == std::string_view::npos || separator + 1 >= text.size()) break;
    const auto modifier = name_in(modifier_names, lower_case(trimmed(text.substr(0, separator))));
    if (modifier.empty()) break;
    held[static_cast<size_t>(std::find(modifier_order.begin(), modifier_order.end(), modifier) -
                             modifier_order.begin())] = true;
    text = trimmed(text.substr(separator + 1));
  }
  const auto key = key_name(text);
  if (key.empty()) return {};
  std::string chord;
  for (size_t at = 0; at < held.size(); ++at) {
    const bool told_by_key =
        modifier_order[at] == "Shift" && key.size() == 1 && shifted_characters.find(key[0]) != std::string_view::npos;
    if (held[at] && !told_by_key) chord.append(modifier_order[at]).append("+");
  }
  return chord + key;
}

void KeyMap::load(const Commands &commands, std::string_view profile, const std::vector<Binding> &own) {
  commands_.clear();
  lay_over(commands_, commands, key_profile("Kalon"), false);
  if (profile != "Kalon") lay_over(commands_, commands, key_profile(profile), false);
  // What a person says of a key holds wherever it can.
  lay_over(commands_, commands, own, true);
}

const Command *KeyMap::command(const Commands &commands, std::string_view chord, std::string_view view) const {
  const Command *general = nullptr;
  for (auto [at, end] = commands_.equal_range(normal_chord(chord)); at != end; ++at) {
    const auto *command = commands.find(at->second);
    if (command == nullptr) continue;
    if (command->view.empty()) {
      general = command;
    } else if (command->view == view) {
      return command;
    }
  }
  return general;
}

std::vector<std::string> KeyMap::chords(std::string_view command) const {
  std::vector<std::string> found;
  for (const auto &[chord, bound] : commands_) {
    if (bound == command) found.push_back(chord);
  }
  // Shown is the shortest, a letter before its like with modifiers and "F11".
  std::stable_sort(found.begin(), found.end(),
                   [](const auto &one, const auto &other) { return one.size() < other.size(); });
  return found;
}

std::vector<std::string> KeyMap::conflicts(const Commands &commands, std::string_view chord,
                                           std::string_view command) const {
  const auto *wanted = commands.find(command);
  if (wanted == nullptr) return {};
  std::vector<const Command *> bound;
  for (auto [at, end] = commands_.equal_range(normal_chord(chord)); at != end; ++at) {
    if (const auto *held = commands.find(at->second); held != nullptr && held != wanted) bound.push_back(held);
  }
  std::vector<std::string> found;
  for (const auto *held : bound) {
    if (!meet(*held, *wanted)) continue;
    // What another command of the wanted one's view hides there already loses nothing.
    const bool hidden =
        held->view.empty() && !wanted->view.empty() &&
        std::any_of(bound.begin(), bound.end(), [&](const Command *other) { return other->view == wanted->view; });
    if (!hidden) found.push_back(held->name);
  }
  return found;
}

}  // namespace kalon::viewer
