// Commands about what the window shows: views, panels, theme.

#include <charconv>
#include <string>

#include "shell/context.h"
#include "shell/parts.h"

namespace kalon::viewer {

void add_window_commands(Context &context) {
  auto &commands = context.commands;
  commands.add({.name = "back",
                .title = "Back to where you came from",
                .group = "View",
                .run = [](Context &at, std::string_view) {
                  auto view = at.interface.current() ? at.interface.current()->name() : std::string_view();
                  at.interface.show(at, view == "grid" ? view : "grid");
                }});
  commands.add({.name = "lights-out",
                .title = "Pictures alone",
                .group = "View",
                .run = [](Context &at, std::string_view) { at.lights_out = !at.lights_out; },
                .checked = [](const Context &at) { return at.lights_out; }});
  commands.add({.name = "theme-dark",
                .title = "Dark theme",
                .group = "Window",
                .run = [](Context &at, std::string_view) { at.settings.theme = "dark"; },
                .checked = [](const Context &at) { return at.settings.theme == "dark"; }});
  commands.add({.name = "theme-light",
                .title = "Light theme",
                .group = "Window",
                .run = [](Context &at, std::string_view) { at.settings.theme = "light"; },
                .checked = [](const Context &at) { return at.settings.theme == "light"; }});
  auto scale = [&](const char *name, const char *title, double factor) {
    commands.add({.name = name, .title = title, .group = "Window", .run = [factor](Context &at, std::string_view) {
                    double to = factor == 0 ? 1 : at.settings.interface_scale * factor;
                    if (to >= 0.5 && to <= 4) at.settings.interface_scale = to;
                  }});
  };
  scale("scale-up", "Larger text and controls", 1.1);
  scale("scale-down", "Smaller text and controls", 1 / 1.1);
  scale("scale-reset", "Text and controls as the screen has them", 0);
  commands.add({.name = "panel",
                .title = "Show or hide a panel",
                .argument = "NAME",
                .run = [](Context &at, std::string_view name) {
                  auto *panel = at.interface.panel(name);
                  if (!panel) return at.complain("There is no panel " + shown_text(name));
                  panel->open = !panel->open;
                  if (panel->open) at.fresh_panel = name;
                }});
  commands.add({.name = "panels",
                .title = "Hide or show all panels",
                .group = "View",
                .run = [hidden = std::vector<std::string>()](Context &at, std::string_view) mutable {
                  std::vector<std::string> open;
                  for (const auto &panel : at.interface.panels)
                    if (panel->open && panel->side() != Side::top) open.emplace_back(panel->name());
                  if (!open.empty()) {
                    for (const auto &name : open) at.interface.panel(name)->open = false;
                    hidden = open;
                    return;
                  }
                  if (hidden.empty()) hidden = {"information"};
                  for (const auto &name : hidden)
                    if (auto *panel = at.interface.panel(name)) panel->open = true;
                }});
}

}  // namespace kalon::viewer
