#include "shell/layout.h"

#include <algorithm>
#include <filesystem>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "commands/wording.h"
#include "library/decisions.h"
#include "library/opening.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr ImGuiWindowFlags fixed = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                   ImGuiWindowFlags_NoNavInputs | ImGuiWindowFlags_NoNavFocus;
constexpr double notice_seconds = 6;

// ---- menus

void draw_menu_item(Context &context, const Command &command) {
  bool possible = !command.enabled || command.enabled(context);
  bool checked = command.checked && command.checked(context);
  auto chords = context.keys.chords(command.name);
  if (ImGui::MenuItem(command.title.c_str(), chords.empty() ? nullptr : chords.front().c_str(), checked, possible))
    context.commands.run(context, command.name, {});
}

// Groups of commands share a menu where they are about the same thing; a group that is named nowhere has its own.
struct Menu {
  const char *title;
  std::vector<std::string_view> groups;
};

const std::vector<Menu> &menus() {
  static const std::vector<Menu> all{{"File", {"File", "Files"}},
                                     {"Edit", {"Edit", "Stacks"}},
                                     {"Photo", {"Rating", "Label"}},
                                     {"Go", {"Go"}},
                                     {"Show", {"View", "Sort", "Filter"}},
                                     {"Look", {"Zoom", "Loupe", "Compare"}},
                                     {"Arrange", {"Visual order", "Map", "Groups"}},
                                     {"Judge", {"Rank", "Scores"}},
                                     {"Tasks", {"Tasks"}},
                                     {"Window", {"Panels", "Window"}},
                                     {"Help", {"Help"}}};
  return all;
}

void draw_group(Context &context, std::string_view group) {
  auto view = context.interface.current() ? context.interface.current()->name() : std::string_view();
  for (const auto &command : context.commands.all())
    // What needs an argument is asked for by the palette.
    if (command.group == group && (command.view.empty() || command.view == view) && command.argument.empty())
      draw_menu_item(context, command);
}

bool has_items(const Context &context, std::string_view group) {
  auto view = context.interface.current() ? context.interface.current()->name() : std::string_view();
  return std::ranges::any_of(context.commands.all(), [&](const Command &command) {
    return command.group == group && (command.view.empty() || command.view == view) && command.argument.empty();
  });
}

float draw_menus(Context &context) {
  float height = 0;
  if (!ImGui::BeginMainMenuBar()) return height;
  std::vector<std::string_view> placed;
  for (const auto &menu : menus()) {
    placed.insert(placed.end(), menu.groups.begin(), menu.groups.end());
    if (!ImGui::BeginMenu(menu.title)) continue;
    bool first = true;
    for (auto group : menu.groups) {
      if (!has_items(context, group)) continue;
      if (!first) ImGui::Separator();
      // The name of a group where several share the menu.
      if (menu.groups.size() > 1 && group != menu.title) faint_text(group);
      first = false;
      draw_group(context, group);
    }
    ImGui::EndMenu();
  }
  for (const auto &command : context.commands.all()) {
    if (command.group.empty() || std::ranges::find(placed, command.group) != placed.end()) continue;
    placed.push_back(command.group);
    if (ImGui::BeginMenu(command.group.c_str())) {
      draw_group(context, command.group);
      ImGui::EndMenu();
    }
  }
  height = ImGui::GetWindowHeight();
  ImGui::EndMainMenuBar();
  return height;
}

// ---- panels at a side

float stored(Context &context, const std::string &name, float standard) {
  auto found = context.settings.more.find(name);
  if (found == context.settings.more.end()) return standard;
  char *end = nullptr;
  float value = std::strtof(found->second.c_str(), &end);
  return end != found->second.c_str() && std::isfinite(value) ? value : standard;
}

std::vector<Panel *> open_panels(Context &context, Side side) {
  std::vector<Panel *> open;
  auto view = context.interface.current() ? context.interface.current()->name() : std::string_view();
  for (const auto &panel : context.interface.panels)
    if (panel->open && panel->side() == side && panel->belongs(view)) open.push_back(panel.get());
  return open;
}

// A thin line that is dragged to make a side wider; gives its new size.
float drag_edge(const char *id, const Area &line, bool vertical, float size, float sign) {
  ImGui::SetNextWindowPos(line.min);
  ImGui::SetNextWindowSize({line.width(), line.height()});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme().background);
  ImGui::Begin(id, nullptr, fixed | ImGuiWindowFlags_NoScrollWithMouse);
  invisible_button("edge", {line.width(), line.height()});
  if (ImGui::IsItemActive()) size += sign * (vertical ? ImGui::GetIO().MouseDelta.x : ImGui::GetIO().MouseDelta.y);
  if (ImGui::IsItemActive() || ImGui::IsItemHovered())
    ImGui::GetWindowDrawList()->AddRectFilled(line.min, line.max, theme().line);
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
  return size;
}

