#include "command_set.h"

#include <CLI/CLI.hpp>
#include <kalon/kalon.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <utility>

#include "usage.h"

namespace kalon::cli {
namespace {

constexpr const char *where_help =
    "EXPR is as in: width > 4000 and (format = jpeg or rating >= 4) and not name ~ \"IMG_*\" and camera is known\n"
    "Operators: = != < <= > >=, ~ (a pattern of * and ?), is known, is unknown, and, or, not. Text is compared\n"
    "without case; a date may be short: capture_time >= 2024-05.\n"
    "Columns: id photo path name folder stem extension format width height pixels aspect size mtime capture_time\n"
    "indexed_time status vanished excluded flag, any attribute such as rating, label, camera, lens, keywords,\n"
    "caption, and any column of scores.";

}  // namespace

std::string uri(const std::string &path) {
  if (path.empty()) usage_error("an empty path names no file and no folder");
  if (path.rfind("file://", 0) == 0) return path;
  return host::file_uri(std::filesystem::absolute(path).native());
}

json uris(const std::vector<std::string> &paths) {
  json list = json::array();
  for (const auto &path : paths) list.push_back(uri(path));
  return list;
}

std::string dumped(const json &parameters) {
  return parameters.dump(-1, ' ', false, json::error_handler_t::replace);
}

CLI::App *CommandSet::command(const char *name, const char *help, Access access, const char *method,
                              std::function<json()> parameters) {
  return command(app_, name, help, access, method, std::move(parameters));
}

CLI::App *CommandSet::command(CLI::App &parent, const char *name, const char *help, Access access, const char *method,
                              std::function<json()> parameters) {
  auto *sub = parent.add_subcommand(name, help);
  sub->callback([this, access, method, parameters = std::move(parameters)] {
    invocation_.method = method;
    invocation_.access = access;
    invocation_.parameters = dumped(parameters());
  });
  return sub;
}

void CommandSet::add_paths(CLI::App *sub, const char *help) {
  sub->add_option("PATH", paths, help);
}

void CommandSet::add_where(CLI::App *sub) {
  sub->add_option("--where", where,
                  "Only pictures for which EXPR holds, as in: rating >= 4 and format = jpeg; see below")
      // An unset variable of a script must not stand for all pictures.
      ->check([](const std::string &text) {
        bool blank = text.find_first_not_of(" \t\n") == std::string::npos;
        return std::string(blank ? "takes an expression; an empty one chooses nothing" : "");
      })
      ->type_name("EXPR");
  auto footer = sub->get_footer();
  sub->footer(footer.empty() ? where_help : footer + "\n\n" + where_help);
}

void CommandSet::add_model(CLI::App *sub) {
  sub->add_option("--model", model, "Model or imported vectors to compare by; `kalon models` lists them")
      ->type_name("ID");
  sub->add_option("--crop", crop, "How pictures are cut for the model; default: the model's own")
      ->check(one_of({"centre", "squash", "pad", "more_scan"}))
      ->type_name("centre|squash|pad|more_scan");
}

json CommandSet::narrowed() const {
  json parameters = json::object();
  if (!paths.empty()) parameters["paths"] = uris(paths);
  if (!where.empty()) parameters["where"] = where;
  return parameters;
}

void CommandSet::put_model(json &parameters) const {
  if (!model.empty()) parameters["model"] = model;
  if (!crop.empty()) parameters["crop"] = crop;
}

}  // namespace kalon::cli
