#include "commands/wording.h"

#include <algorithm>
#include <array>

#include "commands/commands.h"
#include "commands/keys.h"

namespace kalon::viewer {
namespace {

struct Here {
  std::string_view told, command;
};

// What is told in back quotes begins with it, and what does the same here; of several the first counts.
constexpr std::array told_commands{Here{"kalon index", "start-index"},
                                   Here{"kalon undo --operation", "history"},
                                   Here{"kalon undo --action", "history"},
                                   Here{"kalon undo", "undo"},
                                   Here{"kalon history", "history"},
                                   Here{"kalon rank start --resume", "rank-resume"},
                                   Here{"kalon rank start", "rank-new"},
                                   Here{"kalon rank next", "rank"},
                                   Here{"kalon rank exclude --include", "include"},
                                   Here{"kalon scores", "scores"},
                                   Here{"kalon groups", "start-groups"},
                                   Here{"kalon outliers", "start-outliers"},
                                   Here{"kalon plugins", "plugins"}};

// Options that are no parameter of a task.
constexpr std::array told_options{Here{"--resume", "rank-session"}};

bool of_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '-' || letter == '_';
}

// Whether the text begins with these words, not with a part of the last one.
bool begins(std::string_view text, std::string_view words) {
  return text.starts_with(words) && (text.size() == words.size() || !of_word(text[words.size()]));
}

// "Undo" (Ctrl+Z)
std::string shown(const Commands &commands, const KeyMap &keys, std::string_view name) {
  const auto *command = commands.find(name);
  if (!command) return {};
  std::string_view title = command->title;
  while (title.ends_with('.')) title.remove_suffix(1);
  auto text = "\"" + std::string(title) + "\"";
  if (auto chords = keys.chords(name); !chords.empty()) text += " (" + chords.front() + ")";
  return text;
}

std::string of_command(const Commands &commands, const KeyMap &keys, std::string_view told) {
  for (const auto &here : told_commands)
    if (begins(told, here.told))
      if (auto text = shown(commands, keys, here.command); !text.empty()) return text;
  return "`" + std::string(told) + "` in a terminal";
}

std::string of_option(const Commands &commands, const KeyMap &keys, std::string_view option) {
  if (option == "--library") return std::string(option);
  for (const auto &here : told_options)
    if (option == here.told)
      if (auto text = shown(commands, keys, here.command); !text.empty()) return text;
  std::string name(option.substr(2));
  std::ranges::replace(name, '-', ' ');
  return "\"" + name + "\"";
}

}  // namespace

std::string said_here(const Commands &commands, const KeyMap &keys, std::string_view text) {
  std::string said;
  for (size_t at = 0; at < text.size();) {
    auto rest = text.substr(at);
    if (begins(rest, "`kalon")) {
      if (auto end = rest.find('`', 1); end != std::string_view::npos) {
        said += of_command(commands, keys, rest.substr(1, end - 1));
        at += end + 1;
        continue;
      }
    }
    // An option stands alone; what follows dashes within a name is none.
    bool alone = at == 0 || text[at - 1] == ' ' || text[at - 1] == '(';
    if (alone && rest.size() > 2 && rest.starts_with("--") && rest[2] >= 'a' && rest[2] <= 'z') {
      auto end = static_cast<size_t>(std::ranges::find_if_not(rest, of_word) - rest.begin());
      said += of_option(commands, keys, rest.substr(0, end));
      at += end;
      continue;
    }
    said += text[at++];
  }
  return said;
}

}  // namespace kalon::viewer
