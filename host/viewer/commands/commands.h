#pragma once
// The one table of everything a person can ask the viewer to do. Keys, menus, the palette, the help sheet and scripts
// are made from it.

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kalon::viewer {

struct Context;

// Where a command's key works. A key may do one thing everywhere and another in one view, which then wins.
struct Command {
  std::string name{};      // "rate-3": for scripts, key maps and settings
  std::string title{};     // "Three stars": for menus, the palette and the help sheet
  std::string group{};     // "Rating": menus and the help sheet are divided by it
  std::string view{};      // the view that it belongs to; empty: all
  std::string argument{};  // what it takes, for people: "FILE"; empty: nothing
  std::function<void(Context &, std::string_view argument)> run{};
  std::function<bool(const Context &)> enabled{};  // null: always
  std::function<bool(const Context &)> checked{};  // null: it is no switch
  bool while_held = false;                         // run again, with the argument "released", when its key is let go
};

class Commands {
 public:
  // The name must be new.
  void add(Command command);
  const Command *find(std::string_view name) const;
  const std::vector<Command> &all() const { return commands_; }
  // False when there is none of this name, or it is not enabled now; `why` says so.
  bool run(Context &context, std::string_view name, std::string_view argument, std::string *why = nullptr);

 private:
  std::vector<Command> commands_;
  std::unordered_map<std::string, size_t> at_;
};

}  // namespace kalon::viewer
