#include "shell/script.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kalon::viewer {
namespace {

constexpr int drag_steps = 8;

}  // namespace

std::span<const ScriptWord> script_words() {
  static constexpr ScriptWord words[] = {{"wait", "Go on once no job runs"},
                                         {"sleep SECONDS", "Go on after this time"},
                                         {"until-photos N", "Go on once so many photos are open"},
                                         {"until-stars NAME N", "Go on once the photo has so many stars"},
                                         {"until-file FILE", "Go on once the file is there"},
                                         {"move X Y", "Move the pointer"},
                                         {"click X Y [double] [right] [ctrl] [shift]", "Click"},
                                         {"drag X Y X Y [ctrl] [shift]", "Drag"},
                                         {"scroll X Y STEPS", "Turn the wheel of the mouse"}};
  return words;
}

Script::Script(const std::string &file) : file_(file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file + ": the script cannot be read");
  std::string text;
  for (int number = 1; std::getline(stream, text); ++number) {
    auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string::npos || text[begin] == '#') continue;
    auto end = text.find_last_not_of(" \t\r") + 1;
    text = text.substr(begin, end - begin);
    auto space = text.find(' ');
    Line line{number, text.substr(0, space), {}};
    if (space != std::string::npos) line.argument = text.substr(text.find_first_not_of(' ', space));
    lines_.push_back(std::move(line));
  }
}

const Script::Line *Script::next() {
  return at_ < lines_.size() ? &lines_[at_++] : nullptr;
}

bool PointerMoves::start(std::string_view what, std::string_view argument) {
  std::istringstream words{std::string(argument)};
  ScriptedPointer at = last_.value_or(ScriptedPointer{});
  at.left = at.right = at.ctrl = at.shift = false;
  at.wheel = 0;
  if (!(words >> at.x >> at.y)) return false;
  std::vector<ScriptedPointer> steps{at};
  if (what == "click") {
    std::string how;
    bool twice = false;
    auto down = at;
    down.left = true;
    while (words >> how) {
      if (how == "double")
        twice = true;
      else if (how == "right")
        down.left = false, down.right = true;
      else if (how == "ctrl")
        down.ctrl = at.ctrl = true;
      else if (how == "shift")
        down.shift = at.shift = true;
      else
        return false;
    }
    for (const auto &step : {at, down, down, at}) steps.push_back(step);
    if (twice)
      for (const auto &step : {down, at}) steps.push_back(step);
    auto rest = at;
    rest.ctrl = rest.shift = false;
    steps.push_back(rest);
  } else if (what == "drag") {
    float x = 0, y = 0;
    std::string how;
    if (!(words >> x >> y)) return false;
    while (words >> how)
      if (how == "shift")
        at.shift = true;
      else if (how == "ctrl")
        at.ctrl = true;
      else
        return false;
    steps.back() = at;
    for (int i = 0; i <= drag_steps; ++i) {
      auto moved = at;
      float share = static_cast<float>(i) / drag_steps;
      moved.x += (x - at.x) * share;
      moved.y += (y - at.y) * share;
      moved.left = true;
      steps.push_back(moved);
    }
    auto end = at;
    end.x = x;
    end.y = y;
    steps.push_back(end);
    end.ctrl = end.shift = false;
    steps.push_back(end);
  } else if (what == "scroll") {
    float amount = 0;
    if (!(words >> amount)) return false;
    auto turned = at;
    turned.wheel = amount;
    std::string how;
    if (words >> how) turned.ctrl = how == "ctrl", turned.shift = how == "shift";
    steps.push_back(turned);
    steps.push_back(at);
  } else if (what != "move") {
    return false;
  }
  std::ranges::reverse(steps);
  steps_ = std::move(steps);
  return true;
}

std::optional<ScriptedPointer> PointerMoves::step() {
  if (steps_.empty()) return last_;
  last_ = steps_.back();
  steps_.pop_back();
  return last_;
}

}  // namespace kalon::viewer
