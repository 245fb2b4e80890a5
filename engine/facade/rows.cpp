#include "facade/rows.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "facade/flags.h"
#include "facade/json_object.h"
#include "facade/photo_attributes.h"
#include "metadata/metadata.h"

namespace kalon {
namespace {

std::string attributes_json(const FileView &file, const std::vector<Attribute> &known) {
  JsonObject object;
  for (const auto &attribute : known)
    if (!attribute.decided || !attribute.value.empty()) object.add(attribute.name, attribute.value);
  for (size_t i = 0; i < file.attribute_count(); ++i) {
    auto field = file.attribute_at(i);
    bool covered =
        std::any_of(known.begin(), known.end(), [&](const auto &attribute) { return attribute.name == field.first; });
    if (!covered) object.add(field.first, field.second);
  }
  return object.str();
}

std::string joined(const std::vector<std::string> &names) {
  std::string list;
  for (const auto &name : names) list += (list.empty() ? "" : " ") + name;
  return list;
}

std::string decimal(double value) {
  char digits[40];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

bool inside(std::string_view path, std::string_view folder) {
  return folder == "/" || path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

void require_sensible(const Reader &reader, const Choice &choice) {
  for (const auto &name : choice.where.attributes()) {
    auto wanted = ascii_lower(name);
    auto same = [&](std::string_view other) { return ascii_lower(other) == wanted; };
    bool known = wanted == "excluded" || is_metadata_field(name) || reader.score_column(name).has_value();
    bool look_up = reader.any_attributes();
    if (!known)
      reader.scan_files({}, {}, [&](const FileView &file) {
        for (size_t i = 0; i < file.attribute_count() && !known; ++i) known = same(file.attribute_at(i).first);
        if (!known && look_up && !file.picture.none())
          for (const auto &attribute : reader.attributes(file.picture)) known |= same(attribute.name);
        return !known;
      });
    if (!known)
      throw Error(Status::invalid_argument,
                  "there is no column " + name + " in this library; the columns are those of every file (" +
                      joined(fixed_columns()) + " excluded flag), rating, camera and the like, and what was imported",
                  "parameter where");
  }
  for (const auto &folder : choice.folders) {
    if (is_there(folder)) continue;
    bool known = false;
    reader.scan_files(folder, {}, [&](const FileView &) {
      known = true;
      return false;
    });
    if (!known)
      throw Error(Status::not_found, "is not there, and the library knows nothing of it; is it spelt as it is written?",
                  display_text(folder));
  }
}

}  // namespace

Exclusions::Exclusions(const Reader &reader) {
  for (const auto &picture : reader.excluded_pictures()) {
    std::unordered_set<Hash128> photos{picture};
    for (uint64_t id : reader.files_of(picture))
      if (auto file = reader.file(id)) photos.insert(file->photo);
    for (const auto &photo : photos) pictures_.emplace(photo, picture);
  }
}

bool Exclusions::holds(const Hash128 &picture, const Hash128 &photo) const {
  return !picture.none() && (pictures_.contains(photo) || pictures_.contains(picture));
}

std::vector<Hash128> Exclusions::pictures_of(const Hash128 &photo) const {
  std::vector<Hash128> pictures;
  auto [first, last] = pictures_.equal_range(photo);
  for (auto at = first; at != last; ++at) pictures.push_back(at->second);
  return pictures;
}

bool is_there(const std::string &path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::string name_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string file_row_json(const FileView &file, bool excluded, const std::vector<Attribute> &known) {
  JsonObject row;
  if (file.picture.none())
    row.raw("id", "null").raw("photo", "null");
  else
    row.add("id", file.picture.hex()).add("photo", file.photo.hex());
  row.add("uri", file_uri(file.path)).add("path", file.path);
  row.add("width", file.width).add("height", file.height).add("format", file.format);
  row.add("size", file.stat.size).add("mtime", format_utc(file.stat.mtime_ns / 1000));
  if (file.capture_time != unknown_time) row.add("capture_time", format_utc(file.capture_time));
  row.add("status", status_name(file.status));
  if (file.status != Status::ok) row.add("message", file.status_text);
  if (file.vanished) row.add("vanished", true);
  if (excluded) row.add("excluded", true);
  if (auto flag = flag_of(file, known); flag != FlagValue::none) row.add("flag", flag_name(flag));
  if (auto rating = rating_of(file, known)) row.add("rating", rating->stars).add("rating_by", rating->by);
  if (auto label = value_of(file, known, "label"); !label.empty()) row.add("label", label);
  if (file.attribute_count() + known.size() > 0) row.raw("attributes", attributes_json(file, known));
  return row.str();
}

Choice choice_of_folders(const Parameters &parameters) {
  Choice choice;
  auto folders = parameters.paths("paths");
  std::sort(folders.begin(), folders.end());
  for (auto &folder : folders)
    if (std::none_of(choice.folders.begin(), choice.folders.end(),
                     [&](const auto &outer) { return inside(folder, outer); }))
      choice.folders.push_back(std::move(folder));
  return choice;
}

Choice choice_from(const Parameters &parameters) {
  auto choice = choice_of_folders(parameters);
  choice.where = Where::parse(parameters.text("where"));
  return choice;
}

std::vector<Attribute> known_of(const Reader &reader, const FileView &file) {
  if (file.picture.none()) return {};
  auto known = reader.attributes(file.picture);
  for (const auto &[name, value] : reader.scores(file.picture)) known.push_back({name, decimal(value)});
  put_decisions(reader, file, known);
  return known;
}

ChoiceFilter::ChoiceFilter(const Reader &reader, const Choice &choice)
    : reader_(reader), choice_(choice), look_up_(reader.any_attributes() || reader.any_scores()) {
  for (auto kind : {DecisionKind::flag, DecisionKind::rating, DecisionKind::label})
    look_up_ = look_up_ || reader.any_decisions(kind);
  require_sensible(reader, choice);
  if (choice.where.needs_attributes()) exclusions_.emplace(reader);
  asks_flag_ =
      std::ranges::any_of(choice.where.attributes(), [](const auto &name) { return ascii_lower(name) == "flag"; });
}

bool ChoiceFilter::in_folders(std::string_view path) const {
  return choice_.folders.empty() || std::any_of(choice_.folders.begin(), choice_.folders.end(),
                                                [&](const auto &folder) { return inside(path, folder); });
}

bool ChoiceFilter::matches(const FileView &file, std::vector<Attribute> &known) const {
  known.clear();
  if (look_up_) known = known_of(reader_, file);
  if (!exclusions_) return choice_.where.matches(file, known);
  known.push_back({"excluded", exclusions_->holds(file.picture, file.photo) ? "true" : "false"});
  // The first of a name is the one that is met.
  if (asks_flag_) known.insert(known.begin(), {"flag", std::string(flag_name(flag_of(file, known)))});
  bool matched = choice_.where.matches(file, known);
  if (asks_flag_) known.erase(known.begin());
  known.pop_back();
  return matched;
}

void visit_chosen(const Reader &reader, const Choice &choice, std::string_view after,
                  const std::function<bool(const FileView &, const std::vector<Attribute> &)> &visit) {
  ChoiceFilter filter(reader, choice);
  std::vector<Attribute> known;
  auto scan = [&](std::string_view folder, std::string_view from) {
    bool go_on = true;
    reader.scan_files(folder, from, [&](const FileView &file) {
      return !filter.matches(file, known) || (go_on = visit(file, known));
    });
    return go_on;
  };
  if (choice.folders.empty()) {
    scan({}, after);
    return;
  }
  // A listing goes on in the folder of the path that it had reached, and takes the folders behind that one whole.
  // (Folders are in order, but "/a-b" comes before "/a/x": paths of different folders say nothing about which was
  // listed first.)
  auto reached = std::find_if(choice.folders.begin(), choice.folders.end(),
                              [&](const auto &folder) { return !after.empty() && inside(after, folder); });
  bool goes_on = reached != choice.folders.end();
  for (auto folder = goes_on ? reached : choice.folders.begin(); folder != choice.folders.end(); ++folder)
    if (!scan(*folder, goes_on && folder != reached ? std::string_view() : after)) return;
}

std::vector<ChosenPhoto> chosen_photos(const Reader &reader, const Choice &choice) {
  Exclusions exclusions(reader);
  std::vector<ChosenPhoto> photos;
  std::unordered_map<Hash128, size_t> at;
  visit_chosen(reader, choice, {}, [&](const FileView &file, const std::vector<Attribute> &) {
    if (file.vanished || file.status != Status::ok || file.picture.none()) return true;
    if (exclusions.holds(file.picture, file.photo)) return true;
    auto [found, is_new] = at.try_emplace(file.photo, photos.size());
    bool better = !is_new && file.picture == file.photo && photos[found->second].key.picture != file.photo;
    if (!is_new && !better) return true;
    ChosenPhoto photo{file.photo,
                      {file.picture, file.render},
                      std::string(file.path),
                      file.stat.size,
                      file.capture_time != unknown_time ? file.capture_time : file.stat.mtime_ns / 1000};
    if (is_new)
      photos.push_back(std::move(photo));
    else
      photos[found->second] = std::move(photo);
    return true;
  });
  // What was moved or deleted since it was indexed may still lie elsewhere as a copy.
  for (auto &photo : photos) {
    if (is_there(photo.path)) continue;
    for (uint64_t id : reader.files_of(photo.key.picture)) {
      auto copy = reader.file(id);
      if (!copy || copy->vanished || copy->render != photo.key.render || !is_there(copy->path)) continue;
      photo.path = copy->path;
      break;
    }
  }
  return photos;
}

}  // namespace kalon
