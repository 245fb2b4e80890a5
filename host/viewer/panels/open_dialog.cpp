#include "panels/open_dialog.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "commands/wording.h"
#include "library/opening.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/overlay_window.h"

namespace kalon::viewer {

OpenDialog::OpenDialog(Context &context) : context_(context), reader_(context.main) {
  const char *home = std::getenv("HOME");
  home_ = home != nullptr && *home == '/' ? home : "/";
}

void OpenDialog::show(Context &context, std::string_view argument) {
  close_others(context, *this);
  open = focus_ = true;
  places_ = usual_places();
  counts_.clear();
  if (!argument.empty()) {
    write(argument);
    return;
  }
  // Where one would go on looking: beside what is open now.
  const auto &paths = context.opening.paths();
  const auto &recent = context.settings.recent;
  go_to(!paths.empty() ? parent_of(paths.front()) : !recent.empty() ? parent_of(recent.front()) : home_);
}

// The field says where one is; a slash at the end, so that what is typed next is the beginning of a name there.
void OpenDialog::go_to(const std::string &folder) {
  typed_ = shown_text(folder == "/" ? folder : folder + "/");
  beginning_.clear();
  cursor_to_end_ = true;
  read(folder);
}

void OpenDialog::read(const std::string &folder) {
  folder_ = folder;
  reading_ = true;
  chosen_ = -1;
  found_.clear();
  listing_ = {};
  asked_counts_.clear();
  counts_coming_ = 0;
  reader_.list(folder, [this](FolderListing listing) {
    reading_ = false;
    listing_ = std::move(listing);
    filter();
    context_.animate();
  });
  context_.animate();
}

void OpenDialog::type(std::string_view text) {
  typed_ = text;
  // The bytes of a folder may be no text: as long as the field begins with what it is shown as, that folder is meant.
  const auto shown = shown_text(folder_ == "/" ? folder_ : folder_ + "/");
  TypedPath typed;
  if (!folder_.empty() && typed_.starts_with(shown) && typed_.find('/', shown.size()) == std::string::npos) {
    typed = {folder_, typed_.substr(shown.size())};
  } else {
    typed = typed_path(typed_, home_, folder_.empty() ? home_ : folder_);
  }
  beginning_ = typed.beginning;
  chosen_ = -1;
  if (typed.folder != folder_) {
    read(typed.folder);
  } else {
    filter();
  }
  context_.animate();
}

// Hidden folders are for those who type the dot.
void OpenDialog::filter() {
  found_.clear();
  for (size_t i = 0; i < listing_.folders.size(); ++i) {
    const auto &name = listing_.folders[i];
    if (name.starts_with('.') && !beginning_.starts_with('.')) continue;
    if (begins_with(name, beginning_)) found_.push_back(i);
  }
  if (chosen_ >= static_cast<int>(found_.size())) chosen_ = -1;
  asked_counts_.clear();
  counts_coming_ = 0;
}

void OpenDialog::step(int by) {
  if (found_.empty()) return;
  const auto last = static_cast<int>(found_.size()) - 1;
  chosen_ = chosen_ < 0 ? (by > 0 ? 0 : last) : std::clamp(chosen_ + by, 0, last);
  scroll_to_chosen_ = true;
  context_.animate();
}

std::string OpenDialog::chosen_path() const {
  if (chosen_ < 0 || static_cast<size_t>(chosen_) >= found_.size()) return {};
  return joined_path(folder_, listing_.folders[found_[static_cast<size_t>(chosen_)]]);
}

void OpenDialog::complete() {
  if (const auto chosen = chosen_path(); !chosen.empty()) {
    go_to(chosen);
    return;
  }
  if (found_.size() == 1) {
    go_to(joined_path(folder_, listing_.folders[found_.front()]));
    return;
  }
  std::vector<std::string> names;
  for (const auto at : found_) names.push_back(listing_.folders[at]);
  if (const auto common = common_beginning(names, beginning_); common.size() > beginning_.size()) {
    typed_ = shown_text(joined_path(folder_, common));
    beginning_ = common;
    cursor_to_end_ = true;
    filter();
  }
  context_.animate();
}

void OpenDialog::accept() {
  if (const auto chosen = chosen_path(); !chosen.empty()) {
    open_folder(chosen);
    return;
  }
  // A name that is there as it is typed, a picture too; else the only folder that begins so.
  const auto typed = beginning_.empty() ? folder_ : joined_path(folder_, beginning_);
  if (found_.size() == 1 && !beginning_.empty() && listing_.folders[found_.front()] != beginning_ &&
      !is_picture_name(beginning_)) {
    open_folder(joined_path(folder_, listing_.folders[found_.front()]));
    return;
  }
  open_folder(typed);
}

void OpenDialog::open_folder(const std::string &path) {
  // Looked at on the reader's thread: the disk may be asleep.
  reading_ = true;
  reader_.list(path, [this, path](FolderListing listing) {
    reading_ = false;
    if (!listing.problem.empty() && !is_picture_name(path)) {
      context_.complain(shown_text(path) + " cannot be opened: " + listing.problem + ".");
      read(folder_);
      return;
    }
    hide(context_);
    context_.opening.open({path});
    context_.interface.show(context_, "grid");
    context_.animate();
  });
  context_.animate();
}

void OpenDialog::open_library() {
  if (context_.session.library() == nullptr) {
    context_.complain("There is no library: " +
                      said_here(context_.commands, context_.keys, context_.session.failure()));
    return;
  }
  hide(context_);
  context_.opening.open({});
  context_.interface.show(context_, "grid");
  context_.animate();
}

// What is seen is counted, nothing else.
void OpenDialog::count_visible(size_t begin, size_t end) {
  std::vector<std::string> wanted;
  for (size_t row = begin; row < end && row < found_.size(); ++row) {
    auto path = joined_path(folder_, listing_.folders[found_[row]]);
    if (!counts_.contains(path)) wanted.push_back(std::move(path));
  }
  if (wanted.empty() || wanted == asked_counts_ || reading_) return;
  // Those that were asked for and came are gone from the list; what is left of it is still on its way.
  const bool on_its_way = std::all_of(wanted.begin(), wanted.end(), [&](const std::string &path) {
    return std::find(asked_counts_.begin(), asked_counts_.end(), path) != asked_counts_.end();
  });
  if (on_its_way) return;
  asked_counts_ = wanted;
  counts_coming_ = wanted.size();
  reader_.count(std::move(wanted), [this](FolderCount count) {
    counts_[count.path] = std::move(count);
    if (counts_coming_ > 0) --counts_coming_;
    context_.animate();
  });
}

void OpenDialog::describe(const Context &context, nlohmann::json &json) const {
  json["folder"] = shown_text(folder_);
  json["typed"] = shown_text(typed_);
  json["reading"] = reading_;
  json["problem"] = listing_.problem;
  json["pictures"] = listing_.pictures;
  json["chosen"] = shown_text(chosen_path());
  json["count"] = found_.size();
  auto &folders = json["folders"] = nlohmann::json::array();
  for (size_t i = 0; i < std::min<size_t>(found_.size(), 50); ++i) {
    const auto &name = listing_.folders[found_[i]];
    nlohmann::json told{{"name", shown_text(name)}};
    if (const auto count = counts_.find(joined_path(folder_, name)); count != counts_.end()) {
      told["pictures"] = count->second.pictures;
      told["folders"] = count->second.folders;
      told["readable"] = count->second.readable;
    }
    folders.push_back(std::move(told));
  }
  auto &places = json["places"] = nlohmann::json::array();
  for (const auto &place : places_)
    places.push_back({{"title", shown_text(place.title)}, {"path", shown_text(place.path)}});
  auto &recent = json["recent"] = nlohmann::json::array();
  for (const auto &path : context.settings.recent) recent.push_back(shown_text(path));
}

void add_open_dialog(Context &context) {
  auto &dialog = context.interface.add_overlay<OpenDialog>(context);
  const auto add = [&](const char *name, const char *title, const char *group, const char *argument, auto run,
                       std::function<bool(const Context &)> enabled = nullptr) {
    context.commands.add({name, title, group, "", argument,
                          [&dialog, run](Context &now, std::string_view given) { run(now, dialog, given); }, enabled,
                          nullptr});
  };
  const auto is_open = [&dialog](const Context &) { return dialog.open; };
  add("open-dialog", "Open a folder...", "File", "", [](Context &now, OpenDialog &open, std::string_view given) {
    if (open.open && given.empty()) {
      open.hide(now);
    } else {
      open.show(now, given);
    }
  });
  add(
      "open-type", "Write a path in the dialog", "", "PATH",
      [](Context &, OpenDialog &open, std::string_view given) { open.write(given); }, is_open);
  add(
      "open-step", "Next folder in the dialog", "", "ROWS",
      [](Context &, OpenDialog &open, std::string_view given) {
        int by = 1;
        std::from_chars(given.data(), given.data() + given.size(), by);
        open.step(by);
      },
      is_open);
  add(
      "open-complete", "Complete the path in the dialog", "", "",
      [](Context &, OpenDialog &open, std::string_view) { open.complete(); }, is_open);
  add(
      "open-accept", "Open what the dialog shows", "", "",
      [](Context &, OpenDialog &open, std::string_view) { open.accept(); }, is_open);
}

}  // namespace kalon::viewer
