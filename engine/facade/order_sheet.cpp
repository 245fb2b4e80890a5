#include "facade/order_sheet.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace kalon {
namespace {

// The folder that all pictures lie in, with its slash.
std::string common_folder(const std::vector<ChosenPhoto> &photos) {
  std::string_view common = photos.front().path;
  for (const auto &photo : photos) {
    auto end = std::mismatch(common.begin(), common.end(), photo.path.begin(), photo.path.end()).first;
    common = common.substr(0, static_cast<size_t>(end - common.begin()));
  }
  return std::string(common.substr(0, common.rfind('/') + 1));
}

// What the pictures are ordered by, where neither the name nor the look tells it.
std::string key_of(const ChosenPhoto &photo, const std::string &by) {
  char text[40] = "";
  if (by == "size") std::snprintf(text, sizeof text, "  %.2f MB", static_cast<double>(photo.size) / 1e6);
  // "2024-05-17 14:22"
  if (by != "date") return text;
  auto time = format_utc(photo.time).substr(0, 16);
  std::replace(time.begin(), time.end(), 'T', ' ');
  return "  " + time;
}

// How many pictures a section has is worth telling when it cannot be seen at a glance.
std::vector<SheetSection> captioned(const std::vector<int64_t> &begins, size_t pictures) {
  constexpr int64_t at_a_glance = 3;
  std::vector<SheetSection> sections;
  for (size_t i = 0; i < begins.size(); ++i) {
    int64_t size = (i + 1 < begins.size() ? begins[i + 1] : static_cast<int64_t>(pictures)) - begins[i];
    sections.push_back({static_cast<size_t>(begins[i]), size > at_a_glance ? grouped(size) + " pictures" : ""});
  }
  return sections;
}

}  // namespace

DrawnSheet draw_order_sheet(const MethodCall &call, const std::vector<ChosenPhoto> &photos,
                            const std::vector<Placement> &placements, const std::vector<int64_t> &sections,
                            const std::string &by) {
  std::vector<SheetItem> items;
  auto common = common_folder(photos);
  for (size_t i = 0; i < photos.size(); ++i) {
    auto below = std::filesystem::path(photos[i].path.substr(common.size())).parent_path().native();
    auto position = placements[i].name.substr(0, placements[i].name.find('_'));
    items.push_back({display_text(name_of(photos[i].path)),
                     position + key_of(photos[i], by) + (below.empty() ? "" : "  ") + display_text(below)});
  }
  SheetOptions options;
  options.subtitle = display_text(common);
  options.title = grouped(photos.size()) + (photos.size() == 1 ? " picture" : " pictures") +
                  (by == "similarity" ? " in visual order" : " by " + by);
  options.sections = captioned(sections, photos.size());
  return draw_sheet(call, photos, items, std::move(options));
}

}  // namespace kalon
