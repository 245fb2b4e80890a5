// The commands of what people decide about pictures, and of the history of it.

#include <CLI/CLI.hpp>
#include <kalon/kalon.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <string>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

constexpr const char *files_help = "Files of the library; a pattern of the shell names many: FOLDER/*.jpg";

void add_exclude(CommandSet &set) {
  struct Options {
    std::string reason;
    bool include = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("exclude", "Leave pictures out of orders and searches; the files stay", Access::write,
                          "exclude", [&set, options] {
                            json parameters{{"paths", uris(set.paths)}, {"include", options->include}};
                            if (!options->reason.empty()) parameters["reason"] = options->reason;
                            return parameters;
                          });
  sub->add_option("FILE", set.paths, files_help)->required();
  sub->add_option("--reason", options->reason, "Why, kept with the decision")->type_name("TEXT");
  sub->add_flag("--include", options->include, "Take them in again");
}

void add_flag(CommandSet &set) {
  auto as = std::make_shared<std::string>();
  auto *sub = set.command("flag", "Mark pictures as picked or rejected, or take the mark away", Access::write, "flag",
                          [&set, as] {
                            return json{{"paths", uris(set.paths)}, {"flag", *as}};
                          });
  sub->add_option("FILE", set.paths, files_help)->required();
  sub->add_option("--as", *as, "What they are from now on")
      ->check(one_of({"pick", "reject", "none"}))
      ->type_name("pick|reject|none")
      ->required();
  sub->footer(
      "What was decided last counts, before anything that the files say of themselves; no file is written to.\n"
      "`kalon list --where 'flag = pick'` finds them, `kalon undo` takes the last decision back.");
}

void add_rate(CommandSet &set) {
  auto as = std::make_shared<int64_t>(0);
  auto *sub = set.command("rate", "Give pictures 0 to 5 stars", Access::write, "rate", [&set, as] {
    return json{{"paths", uris(set.paths)}, {"rating", *as}};
  });
  sub->add_option("FILE", set.paths, files_help)->required();
  sub->add_option("--as", *as, "How many stars from now on; 0: none, whatever the files say")
      ->transform(whole_number(0, 5))
      ->type_name("0..5")
      ->required();
  sub->footer(
      "What was decided last counts, before anything that the files say of themselves; no file is written to, and a\n"
      "flag stays as it is. `kalon list --where 'rating >= 4'` finds them, `kalon undo` takes the last decision back.");
}

void add_label(CommandSet &set) {
  struct Options {
    std::string as;
    bool clear = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command("label", "Give pictures a colour label, or take it away", Access::write, "label", [&set, options] {
        if (options->as.empty() != options->clear) usage_error("label needs --as TEXT or --clear");
        return json{{"paths", uris(set.paths)}, {"label", options->as}};
      });
  sub->add_option("FILE", set.paths, files_help)->required();
  sub->add_option("--as", options->as, "The label from now on: red, yellow, green, blue, purple, or any short text")
      ->type_name("TEXT");
  sub->add_flag("--clear", options->clear, "No label from now on, whatever the files say");
  sub->footer(
      "What was decided last counts, before anything that the files say of themselves; no file is written to.\n"
      "`kalon list --where 'label = red'` finds them, `kalon undo` takes the last decision back.");
}

void add_history(CommandSet &set) {
  struct Options {
    int64_t limit = 20;
    std::string before;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command("history", "Tell what was decided and done, the newest first", Access::read, "history", [options] {
        json parameters{{"limit", options->limit}};
        if (!options->before.empty()) parameters["before"] = options->before;
        return parameters;
      });
  sub->add_option("--limit", options->limit, "At most so many; default 20")
      ->transform(whole_number(1, 100000))
      ->type_name("N");
  sub->add_option("--before", options->before, "Go on behind this one, the last of the page before")->type_name("ID");
  sub->footer(
      "`kalon undo --action ID` takes any of the decisions back, and that of an undo brings it back again;\n"
      "`kalon undo --operation N` takes back work on files.");
}

void exclude_summary(const json &summary, const Invocation &, uint64_t) {
  bool back = summary.contains("included");
  line(plural(count(summary, back ? "included" : "excluded"), "picture", "pictures") +
       (back ? " taken in again" : " excluded"));
}

void flag_summary(const json &summary, const Invocation &, uint64_t) {
  auto flag = text(summary, "flag");
  line(plural(count(summary, "flagged"), "picture", "pictures") + (flag == "pick"     ? " picked"
                                                                   : flag == "reject" ? " rejected"
                                                                                      : " without a flag from now on"));
}

void rate_summary(const json &summary, const Invocation &, uint64_t) {
  auto stars = count(summary, "rating");
  line(plural(count(summary, "rated"), "picture", "pictures") +
       (stars == 0 ? " without stars from now on" : " given " + plural(stars, "star", "stars")));
}

void label_summary(const json &summary, const Invocation &, uint64_t) {
  auto label = text(summary, "label");
  line(plural(count(summary, "labelled"), "picture", "pictures") +
       (label.empty() ? " without a label from now on" : " labelled " + label));
}

void history_row(const json &row, const Invocation &) {
  auto id = row.contains("operation") ? "operation " + text(row, "operation") : text(row, "action");
  std::printf("%.19s  %-32s  %s%s\n", text(row, "time").c_str(), id.c_str(), text(row, "text").c_str(),
              row.value("undone", false) ? "  (taken back)" : "");
}

void history_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (invocation.quiet) return;
  if (rows == 0) return say("Nothing was decided or done yet.\n");
  if (summary.value("more", false)) say("There is more: --before " + text(summary, "last") + "\n");
}

}  // namespace

void add_decision_commands(CommandSet &commands) {
  add_rate(commands);
  add_flag(commands);
  add_label(commands);
  add_exclude(commands);
  add_history(commands);
}

void add_decision_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["exclude"] = {failure_row, exclude_summary};
  renderers["flag"] = {failure_row, flag_summary};
  renderers["rate"] = {failure_row, rate_summary};
  renderers["label"] = {failure_row, label_summary};
  renderers["history"] = {history_row, history_summary};
}

}  // namespace kalon::cli