void draw_panels(Context &context, const char *id, const Area &area, const std::vector<Panel *> &panels) {
  ImGui::SetNextWindowPos(area.min);
  ImGui::SetNextWindowSize({area.width(), area.height()});
  ImGui::Begin(id, nullptr, fixed);
  if (ImGui::BeginTabBar("panels", ImGuiTabBarFlags_FittingPolicyResizeDown)) {
    for (auto *panel : panels) {
      bool open = true;
      // A panel that was just opened comes to the front.
      bool fresh = context.fresh_panel == panel->name();
      if (fresh) context.fresh_panel.clear();
      auto title = std::string(panel->title()) + "###" + std::string(panel->name());
      if (ImGui::BeginTabItem(title.c_str(), &open, fresh ? ImGuiTabItemFlags_SetSelected : ImGuiTabItemFlags_None)) {
        ImGui::BeginChild("inside", {0, 0}, false);
        panel->draw(context);
        ImGui::EndChild();
        ImGui::EndTabItem();
      }
      if (!open) panel->open = false;
    }
    ImGui::EndTabBar();
  }
  ImGui::End();
}

// ---- what is said

void draw_status(Context &context, const Area &area) {
  const auto &theme = viewer::theme();
  ImGui::SetNextWindowPos(area.min);
  ImGui::SetNextWindowSize({area.width(), area.height()});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {theme.px(8), theme.px(3)});
  ImGui::Begin("status", nullptr, fixed | ImGuiWindowFlags_NoScrollWithMouse);
  auto *list = ImGui::GetWindowDrawList();
  float y = area.min.y + (area.height() - theme.regular->FontSize) / 2;
  std::string text = count_text(context.shown.items().size());
  // Those that went to the trash are no photos any more, unless they are wanted on the screen.
  size_t all = std::max(context.shown.counts().present, context.shown.items().size());
  if (context.shown.items().size() != all) text += " of " + count_text(all);
  text += all == 1 ? " photo" : " photos";
  if (size_t selected = context.shown.selected_count(); selected > 1)
    text += "   " + count_text(selected) + " selected";
  if (!context.session.library())
    text += "   no library: nothing is stored";
  else if (context.session.read_only())
    text += "   read-only";
  if (context.opening.loading()) text += "   reading …";
  float half = area.width() / 2 - theme.px(8);
  draw_text(list, {area.min.x + theme.px(8), y}, half, context.session.library() ? theme.faint : theme.warning, text);
  if (!context.session.library() && ImGui::IsWindowHovered())
    ImGui::SetTooltip("%s", said_here(context.commands, context.keys, context.session.failure()).c_str());
  // At the right the job that runs, or what undo would take back.
  std::string right;
  for (const auto &job : context.jobs.all()) {
    if (!job.running) continue;
    right = job.title;
    if (job.total > 0)
      right += "   " + count_text(job.done) + " of " + count_text(job.total);
    else if (job.done > 0)
      right += "   " + count_text(job.done);
    if (job.seconds_left() > 0) right += "   " + duration_text(job.seconds_left()) + " left";
    break;
  }
  if (right.empty() && context.decisions.can_undo()) right = "Undo: " + context.decisions.undo_text();
  float wide = theme.regular->CalcTextSizeA(theme.regular->FontSize, FLT_MAX, 0, right.c_str()).x;
  float left = std::max(area.min.x + area.width() / 2, area.max.x - theme.px(8) - wide);
  draw_text(list, {left, y}, area.max.x - theme.px(8) - left, theme.faint, right);
  ImGui::End();
  ImGui::PopStyleVar();
}

void draw_notices(Context &context, const Area &area) {
  const auto &theme = viewer::theme();
  auto *list = ImGui::GetForegroundDrawList();
  float bottom = area.max.y - theme.px(16);
  int problems = 0, news = 0;
  for (const auto &notice : context.notices) {
    if (context.now - notice.time > notice_seconds) break;
    // The newest news alone: they lie over the pictures.
    if (notice.problem ? ++problems > 2 : ++news > 1) continue;
    float most = std::min(area.width() - theme.px(64), theme.px(640));
    auto text = notice.text;
    auto size =
        theme.regular->CalcTextSizeA(theme.regular->FontSize, most, most, text.data(), text.data() + text.size());
    Area box{{std::round((area.min.x + area.max.x - size.x) / 2) - theme.px(12), bottom - size.y - theme.px(16)}, {}};
    box.max = {box.min.x + size.x + theme.px(24), bottom};
    list->AddRectFilled(box.min, box.max, theme.raised, theme.px(3));
    list->AddRect(box.min, box.max, notice.problem ? theme.reject : theme.line, theme.px(3));
    list->AddText(theme.regular, theme.regular->FontSize, {box.min.x + theme.px(12), box.min.y + theme.px(8)},
                  theme.text, text.data(), text.data() + text.size(), most);
    bottom = box.min.y - theme.px(8);
    context.draw_again_at(notice.time + notice_seconds + 0.01);
  }
}

