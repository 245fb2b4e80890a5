// The help sheet: every key there is, on one page.

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

#include <imgui/imgui.h>
#include <nlohmann/json.hpp>

#include "commands/help_sheet_columns.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/overlay_window.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

class HelpSheet : public Overlay {
 public:
  std::string_view name() const override { return "help"; }
  void show(Context &context, std::string_view) override {
    close_others(context, *this);
    collect(context);
    open = true;
  }
  void draw(Context &context) override;
  void describe(const Context &, nlohmann::json &json) const override;

 private:
  struct Row {
    std::string title;
    std::vector<std::string> chords;
  };
  struct Section {
    std::string title;
    std::vector<Row> rows;
  };
  void collect(const Context &context);
  void add_section(const Context &context, std::string title, std::string_view view, std::string_view group);
  float draw_section(const Section &section, ImVec2 at, float width) const;
  struct Block {
    std::vector<float> heights;
    std::vector<size_t> column_of;
    float height = 0;
  };
  Block block(size_t begin, size_t end, size_t columns) const;
  void draw_block(const Block &block, size_t begin, size_t columns, float width) const;

  std::vector<Section> sections_;
  size_t elsewhere_ = 0;  // from there on keys of other views
  bool fits_ = true;      // all keys that do something here are seen at once
};

// group: empty: all groups.
void HelpSheet::add_section(const Context &context, std::string title, std::string_view view, std::string_view group) {
  Section section{std::move(title), {}};
  const auto *current = context.interface.current();
  for (const auto &command : context.commands.all()) {
    if (command.view != view || (!group.empty() && command.group != group)) continue;
    auto chords = context.keys.chords(command.name);
    // What the present view has for itself, the others do not get here.
    if (view.empty() && current != nullptr) {
      std::erase_if(chords, [&](const std::string &chord) {
        return context.keys.command(context.commands, chord, current->name()) != &command;
      });
    }
    if (!chords.empty()) section.rows.push_back({command.title, std::move(chords)});
  }
  if (!section.rows.empty()) sections_.push_back(std::move(section));
}

void HelpSheet::collect(const Context &context) {
  sections_.clear();
  const auto *current = context.interface.current();
  if (current != nullptr) add_section(context, std::string(current->title()) + " (this view)", current->name(), {});
  std::vector<std::string> groups;
  for (const auto &command : context.commands.all()) {
    if (std::find(groups.begin(), groups.end(), command.group) == groups.end()) groups.push_back(command.group);
  }
  for (const auto &group : groups) {
    if (!group.empty()) add_section(context, group, {}, group);
  }
  elsewhere_ = sections_.size();
  for (const auto &view : context.interface.views) {
    if (view.get() != current) add_section(context, "In " + std::string(view->title()), view->name(), {});
  }
}

constexpr float row_height = 19, heading_height = 22, key_column = 92, gap_between = 16, gap_below = 10;

// Keys in a narrow column, what they do beside them. Gives its height; at scale 1.
float HelpSheet::draw_section(const Section &section, ImVec2 at, float width) const {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  draw_text(list, at, width, look.accent, section.title);
  float y = at.y + look.px(heading_height);
  for (const auto &row : section.rows) {
    float x = at.x;
    const float keys_end = at.x + look.px(key_column);
    for (const auto &chord : row.chords) {
      const float wide = draw_key(list, {}, chord, false);
      if (x > at.x && x + wide > keys_end) break;
      draw_key(list, {x, y}, chord);
      x += wide + look.px(3);
    }
    const float text_at = std::max(keys_end, x) + look.px(4);
    draw_text(list, {text_at, y + look.px(1)}, at.x + width - text_at, look.text, row.title);
    y += look.px(row_height);
  }
  return y - at.y;
}

HelpSheet::Block HelpSheet::block(size_t begin, size_t end, size_t columns) const {
  Block made;
  for (size_t i = begin; i < end; ++i) {
    made.heights.push_back(heading_height + row_height * static_cast<float>(sections_[i].rows.size()));
  }
  made.column_of = in_columns(made.heights, columns, gap_below);
  made.height = columns_height(made.heights, made.column_of, gap_below);
  return made;
}

