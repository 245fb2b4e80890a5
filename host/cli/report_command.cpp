// The command that shows a folder on one page.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

void report_summary(const json &summary, const Invocation &, uint64_t) {
  line(plural(count(summary, "pictures"), "picture", "pictures") + " on " + text(summary, "path"));
}

}  // namespace

void add_report_command(CommandSet &set) {
  struct Options {
    std::string title;
    int64_t pictures = 600;
    bool overwrite = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("report", "Show order, groups, duplicates and outliers on one HTML page", Access::read,
                          "report", [&set, options] {
                            auto parameters = set.narrowed();
                            parameters["to"] = uri(set.to);
                            parameters["overwrite"] = options->overwrite;
                            parameters["pictures"] = options->pictures;
                            if (!options->title.empty()) parameters["title"] = options->title;
                            set.put_model(parameters);
                            return parameters;
                          });
  sub->footer(
      "The page holds its pictures, small, in itself: it needs no network and no scripts, and can be sent away.");
  set.add_paths(sub, "Only pictures inside these folders");
  sub->add_option("--to", set.to, "The page to write")->required()->type_name("FILE.html");
  sub->add_flag("--overwrite", options->overwrite, "Replace the file if it exists");
  sub->add_option("--title", options->title, "Title; default: the number of pictures")->type_name("TEXT");
  sub->add_option("--pictures", options->pictures, "Most pictures shown in the order, evenly sampled; default 600")
      ->transform(whole_number(1, 100000))
      ->type_name("N");
  set.add_where(sub);
  set.add_model(sub);
}

void add_report_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["report"] = {nullptr, report_summary};
}

}  // namespace kalon::cli
