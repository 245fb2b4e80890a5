#include "panels/send.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <nlohmann/json.hpp>

#include "library/decisions.h"
#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr const char *folders_setting = "send.folders", *kind_setting = "send.kind";
constexpr size_t most_recent = 8;

std::string folder_meant(std::string_view text) {
  const char *home = std::getenv("HOME");
  std::error_code error;
  auto working = std::filesystem::current_path(error).string();
  return folder_from_text(text, home ? home : "", working);
}

// What the library says now of files that were moved, at once instead of with the next look for changes.
void look_again(Context &context, const SendPlan &made) {
  constexpr size_t piece = 2000;
  for (size_t begin = 0; begin < made.lines.size(); begin += piece) {
    std::string parameters;
    for (size_t i = begin; i < std::min(begin + piece, made.lines.size()); ++i)
      if (made.lines[i].fate == "done")
        parameters += (parameters.empty() ? "{\"paths\":[" : ",") + json_text(uri_of(made.lines[i].path));
    if (parameters.empty()) continue;
    context.jobs.ask("info", parameters + "]}", [&context](const Answer &answer) {
      for (const auto &row : answer.rows) context.catalogue.take(parse_row(row));
    });
  }
}

std::string photos_text(size_t count) {
  return count_text(count) + (count == 1 ? " photo" : " photos");
}

}  // namespace

void SendOverlay::begin(Context &context) {
  if (!chosen_kind_) {
    auto kept = context.settings.more.find(kind_setting);
    if (kept != context.settings.more.end()) send_kind_named(kept->second, kind_);
    sidecars_ = kind_ == SendKind::copy;
    chosen_kind_ = true;
  }
  auto targets = context.shown.targets();
  photos_ = targets.size();
  paths_ = files_to_send(context.catalogue, targets);
  note_.clear();
  plan_ = {};
  done_ = false;
  problem_.clear();
}

void SendOverlay::show(Context &context, std::string_view argument) {
  begin(context);
  if (kind_ == SendKind::trash) kind_ = SendKind::hardlink;
  if (!argument.empty())
    folder_text_ = argument;
  else if (auto folders = recent(context); folder_text_.empty() && !folders.empty())
    folder_text_ = shown_text(folders.front());
  open = focus_ = true;
  ++turn_;
  preview(context);
}

void SendOverlay::ask_trash(Context &context, std::vector<std::string> paths, std::string note) {
  begin(context);
  kind_ = SendKind::trash;
  if (!paths.empty()) {
    photos_ = paths.size();
    paths_ = std::move(paths);
  }
  note_ = std::move(note);
  open = true;
  preview(context);
}

void SendOverlay::hide(Context &) {
  open = false;
  ++asked_;  // what is still to come is about nothing any more
}

void SendOverlay::use(Context &context, SendKind kind) {
  if (kind == kind_ && chosen_kind_) return;
  chosen_kind_ = true;
  kind_ = kind;
  sidecars_ = kind == SendKind::copy;
  if (kind != SendKind::trash) context.settings.more[kind_setting] = send_kind_name(kind);
  if (open) preview(context);
}

// Asks what would happen; the answer to the newest question counts.
void SendOverlay::preview(Context &context) {
  folder_ = folder_meant(folder_text_);
  changed_ = -1;
  plan_ = {};
  done_ = false;
  problem_ = without_library(context);
  auto number = ++asked_;
  if (!problem_.empty() || paths_.empty() || (kind_ != SendKind::trash && folder_.empty())) {
    answered_ = number;
    return;
  }
  context.jobs.ask(kind_ == SendKind::trash ? "trash" : "send",
                   send_parameters(kind_, paths_, folder_, sidecars_, numbered_, true),
                   [this, number, kind = kind_](const Answer &answer) {
                     if (number != asked_) return;
                     answered_ = number;
                     if (!answer.ok()) {
                       problem_ = problem_text(answer.message);
                       return;
                     }
                     for (const auto &row : answer.rows) plan_.take(kind, row);
                     plan_.finish(answer.summary);
                   });
}

// Never to a folder that is not the one that is written there by now.
bool SendOverlay::can_go() const {
  return open && !done_ && changed_ < 0 && answered_ == asked_ && problem_.empty() && plan_.going > 0;
}

void SendOverlay::go(Context &context) {
  if (!can_go()) return;
  if (context.session.read_only()) {
    problem_ = "The library was opened for reading only, and what is sent is written down there.";
    return;
  }
  start(context, paths_, folder_, kind_);
  hide(context);
}

void SendOverlay::send_at_once(Context &context, std::string_view text) {
  begin(context);
  auto folder = folder_meant(text);
  auto kind = kind_ == SendKind::trash ? SendKind::hardlink : kind_;
  if (folder.empty() || paths_.empty()) {
    context.complain(paths_.empty() ? "No photo is selected." : "Name the folder that the photos are to be sent to.");
    return;
  }
  kind_ = kind;
  start(context, paths_, folder, kind);
}

