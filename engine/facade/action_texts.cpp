#include "facade/action_texts.h"

#include <algorithm>

#include "base/text.h"
#include "facade/flags.h"
#include "facade/rows.h"

namespace kalon {
namespace {

constexpr size_t most_paths = 4;
constexpr int most_undos = 1000;      // of undos; what came in from elsewhere may undo itself in a circle
constexpr uint64_t most_events = 64;  // that are looked at for the first few pictures

// Of the files of a photo one that is there, else any; empty: there is none.
std::string path_of(const Reader &reader, const Hash128 &photo) {
  std::string path;
  bool there = false;
  for (uint64_t id : reader.files_of_photo(photo)) {
    reader.visit_file(id, [&](const FileView &file) {
      there = !file.vanished;
      if (there || path.empty()) path = file.path;
    });
    if (there) break;
  }
  return path;
}

std::string stars_text(int stars) {
  return stars == 0 ? "no stars" : stars == 1 ? "1 star" : std::to_string(stars) + " stars";
}

std::string what_was_done(const Event &event) {
  struct {
    std::string operator()(const Rating &rating) const { return stars_text(rating.stars); }
    std::string operator()(const Flag &flag) const {
      return flag.value == FlagValue::pick ? "picked" : flag.value == FlagValue::reject ? "rejected" : "without a flag";
    }
    std::string operator()(const Label &label) const {
      return label.label.empty() ? "without a label" : "label " + label.label;
    }
    std::string operator()(const Tag &tag) const { return (tag.added ? "tag " : "without the tag ") + tag.tag; }
    std::string operator()(const Exclude &exclude) const { return exclude.excluded ? "excluded" : "taken in again"; }
    std::string operator()(const Vote &vote) const {
      return vote.annotator.empty() ? "vote" : "vote of " + vote.annotator;
    }
    std::string operator()(const NotDuplicates &) const { return "no duplicates"; }
    std::string operator()(const Succeeds &) const { return "changed"; }
    std::string operator()(const Undo &) const { return "taken back"; }
  } said;
  return std::visit(said, event.body);
}

// Of an action that is no undo.
ActionText described(const Reader &reader, const Action &action) {
  ActionText told{std::string(decision_name(action.newest)), what_was_done(action.newest), {}};
  std::vector<Hash128> pictures;
  uint64_t looked_at = 0, of_looked_at = 0;
  reader.scan_action(action.id, [&](const Event &event) {
    for (const auto &picture : pictures_of(event)) {
      ++of_looked_at;
      if (pictures.size() < most_paths && std::find(pictures.begin(), pictures.end(), picture) == pictures.end())
        pictures.push_back(picture);
    }
    return ++looked_at < most_events;
  });
  std::string first;
  for (const auto &picture : pictures) {
    auto path = path_of(reader, picture);
    auto name = path.empty() ? "a picture that is gone" : display_text(name_of(path));
    if (first.empty()) first = name;
    if (!path.empty()) told.paths.push_back(std::move(path));
  }
  if (std::holds_alternative<Vote>(action.newest.body) && action.events > 1) {
    told.kind = "import";
    told.text = grouped(action.events) + " votes taken in";
    return told;
  }
  // Events of what is not looked at are about one picture each: the only ones that come in great numbers.
  auto named = action.events <= looked_at ? of_looked_at : action.events;
  told.text += ": " + first;
  if (named > 1) told.text += " and " + grouped(named - 1) + " more";
  return told;
}

}  // namespace

std::string_view decision_name(const Event &event) {
  static constexpr std::string_view names[] = {"vote",    "rating",   "flag",           "label", "tag",
                                               "exclude", "succeeds", "not_duplicates", "undo"};
  if (const auto *exclude = std::get_if<Exclude>(&event.body); exclude && !exclude->excluded) return "include";
  return names[event.body.index()];
}

std::vector<Hash128> pictures_of(const Event &event) {
  auto named = [](const auto &body) -> std::vector<Hash128> {
    if constexpr (requires { body.pictures; })
      return body.pictures;
    else if constexpr (requires { body.picture; })
      return {body.picture};
    else
      return {};
  };
  return std::visit(named, event.body);
}

Subject subject_of(const Reader &reader, const Hash128 &action) {
  Subject subject{action, 0};
  for (bool undo = true; undo && subject.undos < most_undos;) {
    undo = false;
    reader.scan_action(subject.action, [&](const Event &event) {
      const auto *found = std::get_if<Undo>(&event.body);
      undo = found != nullptr;
      if (undo) subject = {found->action, subject.undos + 1};
      return false;
    });
  }
  return subject;
}

ActionText describe(const Reader &reader, const Action &action) {
  auto subject = subject_of(reader, action.id);
  if (subject.undos == 0) return described(reader, action);
  auto of = reader.action(subject.action);
  auto told = of ? described(reader, *of) : ActionText{{}, "what is not there any more", {}};
  told.kind = "undo";
  told.text = (subject.undos % 2 == 1 ? "taken back: " : "brought back: ") + told.text;
  return told;
}

}  // namespace kalon
