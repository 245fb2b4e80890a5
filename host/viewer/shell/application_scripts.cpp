// What scripts wait for and what their lines do, and the list of all they can say.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>

#include "library/opening.h"
#include "shell/application.h"
#include "shell/glyphs.h"

namespace kalon::viewer {

void Application::print_commands() const {
  constexpr int usage_width = 34, keys_width = 18;
  auto print = [](const std::string &usage, const std::string &keys, const std::string &title) {
    // What is longer than its column has a line of its own.
    if (usage.size() > usage_width) std::printf("%s\n", usage.c_str());
    std::printf("%-*s  %-*s  %s\n", usage_width, usage.size() > usage_width ? "" : usage.c_str(), keys_width,
                keys.c_str(), title.c_str());
  };
  print("COMMAND ARGUMENT", "KEYS", "WHAT IT DOES (IN WHICH VIEW)");
  for (const auto &command : commands_.all()) {
    std::string keys;
    for (const auto &chord : keys_.chords(command.name)) keys += (keys.empty() ? "" : ", ") + chord;
    print(command.name + (command.argument.empty() ? "" : " " + command.argument), keys,
          command.title + (command.view.empty() ? "" : " (" + command.view + ")"));
  }
  for (const auto &word : script_words()) print(word.usage, "", word.what + std::string(" (in scripts)"));
}

bool Application::settled() const {
  bool busy = !main_.empty() || noted_glyphs_revision() != applied_glyphs_ || jobs_.asking() || !pictures_.settled() ||
              opening_->loading() || deferred_ || pointer_.moving() ||
              (interface_.current() && interface_.current()->busy());
  for (const auto &panel : interface_.panels) busy |= panel->open && panel->busy();
  for (const auto &overlay : interface_.overlays) busy |= overlay->open && overlay->busy();
  return !busy && !(waiting_for_jobs_ && jobs_.running_count() > 0);
}

void Application::run_script() {
  // Two frames in which nothing was on its way: then all that a line asked for is on the screen.
  if (!settled() || frames_wanted_ > 0) {
    quiet_frames_ = 0;
    return;
  }
  if (++quiet_frames_ < 3) {
    frames_wanted_ = 1;
    return;
  }
  quiet_frames_ = 0;
  waiting_for_jobs_ = false;
  const auto *line = script_->next();
  if (!line) {
    script_.reset();
    return;
  }
  frames_wanted_ = 2;
  if (run_line(*line)) return;
  context_->exit_code = 1;
  context_->wants_quit = true;
}

bool Application::wait_until(const Script::Line &line) {
  std::istringstream words(line.argument);
  if (line.command == "sleep") {
    double seconds = 0;
    if (!(words >> seconds)) return false;
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    until_ = [end] { return std::chrono::steady_clock::now() >= end; };
  } else if (line.command == "until-photos") {
    size_t count = 0;
    if (!(words >> count)) return false;
    until_ = [this, count] { return catalogue_.count() >= count; };
  } else if (line.command == "until-stars") {
    std::string name;
    int stars = 0;
    if (!(words >> name >> stars)) return false;
    until_ = [this, name, stars] {
      return std::ranges::any_of(catalogue_.items(),
                                 [&](const Item &item) { return name_of(item) == name && item.stars == stars; });
    };
  } else if (line.command == "until-file") {
    // Somebody else did what is to be looked at now.
    until_ = [file = line.argument] {
      std::error_code error;
      return std::filesystem::exists(file, error);
    };
  }
  // What the line itself changed on the screen is drawn before.
  frames_wanted_ = 0;
  frames_before_wait_ = costs_.frames;
  return until_ != nullptr;
}

bool Application::run_line(const Script::Line &line) {
  auto failed = [&](const std::string &why) {
    report((script_->file().empty() ? std::string() : script_->file() + ":" + std::to_string(line.number) + ": ") +
           why);
    return false;
  };
  if (line.command == "wait") {
    waiting_for_jobs_ = true;
    return true;
  }
  if (line.command == "sleep" || line.command.starts_with("until-"))
    return wait_until(line) || failed(line.argument + " cannot be waited for");
  for (const char *name : {"move", "click", "drag", "scroll"})
    if (line.command == name)
      return pointer_.start(name, line.argument) || failed(line.argument + " is no place for " + line.command);
  std::string why;
  if (commands_.run(*context_, line.command, line.argument, &why)) return true;
  return failed(why);
}

}  // namespace kalon::viewer
