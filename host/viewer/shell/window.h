#pragma once
// The window, its OpenGL context, and what a person does with keyboard, mouse and dropped files.

#include <optional>
#include <string>
#include <vector>

#include "commands/keys.h"

struct GLFWwindow;

namespace kalon::viewer {

// A pointer moved by a script, in place of the person's.
struct ScriptedPointer {
  float x = 0, y = 0, wheel = 0;
  bool left = false, right = false, ctrl = false, shift = false;
};

// The connection to the screen; windows live within it.
class Screen {
 public:
  Screen();  // throws std::runtime_error with a text for people where there is none [main]
  ~Screen();
  Screen(const Screen &) = delete;
  Screen &operator=(const Screen &) = delete;
};

class Window {
 public:
  // Throws std::runtime_error with a text for people where the screen has no OpenGL 3.3. [main]
  Window(const std::string &title, int width, int height);
  ~Window();
  Window(const Window &) = delete;
  Window &operator=(const Window &) = delete;

  // Waits for something to happen, at most so many seconds (negative: without limit; 0: not at all).
  void wait(double seconds);
  static void wake();  // ends a wait() [any]

  // Whether a person did anything, or the window needs to be drawn again, since the last call.
  bool take_input();
  std::vector<KeyPress> take_keys();
  std::vector<std::string> take_dropped();
  bool wants_close() const;

  void begin_frame(const std::optional<ScriptedPointer> &pointer);
  void hand_over(unsigned background);  // what ImGui made, to OpenGL
  // Keeps what was drawn as a PNG when a file is named, and shows it. False when the file could not be written.
  bool end_frame(const std::string &png_file);

  float content_scale() const;
  bool take_scale_change();
  void size(int &width, int &height) const;  // pixels
  void resize(int width, int height);
  void toggle_full_screen();
  bool full_screen() const { return full_screen_; }
  void set_title(const std::string &title);
  // Presses and releases keys as a person would; a chord in its normal form.
  void press(const std::string &chord);
  void type(const std::string &text);

 private:
  GLFWwindow *window_ = nullptr;
  bool input_ = true, scale_changed_ = false, full_screen_ = false;
  int windowed_[4] = {0, 0, 0, 0};
  std::vector<KeyPress> keys_;
  std::vector<int> struck_, lifted_;  // keys that went down since the last frame; that are up, but count as down in it
  std::vector<std::string> dropped_;
  std::string title_;
  friend struct WindowCallbacks;
};

}  // namespace kalon::viewer
