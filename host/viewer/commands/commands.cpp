#include "commands/commands.h"

#include <stdexcept>
#include <utility>

#include "shell/context.h"

namespace kalon::viewer {

void Commands::add(Command command) {
  if (!at_.emplace(command.name, commands_.size()).second)
    throw std::logic_error("two commands are called " + command.name);
  commands_.push_back(std::move(command));
}

const Command *Commands::find(std::string_view name) const {
  auto found = at_.find(std::string(name));
  return found == at_.end() ? nullptr : &commands_[found->second];
}

bool Commands::run(Context &context, std::string_view name, std::string_view argument, std::string *why) {
  const auto *command = find(name);
  if (!command) {
    if (why) *why = "there is no command " + std::string(name);
    return false;
  }
  if (command->enabled && !command->enabled(context)) {
    if (why) *why = command->title + " is not possible now";
    return false;
  }
  try {
    command->run(context, argument);
  } catch (const std::exception &error) {
    // What one command stumbles over ends nothing.
    context.complain(command->title + ": " + error.what());
    if (why) *why = error.what();
    return false;
  }
  return true;
}

}  // namespace kalon::viewer
