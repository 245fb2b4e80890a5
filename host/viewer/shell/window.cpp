#include "shell/window.h"

#include <imgui/backends/imgui_impl_glfw.h>
#include <imgui/backends/imgui_impl_opengl3.h>
#include <imgui/imgui.h>

#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "shell/glyphs.h"
#include "shell/png_file.h"

namespace kalon::viewer {
namespace {

std::string last_error = "unknown";

std::string modifiers_of(int mods, bool with_shift) {
  std::string text;
  if (mods & GLFW_MOD_CONTROL) text += "Ctrl+";
  if (mods & GLFW_MOD_ALT) text += "Alt+";
  if (with_shift && (mods & GLFW_MOD_SHIFT)) text += "Shift+";
  if (mods & GLFW_MOD_SUPER) text += "Super+";
  return text;
}

const char *named_key(int key) {
  switch (key) {
    case GLFW_KEY_SPACE:
      return "Space";
    case GLFW_KEY_ENTER:
    case GLFW_KEY_KP_ENTER:
      return "Enter";
    case GLFW_KEY_ESCAPE:
      return "Escape";
    case GLFW_KEY_TAB:
      return "Tab";
    case GLFW_KEY_BACKSPACE:
      return "Backspace";
    case GLFW_KEY_DELETE:
      return "Delete";
    case GLFW_KEY_INSERT:
      return "Insert";
    case GLFW_KEY_LEFT:
      return "Left";
    case GLFW_KEY_RIGHT:
      return "Right";
    case GLFW_KEY_UP:
      return "Up";
    case GLFW_KEY_DOWN:
      return "Down";
    case GLFW_KEY_HOME:
      return "Home";
    case GLFW_KEY_END:
      return "End";
    case GLFW_KEY_PAGE_UP:
      return "PageUp";
    case GLFW_KEY_PAGE_DOWN:
      return "PageDown";
    case GLFW_KEY_MENU:
      return "Menu";
    case GLFW_KEY_PAUSE:
      return "Pause";
    default:
      return nullptr;
  }
}

// The key by what is printed on it, in the layout of the person; letters in upper case. A sign that is typed with or
// without Shift comes as text instead (see WindowCallbacks::character): empty here.
std::string chord_of(int key, int scancode, int mods) {
  if (const char *name = named_key(key)) return modifiers_of(mods, true) + name;
  if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F25)
    return modifiers_of(mods, true) + "F" + std::to_string(key - GLFW_KEY_F1 + 1);
  // Digits by their place: some layouts need Shift for them.
  if (key >= GLFW_KEY_0 && key <= GLFW_KEY_9) return modifiers_of(mods, true) + std::to_string(key - GLFW_KEY_0);
  if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_9)
    return modifiers_of(mods, true) + std::to_string(key - GLFW_KEY_KP_0);
  const char *printed = glfwGetKeyName(key, scancode);
  if (!printed || !*printed) {
    if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) return modifiers_of(mods, true) + static_cast<char>(key);
    return {};
  }
  std::string name = printed;
  bool letter = name.size() > 1 || (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
  if (!letter && !(mods & (GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SUPER))) return {};
  return normal_chord(modifiers_of(mods, true) + name);
}

}  // namespace

struct WindowCallbacks {
  static Window &of(GLFWwindow *window) { return *static_cast<Window *>(glfwGetWindowUserPointer(window)); }

  static void key(GLFWwindow *window, int key, int scancode, int action, int mods) {
    auto &self = of(window);
    self.input_ = true;
    if (action == GLFW_PRESS && key >= 0) self.struck_.push_back(key);
    auto chord = chord_of(key, scancode, mods);
    if (!chord.empty()) self.keys_.push_back({chord, action != GLFW_RELEASE, action == GLFW_REPEAT});
  }
  static void character(GLFWwindow *window, unsigned code) {
    auto &self = of(window);
    self.input_ = true;
    note_glyph(code);
    bool letter_or_digit = (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    if (code <= ' ' || code >= 0x7f || letter_or_digit) return;
    self.keys_.push_back({std::string(1, static_cast<char>(code)), true, false});
    self.keys_.push_back({std::string(1, static_cast<char>(code)), false, false});
  }
  static void cursor(GLFWwindow *window, double, double) { of(window).input_ = true; }
  static void entered(GLFWwindow *window, int) { of(window).input_ = true; }
  static void button(GLFWwindow *window, int, int, int) { of(window).input_ = true; }
  static void wheel(GLFWwindow *window, double, double) { of(window).input_ = true; }
  static void focus(GLFWwindow *window, int) { of(window).input_ = true; }
  static void refresh(GLFWwindow *window) { of(window).input_ = true; }
  static void resized(GLFWwindow *window, int, int) { of(window).input_ = true; }
  static void close(GLFWwindow *window) { of(window).input_ = true; }
  static void scale(GLFWwindow *window, float, float) {
    of(window).input_ = true;
    of(window).scale_changed_ = true;
  }
  static void drop(GLFWwindow *window, int count, const char **paths) {
    auto &self = of(window);
    self.input_ = true;
    for (int i = 0; i < count; ++i) self.dropped_.emplace_back(paths[i]);
  }
};

Screen::Screen() {
  glfwSetErrorCallback([](int, const char *text) { last_error = text; });
  if (!glfwInit())
    throw std::runtime_error("there is no screen to draw on (" + last_error +
                             "); set DISPLAY, or use `kalon` on the command line");
}

Screen::~Screen() {
  glfwTerminate();
}

Window::Window(const std::string &title, int width, int height) : title_(title) {
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "kalon-viewer");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "kalon-viewer");
  window_ = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (!window_)
    throw std::runtime_error("this screen has no OpenGL 3.3 (" + last_error +
                             "); a newer graphics driver or Mesa's software renderer (package libgl1-mesa-dri) has it");
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, WindowCallbacks::key);
  glfwSetCharCallback(window_, WindowCallbacks::character);
  glfwSetCursorPosCallback(window_, WindowCallbacks::cursor);
  glfwSetCursorEnterCallback(window_, WindowCallbacks::entered);
  glfwSetMouseButtonCallback(window_, WindowCallbacks::button);
  glfwSetScrollCallback(window_, WindowCallbacks::wheel);
  glfwSetWindowFocusCallback(window_, WindowCallbacks::focus);
  glfwSetWindowRefreshCallback(window_, WindowCallbacks::refresh);
  glfwSetFramebufferSizeCallback(window_, WindowCallbacks::resized);
  glfwSetWindowCloseCallback(window_, WindowCallbacks::close);
  glfwSetWindowContentScaleCallback(window_, WindowCallbacks::scale);
  glfwSetDropCallback(window_, WindowCallbacks::drop);

  ImGui::CreateContext();
  auto &io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.ConfigInputTextCursorBlink = false;  // a blinking cursor would draw without end
  io.ConfigFlags |= ImGuiConfigFlags_NoMouseCursorChange;
  // It keeps the callbacks above and calls them.
  ImGui_ImplGlfw_InitForOpenGL(window_, true);
  ImGui_ImplOpenGL3_Init("#version 330 core");
}

