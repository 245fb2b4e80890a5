#include "facade/order_sheet.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "exchange/contact_sheet.h"
#include "facade/sheet_file.h"
#include "facade/thumbnails.h"

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

// How many pictures a section has is worth telling when it cannot be seen at a glance.
std::vector<SheetSection> captioned(const std::vector<int64_t> &begins, size_t pictures) {
  constexpr int64_t kAtAGlance = 3;
  std::vector<SheetSection> sections;
  for (size_t i = 0; i < begins.size(); ++i) {
    int64_t size = (i + 1 < begins.size() ? begins[i + 1] : static_cast<int64_t>(pictures)) - begins[i];
    sections.push_back({static_cast<size_t>(begins[i]), size > kAtAGlance ? std::to_string(size) + " pictures" : ""});
  }
  return sections;
}

}  // namespace

OrderSheet draw_order_sheet(const MethodCall &call, const std::vector<ChosenPhoto> &photos,
                            const std::vector<Placement> &placements, const std::vector<int64_t> &sections,
                            const std::string &by) {
  std::vector<SheetItem> items;
  auto common = common_folder(photos);
  for (size_t i = 0; i < photos.size(); ++i) {
    auto below = std::filesystem::path(photos[i].path.substr(common.size())).parent_path().native();
    auto position = placements[i].name.substr(0, placements[i].name.find('_'));
    items.push_back(
        {display_text(name_of(photos[i].path)), position + (below.empty() ? "" : "  ") + display_text(below)});
  }
  SheetOptions options;
  options.subtitle = display_text(common);
  // A few pictures may be large; of many, the whole is what one looks at.
  if (items.size() <= 4) options.columns = static_cast<int>(items.size());
  options.cell = items.size() <= 4     ? 512
                 : items.size() <= 12  ? 384
                 : items.size() <= 300 ? 256
                 : items.size() <= 800 ? 192
                                       : 144;
  options.title = std::to_string(photos.size()) + (photos.size() == 1 ? " picture" : " pictures") +
                  (by == "similarity" ? " in visual order" : " by " + by);
  options.sections = captioned(sections, photos.size());
  OrderSheet sheet;
  sheet.shown = std::min<uint64_t>(items.size(), static_cast<uint64_t>(options.max_items));
  call.task.phase("sheet", sheet.shown);
  auto size = options.cell > 256 ? ThumbnailSize::large : ThumbnailSize::small;
  auto drawn = draw_contact_sheet(items, options, [&](size_t i) {
    call.task.throw_if_cancelled();
    call.task.advance();
    auto picture = thumbnail(call, photos[i], size);
    if (picture.empty()) ++sheet.without_thumbnail;
    return picture;
  });
  call.task.phase("write sheet");
  sheet.file = sheet_file(drawn);
  return sheet;
}

}  // namespace kalon
