#include "facade/group_folder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace kalon {
namespace {

constexpr size_t least_digits = 3;

std::string padded(size_t number, size_t digits) {
  auto text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

// The chosen places in a group's photos, ascending.
std::vector<size_t> samples_of(const PictureGroups &grouped, const PictureGroup &group,
                               const GroupFolderRequest &request, Task &task) {
  size_t count = request.samples == 0 ? group.photos.size() : std::min<size_t>(request.samples, group.photos.size());
  std::vector<size_t> chosen(group.ranked.begin(), group.ranked.begin() + static_cast<std::ptrdiff_t>(count));
  if (request.spread && count < group.photos.size()) {
    std::vector<int32_t> rows;
    for (const auto &photo : group.photos) rows.push_back(photo.row);
    chosen.clear();
    for (int32_t row :
         spread_rows(view_of(grouped.pictures), rows, rows[group.ranked.front()], static_cast<int64_t>(count), task))
      chosen.push_back(static_cast<size_t>(std::find(rows.begin(), rows.end(), row) - rows.begin()));
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

// "2024-05-17T14-22-05": what every file system takes.
std::string time_in_name(int64_t time) {
  auto text = format_utc(time);
  text.resize(std::min(text.find_first_of(".Z"), text.size()));
  std::replace(text.begin(), text.end(), ':', '-');
  return text;
}

DrawnSheet draw_group_sheet(const MethodCall &call, const PictureGroups &grouped,
                            const std::vector<ChosenPhoto> &photos, const std::vector<Placement> &placements,
                            const std::vector<bool> &sharpest, std::vector<SheetSection> sections) {
  std::vector<SheetItem> items;
  for (size_t i = 0; i < photos.size(); ++i) {
    auto number = placements[i].name.substr(placements[i].name.find('/') + 1);
    items.push_back({display_text(name_of(photos[i].path)),
                     number.substr(0, number.find('_')) + (sharpest[i] ? "  sharpest" : "")});
  }
  SheetOptions options;
  options.sections = std::move(sections);
  options.title = kalon::grouped(grouped.groups.size()) + (grouped.groups.size() == 1 ? " group" : " groups");
  options.subtitle =
      kalon::grouped(items.size()) + " of " + kalon::grouped(grouped.pictures.photos.size()) + " pictures";
  return draw_sheet(call, photos, items, std::move(options));
}

}  // namespace

GroupFolderRequest group_folder_request_from(const Parameters &parameters, const std::string &folder) {
  GroupFolderRequest request;
  request.folder = folder;
  request.samples = static_cast<uint64_t>(parameters.integer("samples", 0, 1, std::numeric_limits<int64_t>::max()));
  request.spread = parameters.one_of("pick", {"centre", "spread"}) == "spread";
  request.link = link_kind_from(parameters.one_of("link", {"hardlink", "symlink", "copy"}));
  request.sheet = !parameters.flag("no_sheet");
  return request;
}

GroupFolder place_groups(const MethodCall &call, const PictureGroups &grouped, const GroupFolderRequest &request) {
  GroupFolder result;
  std::vector<Placement> placements;
  std::vector<ChosenPhoto> photos;
  std::vector<bool> sharpest;
  std::vector<SheetSection> sections;
  size_t digits = std::max(least_digits, std::to_string(grouped.groups.size()).size());
  call.task.phase("choosing", grouped.groups.size());
  for (size_t g = 0; g < grouped.groups.size(); ++g) {
    const auto &group = grouped.groups[g];
    auto chosen = samples_of(grouped, group, request, call.task);
    auto folder = "group-" + padded(g + 1, digits) + "_";
    if (!grouped.times.empty()) folder += time_in_name(grouped.times[group.photos.front().row]) + "_";
    if (chosen.size() < group.photos.size()) folder += std::to_string(chosen.size()) + "-of-";
    folder += std::to_string(group.photos.size());
    sections.push_back({photos.size(), folder});
    std::vector<std::string> sources;
    sources.reserve(chosen.size());
    for (size_t place : chosen) sources.push_back(grouped.pictures.photos[group.photos[place].row].path);
    auto numbered = numbered_placements(sources);
    auto &names = result.names.emplace_back(group.photos.size());
    for (size_t i = 0; i < chosen.size(); ++i) {
      names[chosen[i]] = folder + "/" + numbered[i].name;
      placements.push_back({std::move(numbered[i].source), names[chosen[i]]});
      photos.push_back(grouped.pictures.photos[group.photos[chosen[i]].row]);
      sharpest.push_back(group.sharpest == chosen[i]);
    }
    call.task.advance();
  }
  std::vector<MadeFile> made;
  if (request.sheet && !placements.empty()) {
    auto sheet = draw_group_sheet(call, grouped, photos, placements, sharpest, std::move(sections));
    made.push_back(std::move(sheet.file));
    result.sheet = std::move(sheet.figures);
  }
  call.task.phase("place", placements.size());
  result.placed = place_folder(call, request.folder, placements, request.link, made);
  return result;
}

}  // namespace kalon
