// The commands that tell of plugins and models, and take in a user's own.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

// A command by itself that lists, with commands below it.
CLI::App *listing(CommandSet &set, const char *name, const char *help, Access access, const char *method) {
  auto *group = set.app().add_subcommand(name, help);
  group->require_subcommand(0, 1);
  group->final_callback([&set, group, access, method] {
    if (!group->get_subcommands().empty()) return;
    set.invocation().method = method;
    set.invocation().access = access;
    set.invocation().parameters = "{}";
  });
  return group;
}

std::string given(const std::string &value, const char *what) {
  if (value.empty()) usage_error(std::string(what) + " takes a name, not an empty one");
  return value;
}

void add_plugins(CommandSet &set) {
  auto *group = listing(set, "plugins", "List decoders and models, and why one is not used", Access::none, "plugins");
  auto id = std::make_shared<std::string>();
  auto *release = set.command(*group, "release", "Let a plugin work again that was put into quarantine", Access::none,
                              "release_plugin", [id] {
                                return json{{"plugin", given(*id, "ID")}};
                              });
  release->add_option("ID", *id, "Its id, as listed")->required();
  group->footer(
      "Plugins from outside the install folder run in processes of their own. One that crashes or hangs again and\n"
      "again is put into quarantine: it is not used until it is released, or its file changes.");
}

void add_models(CommandSet &set) {
  auto *group = listing(set, "models", "List the models and imported vectors that pictures can be compared by",
                        Access::if_there, "models");
  auto script = std::make_shared<std::string>(), python = std::make_shared<std::string>();
  auto *add =
      set.command(*group, "add", "Make a Python script of yours a model", Access::none, "add_model", [script, python] {
        json parameters{{"script", uri(*script)}};
        if (!python->empty()) parameters["interpreter"] = uri(*python);
        return parameters;
      });
  add->add_option("SCRIPT", *script, "A class with describe() and embed(pictures)")->required();
  add->add_option("--python", *python, "The Python that runs it (default: python3, as your shell finds it)");
  add->footer(
      "    class Model:\n"
      "        def describe(self):\n"
      "            return {\"input\": (64, 64), \"dimension\": 3}\n"
      "        def embed(self, pictures):           # NumPy, N x 64 x 64 x 3, uint8\n"
      "            return pictures.mean(axis=(1, 2))\n"
      "\n"
      "The script stays where it is and runs in processes of its own, with your PyTorch, JAX or whatever it imports.\n"
      "It is tried on a few made-up pictures first. Then `kalon index DIR --model ID` and `kalon sort DIR --model ID`\n"
      "use it. Edits of the script are noticed when it is used; when only its weights changed, add it again.");
  auto model = std::make_shared<std::string>();
  auto *remove = set.command(*group, "remove", "Forget a model that was added; its vectors stay", Access::none,
                             "remove_model", [model] {
                               return json{{"model", given(*model, "ID")}};
                             });
  remove->add_option("ID", *model, "The model's id")->required();
}

void plugin_row(const json &row, const Invocation &) {
  std::string formats;
  for (const auto &format : row.value("formats", json::array()))
    formats += (formats.empty() ? "" : " ") + text(format, "name");
  std::printf("%-24s %-8s %-11s  %s\n", text(row, "id").c_str(), text(row, "kind").c_str(), text(row, "state").c_str(),
              row.contains("reason") ? text(row, "reason").c_str()
              : formats.empty()      ? text(row, "summary").c_str()
                                     : formats.c_str());
}

void released_summary(const json &summary, const Invocation &, uint64_t) {
  line(text(summary, "released") +
       (summary.value("was_in_quarantine", false) ? " may work again" : " was not in quarantine"));
}

void model_row(const json &row, const Invocation &) {
  if (row.value("imported", false))
    return line(text(row, "id") + "  imported: " + plural(count(row, "vectors"), "vector", "vectors") + " of " +
                plural(count(row, "dimension"), "value", "values") + ", " + text(row, "metric"));
  std::printf("%s%s  %sx%s -> ", text(row, "id").c_str(), row.value("default", false) ? " (default)" : "",
              text(row, "input_width").c_str(), text(row, "input_height").c_str());
  for (const auto &output : row.value("outputs", json::array()))
    std::printf("%s %s[%s]  ", text(output, "kind").c_str(), text(output, "name").c_str(),
                text(output, "dimension").c_str());
  std::printf("\n  %s\n", text(row, "summary").c_str());
  if (row.contains("script_path")) line("  " + text(row, "script_path") + ", run by " + text(row, "interpreter"));
}

void added_summary(const json &summary, const Invocation &, uint64_t) {
  auto id = text(summary, "model");
  if (summary.contains("replaced_path"))
    line("In place of " + text(summary, "replaced_path") + ", which had this model before");
  line("Added the model " + id + ": " + text(summary, "input_width") + "x" + text(summary, "input_height") + " -> " +
       plural(count(summary, "dimension"), "value", "values") + ", run by " + text(summary, "interpreter"));
  line("Use it with --model " + id + ", as in: kalon index DIR --model " + id + " && kalon sort DIR --model " + id +
       " --to FOLDER");
}

void removed_summary(const json &summary, const Invocation &, uint64_t) {
  line("Forgot the model " + text(summary, "removed") + "; its vectors stay in the libraries that have them");
}

}  // namespace

void add_plugin_commands(CommandSet &commands) {
  add_plugins(commands);
  add_models(commands);
}

void add_plugin_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["plugins"] = {plugin_row, nullptr, true};
  renderers["release_plugin"] = {nullptr, released_summary};
  renderers["models"] = {model_row, nullptr, true};
  renderers["add_model"] = {nullptr, added_summary};
  renderers["remove_model"] = {nullptr, removed_summary};
}

}  // namespace kalon::cli
