#include "facade/sheet_file.h"

#include <algorithm>

#include "base/text.h"
#include "embed/scan.h"
#include "facade/thumbnails.h"
#include "image/codec.h"

namespace kalon {

void SheetFigures::add_to(JsonObject &summary, const std::string &folder) const {
  auto path = folder + "/" + name;
  summary.add("sheet", file_uri(path)).add("sheet_path", path);
  if (shown < pictures) summary.add("sampled", shown);
  if (without_thumbnail > 0) summary.add("without_thumbnail", without_thumbnail);
}

MadeFile sheet_file(const RgbImage &sheet) {
  constexpr int64_t most_png_pixels = 24'000'000;
  constexpr int jpeg_quality = 88;
  if (int64_t{sheet.width} * sheet.height <= most_png_pixels) return {result_sheet, encode_png(sheet)};
  return {result_sheet_jpeg, encode_jpeg(sheet, jpeg_quality)};
}

DrawnSheet draw_sheet(const MethodCall &call, const std::vector<ChosenPhoto> &photos,
                      const std::vector<SheetItem> &items, SheetOptions options) {
  // A few pictures may be large; of many, the whole is what one looks at.
  if (items.size() <= 4) options.columns = static_cast<int>(items.size());
  options.cell = items.size() <= 4     ? 512
                 : items.size() <= 12  ? 384
                 : items.size() <= 300 ? 256
                 : items.size() <= 800 ? 192
                                       : 144;
  DrawnSheet sheet;
  auto &figures = sheet.figures;
  figures.pictures = items.size();
  figures.shown = std::min<uint64_t>(items.size(), static_cast<uint64_t>(options.max_items));
  call.task.phase("sheet", figures.shown);
  auto size = options.cell > 256 ? ThumbnailSize::large : ThumbnailSize::small;
  auto drawn = draw_contact_sheet(items, options, [&](size_t i) {
    call.task.throw_if_cancelled();
    call.task.advance();
    auto picture = thumbnail(call, photos[i], size);
    if (picture.empty()) ++figures.without_thumbnail;
    return picture;
  });
  call.task.phase("write sheet");
  sheet.file = sheet_file(drawn);
  figures.name = sheet.file.name;
  return sheet;
}

}  // namespace kalon
