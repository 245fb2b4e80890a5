#pragma once
// Commands from a file, one a line: for tests and automation.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/window.h"

namespace kalon::viewer {

// Lines are "COMMAND ARGUMENT"; empty ones and those that begin with # say nothing. Besides the commands of the table:
//   wait                 until no long job runs (every line waits anyway until what the one before it asked for is
//   there) key CHORD            a key, as a person presses it type TEXT            into the field that has the keyboard
//   move X Y, click X Y [double|right|ctrl|shift], drag X Y X Y, scroll X Y STEPS   pixels of the window
//   resize WIDTH HEIGHT
//   screenshot FILE, state FILE
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