Window::~Window() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window_);
}

void Window::wait(double seconds) {
  if (seconds < 0)
    glfwWaitEvents();
  else if (seconds > 0)
    glfwWaitEventsTimeout(seconds);
  else
    glfwPollEvents();
}

void Window::wake() {
  glfwPostEmptyEvent();
}

bool Window::take_input() {
  return std::exchange(input_, false);
}

std::vector<KeyPress> Window::take_keys() {
  return std::exchange(keys_, {});
}

std::vector<std::string> Window::take_dropped() {
  return std::exchange(dropped_, {});
}

bool Window::wants_close() const {
  return glfwWindowShouldClose(window_);
}

void Window::begin_frame(const std::optional<ScriptedPointer> &pointer) {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  auto &io = ImGui::GetIO();
  // ImGui 1.86 looks at keys once a frame, and would not see one that went down and up in between.
  for (int key : std::exchange(lifted_, {})) io.KeysDown[key] = glfwGetKey(window_, key) == GLFW_PRESS;
  for (int key : std::exchange(struck_, {}))
    if (!io.KeysDown[key]) {
      io.KeysDown[key] = true;
      lifted_.push_back(key);
    }
  if (pointer) {
    io.MousePos = {pointer->x, pointer->y};
    io.MouseDown[0] = pointer->left;
    io.MouseDown[1] = pointer->right;
    io.MouseWheel = pointer->wheel;
    io.KeyCtrl = pointer->ctrl;
    io.KeyShift = pointer->shift;
  }
  ImGui::NewFrame();
}

void Window::hand_over(unsigned background) {
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  glViewport(0, 0, width, height);
  auto colour = ImGui::ColorConvertU32ToFloat4(background);
  glClearColor(colour.x, colour.y, colour.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

bool Window::end_frame(const std::string &png_file) {
  bool written = true;
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  if (!png_file.empty()) {
    std::vector<uint8_t> rgb(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadBuffer(GL_BACK);
    glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, rgb.data());
    // OpenGL's first row is the lowest.
    auto row = static_cast<std::ptrdiff_t>(width) * 3;
    for (std::ptrdiff_t top = 0, bottom = height - 1; top < bottom; ++top, --bottom)
      std::swap_ranges(rgb.begin() + top * row, rgb.begin() + (top + 1) * row, rgb.begin() + bottom * row);
    written = write_png(png_file, width, height, rgb);
  }
  glfwSwapBuffers(window_);
  return written;
}

float Window::content_scale() const {
  float x = 1, y = 1;
  glfwGetWindowContentScale(window_, &x, &y);
  return std::max(x, y);
}

bool Window::take_scale_change() {
  return std::exchange(scale_changed_, false);
}

void Window::size(int &width, int &height) const {
  glfwGetFramebufferSize(window_, &width, &height);
}

void Window::resize(int width, int height) {
  glfwSetWindowSize(window_, width, height);
}

void Window::toggle_full_screen() {
  if (full_screen_) {
    glfwSetWindowMonitor(window_, nullptr, windowed_[0], windowed_[1], windowed_[2], windowed_[3], GLFW_DONT_CARE);
  } else {
    glfwGetWindowPos(window_, &windowed_[0], &windowed_[1]);
    glfwGetWindowSize(window_, &windowed_[2], &windowed_[3]);
    auto *monitor = glfwGetPrimaryMonitor();
    const auto *mode = monitor ? glfwGetVideoMode(monitor) : nullptr;
    if (!mode) return;
    glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
  }
  full_screen_ = !full_screen_;
  input_ = true;
}

void Window::set_title(const std::string &title) {
  if (title == title_) return;
  title_ = title;
  glfwSetWindowTitle(window_, title.c_str());
}

void Window::press(const std::string &chord) {
  keys_.push_back({chord, true, false});
  keys_.push_back({chord, false, false});
  input_ = true;
}

void Window::type(const std::string &text) {
  note_glyphs(text);
  ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
  input_ = true;
}

}  // namespace kalon::viewer
