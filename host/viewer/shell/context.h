#pragma once
// What everything in the viewer works with.

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/commands.h"
#include "commands/keys.h"
#include "library/catalogue.h"
#include "library/jobs.h"
#include "library/session.h"
#include "library/shown.h"
#include "library/stacks.h"
#include "pictures/pictures.h"
#include "shell/main_queue.h"
#include "shell/settings.h"
#include "shell/theme.h"
#include "views/view.h"

namespace kalon::viewer {

class Decisions;
class Opening;

// What is said in the corner for a few seconds, and kept in a list.
struct Notice {
  std::string text;
  bool problem = false;
  double time = 0;  // seconds since start
};

struct Context {
  const Session &session;
  MainQueue &main;
  Jobs &jobs;
  Catalogue &catalogue;
  Stacks &stacks;
  Shown &shown;
  Pictures &pictures;
  Decisions &decisions;
  Opening &opening;
  Settings &settings;
  Commands &commands;
  KeyMap &keys;
  Interface &interface;
  std::deque<Notice> notices{};  // newest first, at most a hundred

  double now = 0;                   // seconds since start, of this frame
  std::vector<KeyPress> pressed{};  // keys of this frame that no command took, for views and overlays
  bool typing = false;              // the keyboard belongs to a text field
  std::string fresh_panel{};        // that was just opened and comes to the front
  bool lights_out = false;          // the view alone, without bars and panels
  bool wants_quit = false;
  int exit_code = 0;
  // Another frame is drawn at once (an animation), or at this time of `now`.
  void animate() { next_frame = now; }
  void draw_again_at(double time) { next_frame = time < next_frame ? time : next_frame; }
  double next_frame = 1e300;

  void say(std::string text) { note({std::move(text), false, now}); }
  void complain(std::string text) { note({std::move(text), true, now}); }
  void note(Notice notice) {
    notices.push_front(std::move(notice));
    if (notices.size() > 100) notices.pop_back();
    draw_again_at(now + 6);
  }
};

}  // namespace kalon::viewer
