// The palette: every command there is, found by typing a few letters of it.

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>
#include <nlohmann/json.hpp>

#include "commands/palette_match.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/overlay_window.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr const char *recent_setting = "palette.recent";
constexpr size_t most_recent = 12;

class Palette : public Overlay {
 public:
  std::string_view name() const override { return "palette"; }
  void show(Context &context, std::string_view argument) override;
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &json) const override;

  void step(int by) {
    if (found_.empty()) return;
    const auto count = static_cast<int>(found_.size());
    chosen_ = std::clamp(chosen_ + by, 0, count - 1);
    scroll_to_chosen_ = true;
  }
  void accept(Context &context, std::string_view argument);

 private:
  struct Found {
    size_t command;
    double score;
    std::vector<size_t> letters;  // of the title
  };
  void find(const Context &context);
  void draw_row(Context &context, const Found &found, bool chosen);
  void draw_list(Context &context);
  void draw_question(Context &context);
  void run(Context &context, const std::string &name, const std::string &argument);
  std::vector<std::string> recent(const Context &context) const;

  std::string query_, found_for_ = "\n", argument_;
  std::string asking_;  // the command whose argument is asked for
  std::vector<Found> found_;
  int chosen_ = 0, turn_ = 0;  // turn_: a field that is open anew forgets what was typed
  bool focus_ = false, scroll_to_chosen_ = false;
};

std::vector<std::string> Palette::recent(const Context &context) const {
  std::vector<std::string> names;
  if (const auto kept = context.settings.more.find(recent_setting); kept != context.settings.more.end()) {
    std::istringstream text(kept->second);
    for (std::string name; text >> name;) names.push_back(name);
  }
  return names;
}

void Palette::show(Context &context, std::string_view argument) {
  close_others(context, *this);
  query_ = argument;
  asking_.clear();
  argument_.clear();
  open = focus_ = true;
  ++turn_;
  find(context);
}

// What can be run now, best first; without a query what was run last comes first, then all in their groups.
void Palette::find(const Context &context) {
  found_.clear();
  chosen_ = 0;
  scroll_to_chosen_ = true;
  found_for_ = query_;
  const auto view = context.interface.current() != nullptr ? context.interface.current()->name() : std::string_view();
  const auto lately = recent(context);
  std::set<std::string> groups;
  std::vector<std::string> group_order;
  for (const auto &command : context.commands.all()) {
    if (groups.insert(command.group).second) group_order.push_back(command.group);
  }
  const auto &all = context.commands.all();
  for (size_t i = 0; i < all.size(); ++i) {
    const auto &command = all[i];
    if (command.name.starts_with(name())) continue;
    if (!command.view.empty() && command.view != view) continue;
    if (command.enabled && !command.enabled(context)) continue;
    const auto place = std::find(lately.begin(), lately.end(), command.name) - lately.begin();
    const double newness = 1 - static_cast<double>(place) / static_cast<double>(most_recent);
    if (query_.empty()) {
      const auto group = std::find(group_order.begin(), group_order.end(), command.group) - group_order.begin();
      const bool is_recent = place < static_cast<std::ptrdiff_t>(lately.size());
      // What is in no menu is for scripts mostly.
      const double later = command.group.empty() ? 1e6 : static_cast<double>(group);
      found_.push_back({i, is_recent ? newness : -1 - later, {}});
      continue;
    }
    const auto by_title = palette_match(query_, command.title);
    const auto by_name = palette_match(query_, command.name);
    const auto by_both = palette_match(query_, command.title + " " + command.group);
    if (!by_title && !by_name && !by_both) continue;
    Found found{i, -1e9, {}};
    if (by_title) found = {i, by_title->score, by_title->letters};
    if (by_name) found.score = std::max(found.score, by_name->score - 0.5);
    if (by_both) {
      found.score = std::max(found.score, by_both->score - 1);
      if (!by_title) {
        for (const auto letter : by_both->letters) {
          if (letter < command.title.size()) found.letters.push_back(letter);
        }
      }
    }
    found.score += std::max(newness, 0.0);
    found_.push_back(std::move(found));
  }
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Found &one, const Found &other) { return one.score > other.score; });
}

void Palette::run(Context &context, const std::string &name, const std::string &argument) {
  auto names = recent(context);
  names.erase(std::remove(names.begin(), names.end(), name), names.end());
  names.insert(names.begin(), name);
  if (names.size() > most_recent) names.resize(most_recent);
  std::string text;
  for (const auto &one : names) text += (text.empty() ? "" : " ") + one;
  context.settings.more[recent_setting] = text;
  // Closed first: the command may open another overlay, or this one.
  hide(context);
  std::string why;
  if (!context.commands.run(context, name, argument, &why)) context.complain(why);
  context.animate();
}

void Palette::accept(Context &context, std::string_view argument) {
  if (!asking_.empty()) {
    run(context, asking_, std::string(argument));
    return;
  }
  if (found_.empty()) return;
  const auto &command = context.commands.all()[found_[static_cast<size_t>(chosen_)].command];
  if (!command.argument.empty() && argument.empty()) {
    asking_ = command.name;
    argument_.clear();
    focus_ = true;
    context.animate();
    return;
  }
  run(context, command.name, std::string(argument));
}

void Palette::draw(Context &context) {
  begin_overlay(context, *this, nullptr, {640, 496}, 0.2F);
  if (asking_.empty()) {
    draw_list(context);
  } else {
    draw_question(context);
  }
  end_overlay();
}

