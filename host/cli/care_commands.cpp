// The commands that take back what was done, and care for the library's health.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {
namespace {

void add_undo(CommandSet &set) {
  auto forget = std::make_shared<bool>(false);
  auto action = std::make_shared<std::string>();
  auto operation = std::make_shared<uint64_t>(0);
  auto *sub = set.command("undo", "Take back the last folder made or decision taken", Access::write, "undo", [=] {
    json parameters = json::object();
    if (*forget) parameters["forget"] = true;
    if (!action->empty()) parameters["action"] = *action;
    if (*operation > 0) parameters["operation"] = *operation;
    return parameters;
  });
  auto *decision =
      sub->add_option("--action", *action,
                      "A certain one instead of the last, as `kalon history` names it; that of an undo brings back")
          ->type_name("ID");
  sub->add_option("--operation", *operation, "A certain work on files instead of the last, by its number there")
      ->type_name("N")
      ->transform(whole_number(1, uint64_t{1} << 53))
      ->excludes(decision);
  sub->add_flag("--forget", *forget, "Only take it off the list; no file is touched");
  sub->footer(
      "Of a folder only files that are still what was made are removed: a link to its source, an unchanged copy. What\n"
      "went to the trash comes back, and copies that were linked together become files of their own again; what "
      "cannot\n"
      "come back just now stays on the list. Run it again for that, or to go further back.");
}

void add_doctor(CommandSet &set) {
  auto *sub = set.app().add_subcommand("doctor", "Check, compact or back up the library");
  sub->require_subcommand(0, 1);
  auto action = std::make_shared<std::string>("check");
  sub->add_subcommand("check", "Read every record and cross-reference (default)")->callback([action] {
    *action = "check";
  });
  sub->add_subcommand("compact", "Give unused space back; no other program may have the library open")
      ->callback([action] { *action = "compact"; });
  auto *backup = sub->add_subcommand("backup", "Copy the library, also while others read and write it");
  backup->add_option("DIR", set.to, "A new or empty folder")->required();
  backup->callback([action] { *action = "backup"; });
  sub->final_callback([&set, action] {
    json parameters{{"action", *action}};
    if (!set.to.empty()) parameters["to"] = uri(set.to);
    set.invocation().method = "doctor";
    set.invocation().access = *action == "compact" ? Access::write : Access::read;
    set.invocation().parameters = dumped(parameters);
  });
}

}  // namespace

void add_care_commands(CommandSet &commands) {
  add_undo(commands);
  add_doctor(commands);
}

}  // namespace kalon::cli
