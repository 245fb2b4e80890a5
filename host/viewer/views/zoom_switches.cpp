#include "views/zoom_switches.h"

#include "shell/context.h"

namespace kalon::viewer {

bool is_on(const Context &context, const Switch &which) {
  auto found = context.settings.more.find(which.setting);
  return found == context.settings.more.end() ? which.usually : found->second == "on";
}

void add_switch(Context &context, const Switch &which) {
  Command command;
  command.name = which.command;
  command.title = which.title;
  command.group = which.group;
  command.view = which.view;
  command.run = [which](Context &to, std::string_view argument) {
    auto on = argument == "on" || (argument != "off" && !is_on(to, which));
    to.settings.more[which.setting] = on ? "on" : "off";
    to.animate();
  };
  command.checked = [which](const Context &of) { return is_on(of, which); };
  context.commands.add(std::move(command));
}

}  // namespace kalon::viewer