void draw_view(Context &context, const Area &area) {
  ImGui::SetNextWindowPos(area.min);
  ImGui::SetNextWindowSize({area.width(), area.height()});
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme().background);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::Begin("view", nullptr, fixed | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar();
  if (context.catalogue.count() == 0)
    draw_welcome(context, area);
  else if (auto *view = context.interface.current())
    view->draw(context, area);
  ImGui::End();
  ImGui::PopStyleColor();
}

}  // namespace

void draw_welcome(Context &context, const Area &area) {
  const auto &theme = viewer::theme();
  std::string title, text;
  if (!context.session.failure().empty()) {
    title = "The library cannot be opened";
    text = said_here(context.commands, context.keys, context.session.failure());
  } else if (context.opening.loading()) {
    title = "Reading …";
  } else if (!context.opening.paths().empty()) {
    title = "No pictures here";
    std::error_code error;
    const auto &path = context.opening.paths().front();
    text = shown_text(path) + (std::filesystem::exists(path, error) ? " holds none that can be shown."
                                                                    : " is not there, or not any more.");
  } else {
    title = "No pictures yet";
    text = "Drop a folder onto this window, or choose one.";
  }
  float width = std::min(theme.px(560), area.width() - theme.px(48));
  ImGui::SetCursorScreenPos(
      {std::round((area.min.x + area.max.x - width) / 2), std::round(area.min.y + area.height() * 0.38f)});
  ImGui::BeginGroup();
  ImGui::PushFont(theme.large);
  ImGui::TextUnformatted(title.c_str());
  ImGui::PopFont();
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
  if (!text.empty()) ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  if (!context.opening.loading() && context.commands.find("open-dialog")) {
    ImGui::Dummy({0, theme.px(8)});
    command_button(context, "open-dialog", "Open a folder …");
  }
  ImGui::EndGroup();
}

void draw_layout(Context &context, bool lights_out) {
  const auto &theme = viewer::theme();
  auto display = ImGui::GetIO().DisplaySize;
  Area area{{0, 0}, display};
  if (!lights_out) {
    area.min.y += draw_menus(context);
    float line = ImGui::GetFrameHeight() + theme.px(8);
    for (auto *panel : open_panels(context, Side::top)) {
      ImGui::SetNextWindowPos(area.min);
      ImGui::SetNextWindowSize({area.width(), line});
      ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {theme.px(8), theme.px(4)});
      // A window is 32 pixels high at least otherwise, and hides the first lines of the view.
      ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
      ImGui::Begin(std::string(panel->name()).c_str(), nullptr, fixed | ImGuiWindowFlags_NoScrollWithMouse);
      panel->draw(context);
      ImGui::End();
      ImGui::PopStyleVar(2);
      area.min.y += line;
    }
    Area status{{area.min.x, area.max.y - theme.px(24)}, area.max};
    area.max.y = status.min.y;
    auto side_area = [&](Side side, const char *id, float standard, float sign) {
      auto panels = open_panels(context, side);
      if (panels.empty()) return;
      bool vertical = side != Side::bottom;
      auto name = std::string("side.") + id;
      float most = (vertical ? area.width() : area.height()) * 0.6f, edge = theme.px(4);
      float size = std::clamp(theme.px(stored(context, name, standard)), theme.px(120), std::max(theme.px(120), most));
      Area panel = area, grip = area;
      if (side == Side::right) {
        panel.min.x = area.max.x - size;
        grip.min.x = panel.min.x - edge, grip.max.x = panel.min.x;
        area.max.x = grip.min.x;
      } else if (side == Side::left) {
        panel.max.x = area.min.x + size;
        grip.min.x = panel.max.x, grip.max.x = panel.max.x + edge;
        area.min.x = grip.max.x;
      } else {
        panel.min.y = area.max.y - size;
        grip.min.y = panel.min.y - edge, grip.max.y = panel.min.y;
        area.max.y = grip.min.y;
      }
      draw_panels(context, id, panel, panels);
      float changed = drag_edge((name + ".edge").c_str(), grip, vertical, size, sign);
      if (changed != size) context.settings.more[name] = std::to_string(std::lround(changed / theme.scale));
    };
    side_area(Side::bottom, "bottom", 220, -1);
    side_area(Side::left, "left", 260, 1);
    side_area(Side::right, "right", 300, -1);
    draw_status(context, status);
  }
  draw_view(context, area);
  draw_notices(context, area);
}

void draw_overlays(Context &context) {
  for (const auto &overlay : context.interface.overlays)
    if (overlay->open) overlay->draw(context);
}

}  // namespace kalon::viewer