void HelpSheet::draw_block(const Block &block, size_t begin, size_t columns, float width) const {
  const auto &look = theme();
  const auto corner = ImGui::GetCursorScreenPos();
  const float wide = std::floor(width / static_cast<float>(columns));
  float y = 0;
  for (size_t i = 0; i < block.heights.size(); ++i) {
    if (i > 0 && block.column_of[i] != block.column_of[i - 1]) y = 0;
    const ImVec2 at{corner.x + wide * static_cast<float>(block.column_of[i]), corner.y + y};
    y += draw_section(sections_[begin + i], at, wide - look.px(gap_between)) + look.px(gap_below);
  }
  ImGui::Dummy({1, look.px(block.height)});
}

void HelpSheet::draw(Context &context) {
  const auto &look = theme();
  const auto screen = ImGui::GetIO().DisplaySize;
  // As wide as it needs: columns of readable width, as many as the sections can use.
  const float least_width = 300, most_width = 348;
  const float room = screen.x / look.scale - 64;
  const auto most_columns = std::min<size_t>(5, std::max<size_t>(1, elsewhere_));
  const auto columns = std::clamp<size_t>(static_cast<size_t>(room / least_width), 1, most_columns);
  const auto here = block(0, elsewhere_, columns), elsewhere = block(elsewhere_, sections_.size(), columns);
  const float between = elsewhere.heights.empty() ? 0 : 32;
  const float width = std::min(room, most_width * static_cast<float>(columns)) + 32;
  begin_overlay(context, *this, "Keys", {width, here.height + between + elsewhere.height + 112});

  const float footer = ImGui::GetFrameHeightWithSpacing() + look.px(4);
  ImGui::BeginChild("##sections", {0, -footer}, false, ImGuiWindowFlags_NoNav);
  const float wide = ImGui::GetContentRegionAvail().x;
  fits_ = ImGui::GetWindowHeight() >= look.px(here.height);
  draw_block(here, 0, columns, wide);
  if (between > 0) {
    ImGui::Dummy({1, look.px(4)});
    ImGui::Separator();
    ImGui::Dummy({1, look.px(4)});
    draw_block(elsewhere, elsewhere_, columns, wide);
  }
  if (key_pressed(context, "Down")) ImGui::SetScrollY(ImGui::GetScrollY() + look.px(3 * row_height));
  if (key_pressed(context, "Up")) ImGui::SetScrollY(ImGui::GetScrollY() - look.px(3 * row_height));
  if (key_pressed(context, "PageDown")) ImGui::SetScrollY(ImGui::GetScrollY() + ImGui::GetWindowHeight());
  if (key_pressed(context, "PageUp")) ImGui::SetScrollY(ImGui::GetScrollY() - ImGui::GetWindowHeight());
  ImGui::EndChild();

  if (sections_.empty()) faint_text("No keys are set. Change keys gives them back.");
  ImGui::Dummy({0, 0});
  command_button(context, "palette");
  ImGui::SameLine();
  command_button(context, "keys");
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  faint_text("Escape closes this page, Page down shows the keys of other views.");
  end_overlay();
}

void HelpSheet::describe(const Context &, nlohmann::json &json) const {
  auto &sections = json["sections"] = nlohmann::json::array();
  for (const auto &section : sections_) {
    auto rows = nlohmann::json::object();
    for (const auto &row : section.rows) rows[row.title] = row.chords;
    sections.push_back({{"title", section.title}, {"rows", std::move(rows)}});
  }
  json["fits"] = fits_;
}

}  // namespace

void add_help(Context &context) {
  auto &sheet = context.interface.add_overlay<HelpSheet>();
  const auto toggle = [&sheet](Context &now, std::string_view argument) {
    if (sheet.open) {
      sheet.hide(now);
    } else {
      sheet.show(now, argument);
    }
  };
  context.commands.add({"help", "All keys", "Help", "", "", toggle, nullptr, nullptr});
}

}  // namespace kalon::viewer
