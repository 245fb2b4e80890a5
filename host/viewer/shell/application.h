#pragma once
// Everything together: the window, the library, the parts, and the loop that draws when there is something to draw.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shell/context.h"
#include "shell/options.h"
#include "shell/script.h"
#include "shell/window.h"

namespace kalon::viewer {

// What drawing costs, for --state-json and benchmarks.
struct FrameCosts {
  uint64_t frames = 0;
  uint64_t idle_frames = 0;    // that were drawn during a script's last sleep
  double first_pictures = -1;  // seconds from the start of the process until the first frame that shows pictures
  std::vector<float> handed;   // the same with what handing it to OpenGL costs this thread
  std::vector<float> recent;   // milliseconds of the main thread's CPU for a frame's own logic, the last 1,000 at most
  void add(float logic_milliseconds, float handed_milliseconds);
  void reset();
};

class Application {
 public:
  explicit Application(const Options &options);
  ~Application();
  int run();  // the exit code
  void print_commands() const;

 private:
  void open_window();
  void frame();
  void store_what_was_decided();
  double wait_seconds() const;
  void dispatch_keys();
  void run_script();
  bool settled() const;
  bool run_line(const Script::Line &line);
  bool wait_until(const Script::Line &line);
  void write_state(const std::string &file);
  void apply_scale();
  void add_shell_commands();
  void report(const std::string &text);
  void note_first_pictures();

  const Options &options_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  Settings settings_;
  std::optional<Screen> screen_;  // none, as the window, where commands are only listed
  std::unique_ptr<Window> window_;
  MainQueue main_;
  Session session_;
  Catalogue catalogue_;
  Stacks stacks_;
  Shown shown_;
  Jobs jobs_;
  Pictures pictures_;
  Commands commands_;
  KeyMap keys_;
  Interface interface_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<Decisions> decisions_;
  std::unique_ptr<Opening> opening_;

  std::optional<Script> script_;
  PointerMoves pointer_;
  bool waiting_for_jobs_ = false;
  std::function<bool()> until_;  // a script goes on when this holds; meanwhile nothing is drawn for its sake
  uint64_t frames_before_wait_ = 0;
  int frames_wanted_ = 3;
  int quiet_frames_ = 0;    // since a script's last line
  bool deferred_ = false;   // rows wait to be taken in
  std::string screenshot_;  // of this frame
  std::string held_chord_, held_command_;
  std::string applied_theme_, applied_profile_;
  double applied_scale_ = 0;
  unsigned applied_glyphs_ = 0;  // the revision of what fonts were loaded with
  double glyphs_due_ = 0;        // not before this time again
  FrameCosts costs_;
  double saved_at_ = 0;
};

}  // namespace kalon::viewer