void Palette::draw_list(Context &context) {
  const auto &look = theme();
  if (focus_) {
    ImGui::SetKeyboardFocusHere();
    focus_ = false;
  }
  ImGui::SetNextItemWidth(-1);
  ImGui::PushID(turn_);
  ImGui::InputTextWithHint("##query", "What do you want to do?", &query_);
  ImGui::PopID();
  if (query_ != found_for_) find(context);
  const bool entered = key_pressed(context, "Enter");
  if (key_pressed(context, "Down")) step(1);
  if (key_pressed(context, "Up")) step(-1);
  if (key_pressed(context, "PageDown")) step(8);
  if (key_pressed(context, "PageUp")) step(-8);
  ImGui::Dummy({0, look.px(4)});

  ImGui::BeginChild("##found", {0, 0}, false, ImGuiWindowFlags_NoNav);
  if (found_.empty()) faint_text("No command that can be run now fits this.");
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  const float high = look.px(28);
  if (scroll_to_chosen_) {
    const float top = high * static_cast<float>(chosen_), shown = ImGui::GetWindowHeight();
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    if (top + high > ImGui::GetScrollY() + shown) ImGui::SetScrollY(top + high - shown);
    scroll_to_chosen_ = false;
  }
  int clicked = -1;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(found_.size()), high);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      const auto at = ImGui::GetCursorScreenPos();
      if (invisible_button("##row", {std::max(ImGui::GetContentRegionAvail().x, 1.0F), high})) clicked = i;
      const bool hovered = ImGui::IsItemHovered();
      ImGui::SetCursorScreenPos(at);
      if (hovered && i != chosen_) {
        ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + ImGui::GetContentRegionAvail().x, at.y + high},
                                                  look.raised);
      }
      draw_row(context, found_[static_cast<size_t>(i)], i == chosen_);
      ImGui::Dummy({1, high});
      ImGui::PopID();
    }
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  if (clicked >= 0) chosen_ = clicked;
  if (entered || clicked >= 0) accept(context, {});
}

// Title, group and keys; the letters that were found are marked.
void Palette::draw_row(Context &context, const Found &found, bool chosen) {
  const auto &look = theme();
  const auto &command = context.commands.all()[found.command];
  auto *list = ImGui::GetWindowDrawList();
  const auto at = ImGui::GetCursorScreenPos();
  const float wide = ImGui::GetContentRegionAvail().x, high = look.px(28), pad = look.px(8);
  if (chosen) list->AddRectFilled(at, {at.x + wide, at.y + high}, look.selected);

  float right = at.x + wide - pad;
  const auto chords = context.keys.chords(command.name);
  for (size_t i = std::min<size_t>(chords.size(), 2); i-- > 0;) {
    right -= draw_key(list, {}, chords[i], false);
    draw_key(list, {right, at.y + look.px(5)}, chords[i]);
    right -= look.px(4);
  }
  auto *font = ImGui::GetFont();
  const float size = ImGui::GetFontSize(), y = at.y + std::floor((high - size) / 2);
  const auto group_width =
      font->CalcTextSizeA(size, FLT_MAX, 0, command.group.data(), command.group.data() + command.group.size()).x;
  const auto title = command.title + (command.argument.empty() ? "" : "...");
  const float room = right - at.x - 3 * pad - group_width;
  draw_text(list, {at.x + pad, y}, std::max(room, look.px(40)), look.text, title);
  // Marked from the first letter on: what stands before tells where, as text has no even widths.
  for (const auto letter : found.letters) {
    const auto *begin = title.data();
    const float from = font->CalcTextSizeA(size, FLT_MAX, 0, begin, begin + letter).x;
    const float to = font->CalcTextSizeA(size, FLT_MAX, 0, begin, begin + letter + 1).x;
    if (to > room) break;
    list->AddLine({at.x + pad + from, y + size + look.px(1)}, {at.x + pad + to, y + size + look.px(1)}, look.accent,
                  look.px(2));
  }
  if (room > look.px(60)) {
    draw_text(list, {right - pad - group_width, y}, group_width + look.px(1), look.faint, command.group);
  }
}

void Palette::draw_question(Context &context) {
  const auto *command = context.commands.find(asking_);
  ImGui::TextUnformatted(command->title.c_str());
  ImGui::Dummy({0, theme().px(4)});
  if (focus_) {
    ImGui::SetKeyboardFocusHere();
    focus_ = false;
  }
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##argument", command->argument.c_str(), &argument_);
  ImGui::Dummy({0, theme().px(4)});
  faint_text("Enter runs it, Escape leaves it.");
  if (key_pressed(context, "Enter")) accept(context, std::string(argument_));
}

void Palette::describe(const Context &context, nlohmann::json &json) const {
  json["query"] = query_;
  json["asking"] = asking_;
  json["chosen"] = chosen_;
  json["count"] = found_.size();
  auto &found = json["found"] = nlohmann::json::array();
  for (size_t i = 0; i < std::min<size_t>(found_.size(), 20); ++i) {
    found.push_back(context.commands.all()[found_[i].command].name);
  }
}

}  // namespace

void add_palette(Context &context) {
  auto &palette = context.interface.add_overlay<Palette>();
  const auto show = [&palette](Context &now, std::string_view argument) {
    if (palette.open && argument.empty()) {
      palette.hide(now);
    } else {
      palette.show(now, argument);
    }
  };
  const auto step = [&palette](Context &, std::string_view argument) { palette.step(argument == "-1" ? -1 : 1); };
  const auto accept = [&palette](Context &now, std::string_view argument) { palette.accept(now, argument); };
  const auto while_open = [&palette](const Context &) { return palette.open; };
  context.commands.add({"palette", "Find a command", "Help", "", "LETTERS", show, nullptr, nullptr});
  context.commands.add({"palette-step", "Next command in the palette", "", "", "1 or -1", step, while_open, nullptr});
  context.commands.add(
      {"palette-run", "Run the command of the palette", "", "", "ITS ARGUMENT", accept, while_open, nullptr});
}

}  // namespace kalon::viewer
