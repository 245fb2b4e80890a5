// The commands that send files of a selection elsewhere: to a folder, or to the trash.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

void add_send(CommandSet &set) {
  struct Options {
    std::string link = "hardlink";
    bool sidecars = false, no_sidecars = false, numbered = false, dry_run = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command("send", "Place files in a folder: as links, or as copies", Access::write, "send", [&set, options] {
        json parameters{{"paths", uris(set.paths)},
                        {"to", uri(set.to)},
                        {"link", options->link},
                        {"numbered", options->numbered},
                        {"dry_run", options->dry_run}};
        if (options->sidecars) parameters["sidecars"] = true;
        if (options->no_sidecars) parameters["sidecars"] = false;
        if (options->dry_run) set.invocation().access = Access::read;
        return parameters;
      });
  sub->add_option("FILE", set.paths, "Files, in the order given; a pattern of the shell names many: FOLDER/*.jpg")
      ->required();
  sub->add_option("--to", set.to, "The folder; it is made when it is missing, and may hold other files")
      ->type_name("DIR")
      ->required();
  sub->add_option("--link", options->link, "What to place there; default: hardlink, or symlink where that is refused")
      ->check(one_of({"hardlink", "symlink", "copy"}))
      ->type_name("hardlink|symlink|copy");
  sub->add_flag("--numbered", options->numbered, "Put the position in front of each name");
  auto *with = sub->add_flag("--sidecars", options->sidecars, "Sidecars (.xmp, .txt) go along; with copies they do");
  sub->add_flag("--no-sidecars", options->no_sidecars, "They do not")->excludes(with);
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be placed, and under which names");
  sub->footer(
      "Names are kept. Nothing is overwritten: what would be a second IMG_1.jpg is IMG_1 (2).jpg, and so are the RAW\n"
      "file and the sidecars of that shot. What is there already is left. `kalon undo` takes away what was placed.\n\n"
      "  kalon send ~/Pictures/best*.jpg --to ~/For-Anna --link copy");
}

void add_trash(CommandSet &set) {
  struct Options {
    bool no_sidecars = false, dry_run = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("trash", "Move files to the trash of the desktop", Access::write, "trash", [&set, options] {
    if (options->dry_run) set.invocation().access = Access::read;
    return json{{"paths", uris(set.paths)}, {"sidecars", !options->no_sidecars}, {"dry_run", options->dry_run}};
  });
  sub->add_option("FILE", set.paths, "Files of the library; a pattern of the shell names many: FOLDER/*.jpg")
      ->required();
  sub->add_flag("--no-sidecars", options->no_sidecars, "Leave their sidecars (.xmp, .txt) where they are");
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be moved");
  sub->footer(
      "Only the files that are named go, each with its sidecars: not the RAW file of a picture, nor copies of it. A "
      "file\n"
      "that changed since it was indexed is left, and so is one on a file system without a trash: nothing is copied.\n"
      "`kalon undo` brings all of it back.");
}

// ---- for people

std::string reason(const json &row) {
  auto message = text(row, "message");
  return message.empty() ? "" : ": " + message;
}

void item_row(const json &row, const Invocation &invocation) {
  auto fate = text(row, "fate");
  if (fate == "failed") return failure_line(row);
  if (fate == "left" && !invocation.quiet) return line("left  " + text(row, "path") + reason(row));
  if (fate != "planned") return;
  if (invocation.method == "trash") {
    auto along = sidecars_along(row);
    return line("would trash  " + text(row, "path") + (along.empty() ? "" : "  (" + along + ")"));
  }
  line(text(row, "name") + "  " + text(row, "path") + (text(row, "action") == "symlink" ? "  (symbolic link)" : ""));
}

void send_summary(const json &summary, const Invocation &invocation, uint64_t) {
  auto folder = text(summary, "folder_path");
  if (summary.value("dry_run", false))
    return line("Nothing was done (dry run); " + files_and_sidecars(summary, "planned") + ", " +
                file_size(count(summary, "bytes")) + ", would be placed in " + folder + ".");
  if (!summary.contains("operation")) return line("Nothing was placed in " + folder + ".");
  line(files_and_sidecars(summary, "placed") + ", " + file_size(count(summary, "bytes")) + ", placed in " + folder +
       (invocation.quiet ? "." : "; `kalon undo` takes it back."));
}

void trash_summary(const json &summary, const Invocation &, uint64_t) {
  line((summary.value("dry_run", false) ? trash_planned_text(summary) : trashed_text(summary)) + ".");
}

}  // namespace

void add_send_commands(CommandSet &commands) {
  add_send(commands);
  add_trash(commands);
}

void add_send_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["send"] = {item_row, send_summary};
  renderers["trash"] = {item_row, trash_summary};
}

}  // namespace kalon::cli