void SendOverlay::start(Context &context, std::vector<std::string> paths, std::string folder, SendKind kind) {
  if (auto problem = without_library(context); !problem.empty()) {
    context.complain(problem);
    return;
  }
  bool trash = kind == SendKind::trash;
  auto made = std::make_shared<SendPlan>();
  auto title = trash ? "Move " + photos_text(photos_) + " to the trash"
                     : "Send " + photos_text(photos_) + " to " + shown_text(folder);
  auto parameters = send_parameters(kind, paths, folder, sidecars_, numbered_, false);
  context.jobs.start(
      title, trash ? "trash" : "send", parameters,
      [made, kind](std::span<const std::string> rows) {
        for (const auto &row : rows) made->take(kind, row);
      },
      [this, &context, made, kind, folder, photos = photos_, parameters](const Answer &answer) {
        ended(context, answer, kind, folder, photos, parameters, std::move(*made));
      });
}

void SendOverlay::ended(Context &context, const Answer &answer, SendKind kind, const std::string &folder, size_t photos,
                        const std::string &parameters, SendPlan made) {
  made.finish(answer.summary);
  bool trash = kind == SendKind::trash;
  if (trash) look_again(context, made);
  static constexpr const char *doings[] = {"linked to ", "linked to ", "copied to ", "moved to the trash"};
  auto target = std::string(doings[static_cast<size_t>(kind)]) + (trash ? "" : shown_text(folder));
  size_t done = made.going;
  if (made.undoable) {
    std::vector<std::string> files;
    for (const auto &line : made.lines)
      if (trash && line.fate == "done") files.push_back(line.path);
    context.decisions.made({made.operation, trash ? "trash" : "send", parameters, std::move(files)},
                           count_text(done) + (done == 1 ? " file " : " files ") + target);
  }
  if (!answer.ok() && answer.status != KALON_CANCELLED) {
    context.complain((trash ? "Not moved to the trash: " : "Not sent: ") + problem_text(answer.message));
    return;
  }
  if (!trash) remember(context, folder);
  std::string text = count_text(done) + (done == 1 ? " file was " : " files were ") + target;
  if (answer.status == KALON_CANCELLED) {
    // A method that was stopped tells nothing more.
    context.say("Stopped. What was done until then stands in the history, which takes it back.");
    return;
  }
  if (!trash && done == 0 && made.failed == 0 && made.left > 0) {
    context.say("Nothing was to be done: " + count_text(made.left) +
                (made.left == 1 ? " file is there already." : " files are there already."));
    return;
  }
  if (made.left > 0)
    text += "; " + count_text(made.left) + (made.left == 1 ? " was " : " were ") + (trash ? "left" : "there already");
  if (made.failed == 0) {
    context.say(text + (made.undoable ? ". Undo takes it back." : "."));
    return;
  }
  context.complain(text + "; " + count_text(made.failed) + " failed.");
  // Which ones, and why, stands where they were to be sent from; unless something else is asked there by now.
  if (open) return;
  kind_ = kind;
  photos_ = photos;
  folder_ = folder;
  plan_ = std::move(made);
  answered_ = asked_;
  problem_.clear();
  done_ = open = true;
  context.animate();
}

std::vector<std::string> SendOverlay::recent(const Context &context) const {
  std::vector<std::string> folders;
  if (auto kept = context.settings.more.find(folders_setting); kept != context.settings.more.end()) {
    std::istringstream uris(kept->second);
    for (std::string uri; uris >> uri && folders.size() < most_recent;)
      if (auto path = path_of(uri); !path.empty()) folders.push_back(path);
  }
  return folders;
}

void SendOverlay::remember(Context &context, const std::string &folder) {
  auto folders = recent(context);
  std::erase(folders, folder);
  folders.insert(folders.begin(), folder);
  if (folders.size() > most_recent) folders.resize(most_recent);
  std::string text;
  for (const auto &one : folders) text += (text.empty() ? "" : " ") + uri_of(one);
  context.settings.more[folders_setting] = text;
}

void SendOverlay::describe(const Context &, nlohmann::json &told) const {
  told["kind"] = send_kind_name(kind_);
  told["folder"] = shown_text(folder_);
  told["photos"] = photos_;
  told["files"] = paths_.size();
  told["problem"] = problem_;
  told["done"] = done_;
  told["ready"] = answered_ == asked_;
  told["can_go"] = can_go();
  told["going"] = plan_.going;
  told["left"] = plan_.left;
  told["failed"] = plan_.failed;
  told["bytes"] = plan_.bytes;
  auto lines = nlohmann::json::array();
  for (size_t i = 0; i < std::min<size_t>(plan_.lines.size(), 100); ++i) {
    const auto &line = plan_.lines[i];
    lines.push_back({{"path", shown_text(line.path)},
                     {"name", shown_text(line.name)},
                     {"fate", line.fate},
                     {"message", line.message}});
  }
  told["lines"] = std::move(lines);
}

}  // namespace kalon::viewer
