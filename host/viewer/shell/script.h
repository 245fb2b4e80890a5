#pragma once
// Commands from a file, one a line: for tests and automation.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shell/window.h"

namespace kalon::viewer {

// A line that is no command of the table: it waits, or moves the pointer.
struct ScriptWord {
  const char *usage, *what;
};
std::span<const ScriptWord> script_words();

// Lines are "COMMAND ARGUMENT", of the table of commands or one of script_words(); empty ones and those that begin with
// # say nothing. Every line waits until what the one before it asked for is there. Positions are pixels of the window.
class Script {
 public:
  struct Line {
    int number = 0;
    std::string command, argument;
  };

  // Throws std::runtime_error when the file cannot be read.
  explicit Script(const std::string &file);
  explicit Script(std::vector<Line> lines) : lines_(std::move(lines)) {}

  const Line *next();  // null at the end
  const std::string &file() const { return file_; }

 private:
  std::string file_;
  std::vector<Line> lines_;
  size_t at_ = 0;
};

// What a pointer does over several frames, one step each.
class PointerMoves {
 public:
  // "click", "move", "drag", "scroll" with its argument; false when that cannot be understood.
  bool start(std::string_view what, std::string_view argument);
  std::optional<ScriptedPointer> step();  // of the next frame; nothing when no script ever moved it
  bool moving() const { return !steps_.empty(); }

 private:
  std::vector<ScriptedPointer> steps_;  // the next one last
  std::optional<ScriptedPointer> last_;
};

}  // namespace kalon::viewer
