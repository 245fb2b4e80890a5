#include "shell/application.h"

#include <imgui/backends/imgui_impl_opengl3.h>
#include <imgui/imgui.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "library/decisions.h"
#include "library/opening.h"
#include "shell/ending.h"
#include "shell/glyphs.h"
#include "shell/layout.h"
#include "shell/parts.h"
#include "shell/state_report.h"

namespace kalon::viewer {
namespace {

constexpr size_t texture_bytes = 128u << 20, full_picture_bytes = 256u << 20;
constexpr int picture_threads = 2;
constexpr size_t kept_costs = 1000;
// What was chosen is kept soon after, not at the end alone: a viewer may be killed.
constexpr double save_interval = 3;
// Fonts are loaded again when names have characters that were not met before: while rows stream in, not with each.
constexpr double glyphs_interval = 1;
// Rows are taken in for so long between two frames; for less while pictures on the screen are missing.
constexpr auto rows_time = std::chrono::milliseconds(8), hurried_rows_time = std::chrono::milliseconds(2);

double cpu_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

std::string engine_options(const Options &options) {
  if (options.plugin_path.empty()) return {};
  bool uri = options.plugin_path.starts_with("file://");
  return "{\"plugin_folders\":[\"" + (uri ? options.plugin_path : uri_of(options.plugin_path)) + "\"]}";
}

// The lines that --screenshot and --state-json stand for.
std::optional<Script> script_of(const Options &options) {
  if (!options.script.empty()) return Script(options.script);
  std::vector<Script::Line> lines;
  if (!options.screenshot_file.empty()) lines.push_back({1, "screenshot", options.screenshot_file});
  if (!options.state_file.empty()) lines.push_back({1, "state", options.state_file});
  if (lines.empty()) return std::nullopt;
  lines.push_back({1, "quit", {}});
  return Script(std::move(lines));
}

}  // namespace

void FrameCosts::add(float logic_milliseconds, float handed_milliseconds) {
  ++frames;
  if (recent.size() < kept_costs) {
    recent.push_back(logic_milliseconds);
    handed.push_back(handed_milliseconds);
  } else {
    recent[frames % kept_costs] = logic_milliseconds;
    handed[frames % kept_costs] = handed_milliseconds;
  }
}

void FrameCosts::reset() {
  recent.clear();
  handed.clear();
}

Application::Application(const Options &options)
    : options_(options),
      settings_(options.settings_file),
      screen_(options.list_commands ? std::nullopt : std::optional<Screen>(std::in_place)),
      main_([listed = options.list_commands] {
        if (!listed) Window::wake();
      }),
      session_(options.list_commands ? Session()
                                     : Session(options.library, options.read_only, engine_options(options))),
      shown_(catalogue_, stacks_),
      jobs_(session_, main_),
      pictures_(session_, catalogue_, main_, texture_bytes, full_picture_bytes, picture_threads),
      script_(script_of(options)) {
  decisions_ = std::make_unique<Decisions>();
  opening_ = std::make_unique<Opening>();
  context_ = std::make_unique<Context>(Context{session_, main_, jobs_, catalogue_, stacks_, shown_, pictures_,
                                               *decisions_, *opening_, settings_, commands_, keys_, interface_});
  decisions_->use(*context_);
  opening_->use(*context_);
  if (!options.list_commands) open_window();
  if (!options.theme.empty()) settings_.theme = options.theme;
  if (window_) apply_scale();
  add_shell_commands();
  add_parts(*context_);
  keys_.load(commands_, settings_.key_profile, settings_.own_keys);
  applied_profile_ = settings_.key_profile;
  shown_.set_sorting({settings_.sort_by, settings_.sort_descending});
  for (const auto &name : settings_.panels)
    if (auto *panel = interface_.panel(name)) panel->open = true;
  interface_.show(*context_, "grid");
  if (!options.view.empty()) interface_.show(*context_, options.view);
  if (!session_.failure().empty()) report(session_.failure());
}

void Application::open_window() {
  // OpenGL takes its time to start: meanwhile rows are read.
  opening_->watch();
  opening_->open(options_.paths, !options_.no_index);
  main_.run({});
  window_ = std::make_unique<Window>("Kalon", options_.width > 0 ? options_.width : settings_.window_width,
                                     options_.height > 0 ? options_.height : settings_.window_height);
}

Application::~Application() {
  if (auto *view = interface_.current()) view->leave(*context_);
}

void Application::report(const std::string &text) {
  std::fprintf(stderr, "kalon-viewer: %s\n", text.c_str());
}

void Application::apply_scale() {
  double scale =
      (options_.scale > 0 ? options_.scale : static_cast<double>(window_->content_scale())) * settings_.interface_scale;
  bool glyphs = noted_glyphs_revision() != applied_glyphs_;
  if (glyphs && context_->now < glyphs_due_) {
    context_->draw_again_at(glyphs_due_);
    glyphs = false;
  }
  bool fonts = scale != applied_scale_ || glyphs;
  if (!fonts && applied_theme_ == settings_.theme) return;
  if (fonts) {
    applied_glyphs_ = noted_glyphs_revision();
    glyphs_due_ = context_->now + glyphs_interval;
    load_fonts(static_cast<float>(scale), settings_.extra_font);
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_CreateFontsTexture();
  }
  use_theme(settings_.theme, static_cast<float>(scale));
  applied_scale_ = scale;
  applied_theme_ = settings_.theme;
}

void Application::add_shell_commands() {
  commands_.add({.name = "full-screen",
                 .title = "Full screen",
                 .group = "Window",
                 .run = [this](Context &, std::string_view) { window_->toggle_full_screen(); },
                 .checked = [this](const Context &) { return window_->full_screen(); }});
  commands_.add(
      {.name = "key", .title = "Press a key", .argument = "CHORD", .run = [this](Context &, std::string_view chord) {
         window_->press(normal_chord(chord));
       }});
  commands_.add(
      {.name = "type", .title = "Type a text", .argument = "TEXT", .run = [this](Context &, std::string_view text) {
         window_->type(std::string(text));
       }});
  commands_.add({.name = "resize",
                 .title = "Size of the window",
                 .argument = "WIDTH HEIGHT",
                 .run = [this](Context &context, std::string_view text) {
                   int width = 0, height = 0;
                   if (std::sscanf(std::string(text).c_str(), "%d %d", &width, &height) == 2 && width >= 200 &&
                       height >= 200)
                     window_->resize(width, height);
                   else
                     context.complain("A size is two numbers of pixels");
                 }});
  commands_.add({.name = "screenshot",
                 .title = "Save a picture of the window",
                 .argument = "FILE.png",
                 .run = [this](Context &, std::string_view file) { screenshot_ = file; }});
  commands_.add({.name = "reset-costs",
                 .title = "Measure frames from now on",
                 .run = [this](Context &, std::string_view) { costs_.reset(); }});
  commands_.add({.name = "state",
                 .title = "Save what is shown as JSON",
                 .argument = "FILE",
                 .run = [this](Context &, std::string_view file) { write_state(std::string(file)); }});
}

void Application::write_state(const std::string &file) {
  if (auto why = write_state_report(*context_, costs_, session_, file); !why.empty()) {
    context_->complain("Not saved: " + why);
    if (script_) report(file + ": " + why), context_->exit_code = 1;
  }
}

// ---- the loop

int Application::run() {
  EndingSignals signals([this] { main_.post([this] { context_->wants_quit = true; }); });
  while (!context_->wants_quit) {
    window_->wait(wait_seconds());
    double now = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    context_->now = now;
    bool worked = main_.run(pictures_.complete() ? rows_time : hurried_rows_time);
    bool input = window_->take_input();
    bool due = now >= context_->next_frame;
    // ImGui needs a second frame to settle after something happened.
    if (worked || input || due) frames_wanted_ = std::max(frames_wanted_, input ? 3 : 2);
    if (window_->wants_close()) context_->wants_quit = true;
    if (auto dropped = window_->take_dropped(); !dropped.empty())
      opening_->open(std::move(dropped), !options_.no_index);
    if (until_ && until_()) {
      until_ = nullptr;
      costs_.idle_frames = costs_.frames - frames_before_wait_;
      frames_wanted_ = 1;
    }
    if (frames_wanted_ == 0 && !pointer_.moving() && (!script_ || until_ || !settled())) continue;
    if (frames_wanted_ > 0) --frames_wanted_;
    frame();
    if (now - saved_at_ > save_interval) {
      saved_at_ = now;
      settings_.save();
    }
  }
  store_what_was_decided();
  settings_.panels.clear();
  for (const auto &panel : interface_.panels)
    if (panel->open) settings_.panels.emplace_back(panel->name());
  // A size that was asked for on the command line counts for this time.
  if (!window_->full_screen() && options_.width == 0) window_->size(settings_.window_width, settings_.window_height);
  settings_.sort_by = shown_.sorting().by == "order" ? "name" : shown_.sorting().by;
  settings_.sort_descending = shown_.sorting().descending;
  std::string why;
  if (!settings_.save(&why)) report("settings are not kept: " + why);
  return context_->exit_code;
}

// Another program may hold the library for a while; what it refuses then is said where somebody may still read it.
void Application::store_what_was_decided() {
  context_->notices.clear();
  while (jobs_.deciding()) {
    main_.run(rows_time);
    if (main_.empty()) window_->wait(0.02);
  }
  for (const auto &notice : context_->notices)
    if (notice.problem) report(notice.text), context_->exit_code = 1;
}

double Application::wait_seconds() const {
  if (frames_wanted_ > 0 || pointer_.moving() || !main_.empty()) return 0;
  // A script looks again soon, and not at once: threads need the processor.
  if (script_) return until_ ? 0.02 : settled() ? 0 : 0.005;
  double now = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  if (context_->next_frame < 1e299) return std::max(0.0, context_->next_frame - now);
  return -1;
}

void Application::frame() {
  auto &context = *context_;
  context.next_frame = 1e300;
  if (window_->take_scale_change()) applied_scale_ = 0;
  apply_scale();
  if (applied_profile_ != settings_.key_profile) {
    keys_.load(commands_, settings_.key_profile, settings_.own_keys);
    applied_profile_ = settings_.key_profile;
  }
  window_->begin_frame(pointer_.step());
  double begin = cpu_milliseconds();
  context.typing = ImGui::GetIO().WantTextInput;
  dispatch_keys();
  deferred_ = shown_.update(context.now);
  if (deferred_) context.draw_again_at(context.now + 0.05);
  pictures_.begin_frame();
  draw_layout(context, context.lights_out);
  draw_overlays(context);
  pictures_.end_frame();
  context.pressed.clear();
  ImGui::Render();
  double logic = cpu_milliseconds() - begin;
  auto file = std::exchange(screenshot_, {});
  window_->hand_over(theme().background);
  costs_.add(static_cast<float>(logic), static_cast<float>(cpu_milliseconds() - begin));
  note_first_pictures();
  if (!window_->end_frame(file)) {
    context.complain(file + " cannot be written");
    if (script_) report(file + ": cannot be written"), context.exit_code = 1;
  }
  window_->set_title(window_title(context));
  if (script_ && !until_) run_script();
}

void Application::note_first_pictures() {
  if (costs_.first_pictures >= 0 || pictures_.counters().uploads == 0 || !pictures_.complete()) return;
  // The process began when its program was loaded, before anything here.
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string field;
  constexpr int start_field = 20;  // of those behind the name
  for (int i = 0; i < start_field && fields >> field; ++i) {
  }
  double started = std::atof(field.c_str()) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  costs_.first_pictures = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - started;
}

void Application::dispatch_keys() {
  auto &context = *context_;
  auto view = interface_.current() ? interface_.current()->name() : std::string_view();
  for (auto &key : window_->take_keys()) {
    if (!key.pressed) {
      // Modifiers may have been let go first: the key itself decides.
      auto base = [](const std::string &chord) { return chord.substr(chord.rfind('+', chord.size() - 2) + 1); };
      if (!held_command_.empty() && base(key.chord) == base(held_chord_)) {
        commands_.run(context, held_command_, "released");
        held_command_.clear();
      }
      continue;
    }
    auto top = std::find_if(interface_.overlays.rbegin(), interface_.overlays.rend(),
                            [](const auto &overlay) { return overlay->open; });
    Overlay *overlay = top == interface_.overlays.rend() ? nullptr : top->get();
    if (overlay && overlay->captures_keys()) {
      context.pressed.push_back(key);
      continue;
    }
    if (overlay && key.chord == "Escape") {
      overlay->hide(context);
      continue;
    }
    // Letters belong to a text field; what is no text may still be a shortcut.
    bool text = key.chord.find("Ctrl+") == std::string::npos && key.chord.find("Alt+") == std::string::npos &&
                !(key.chord.size() > 1 && key.chord[0] == 'F');
    if (context.typing && (text || key.chord == "Ctrl+A" || key.chord == "Ctrl+Z" || key.chord == "Ctrl+Y")) {
      context.pressed.push_back(key);
      continue;
    }
    const auto *command = keys_.command(commands_, key.chord, view);
    if (!command || (overlay && !interface_.overlay(command->name))) {
      context.pressed.push_back(key);
      continue;
    }
    if (command->while_held) {
      if (key.repeated) continue;
      held_chord_ = key.chord;
      held_command_ = command->name;
    }
    commands_.run(context, command->name, {});
    // A command may have changed the view.
    view = interface_.current() ? interface_.current()->name() : std::string_view();
  }
}

}  // namespace kalon::viewer
