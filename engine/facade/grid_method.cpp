// Method "grid": pictures in the cells of a grid, each beside its like, and one picture of all of them.

#include <atomic>
#include <limits>
#include <string>
#include <utility>

#include "arrange/grid_layout.h"
#include "base/file.h"
#include "base/text.h"
#include "exchange/grid_sheet.h"
#include "facade/json_object.h"
#include "facade/outlier_request.h"
#include "facade/output.h"
#include "facade/thumbnails.h"
#include "facade/vectors.h"
#include "image/codec.h"

namespace kalon {
namespace {

constexpr double page_proportion = 1.6;
constexpr int64_t most_columns = 100'000;

struct Arranged {
  std::vector<ChosenPhoto> photos;  // by row of the vectors
  GridLayout grid;
  uint64_t missing = 0;  // photos without a vector, left out
  std::string model;
};

Arranged arranged(const MethodCall &call, const Choice &choice, const SpaceChoice &wanted, int64_t columns,
                  uint64_t seed) {
  Arranged result;
  PhotoVectors vectors;
  {
    auto reader = call.library().read();
    auto photos = chosen_photos(reader, choice);
    auto space = chosen_space(call, reader, wanted);
    result.model = space.key.model;
    vectors = vectors_of(reader, space, std::move(photos));
  }
  if (vectors.photos.empty())
    throw Error(
        Status::not_found,
        vectors.missing > 0
            ? "none of the pictures has a vector of this model; run `kalon index` on them"
            : "no picture is left to arrange: none is indexed there, or all of them are excluded, vanished or filtered "
              "out");
  auto view = view_of(vectors);
  if (columns == 0) columns = grid_columns(view.rows, page_proportion);
  result.grid = arrange_in_grid(view, columns, seed, call.task);
  result.photos = std::move(vectors.photos);
  result.missing = vectors.missing;
  return result;
}

enum class SheetKind { png, jpeg };

SheetKind kind_of(const std::string &path) {
  auto dot = name_of(path).rfind('.');
  auto extension = dot == std::string::npos ? std::string() : ascii_lower(name_of(path).substr(dot + 1));
  if (extension == "png") return SheetKind::png;
  if (extension == "jpg" || extension == "jpeg") return SheetKind::jpeg;
  throw Error(Status::invalid_argument, "the sheet is a PNG or a JPEG; name a file that ends in .png or .jpg",
              display_text(path));
}

struct SheetRequest {
  std::string path;  // empty: no sheet
  SheetKind kind = SheetKind::png;
  bool overwrite = false;
  int cell = 0;  // 0: as suits the number of pictures
};

// A PNG of more pixels would have tens of megabytes: it is a JPEG, beside the file that was named.
void prefer_jpeg(SheetRequest &request, const GridSheetSize &size) {
  constexpr int64_t most_png_pixels = 24'000'000;
  if (request.kind == SheetKind::jpeg || size.columns * size.rows * size.cell * size.cell <= most_png_pixels) return;
  request.kind = SheetKind::jpeg;
  request.path = request.path.substr(0, request.path.rfind('.')) + ".jpg";
  refuse_existing(request.path, request.overwrite);
}

GridSheetSize sheet_size(const SheetRequest &request, const GridLayout &grid) {
  GridSheetSize size{grid.columns, grid.rows, request.cell};
  auto largest = largest_grid_cell(grid.columns, grid.rows);
  if (largest == 0)
    throw Error(Status::limit_exceeded, "so many pictures do not fit on one sheet; choose some by folder or condition");
  if (size.cell == 0) size.cell = default_grid_cell(grid.columns, grid.rows);
  if (size.cell > largest)
    throw Error(Status::limit_exceeded,
                "the sheet would be too large; cells of " + std::to_string(largest) + " pixels fit", "parameter cell");
  return size;
}

void write_sheet(const MethodCall &call, SheetRequest request, const Arranged &result, JsonObject &summary) {
  constexpr int jpeg_quality = 90;
  auto size = sheet_size(request, result.grid);
  prefer_jpeg(request, size);
  call.task.phase("sheet", result.photos.size());
  // The square that is cut from the smaller thumbnail has about 170 pixels a side.
  auto thumbnails = size.cell > 176 ? ThumbnailSize::large : ThumbnailSize::small;
  std::atomic<uint64_t> blank{0};
  auto sheet = draw_grid_sheet(size, [&](int64_t cell) {
    call.task.throw_if_cancelled();
    auto row = result.grid.cells[static_cast<size_t>(cell)];
    if (row < 0) return RgbImage();
    auto picture = thumbnail(call, result.photos[static_cast<size_t>(row)], thumbnails);
    if (picture.empty()) ++blank;
    call.task.advance();
    return picture;
  });
  call.task.phase("write sheet");
  auto bytes = request.kind == SheetKind::png ? encode_png(sheet) : encode_jpeg(sheet, jpeg_quality);
  call.task.throw_if_cancelled();
  write_file_atomically(request.path, bytes);
  summary.add("cell", size.cell).add("width", sheet.width).add("height", sheet.height);
  summary.add("uri", file_uri(request.path)).add("path", request.path);
  if (blank > 0) summary.add("without_thumbnail", blank.load());
}

}  // namespace

Ending run_grid(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto choice = choice_from(parameters);
  auto space = space_choice_from(parameters);
  auto columns = parameters.integer("columns", 0, 1, most_columns);
  auto seed = parameters.integer("seed", 1, 0, std::numeric_limits<int64_t>::max());
  SheetRequest request;
  request.path = parameters.path("to");
  request.overwrite = parameters.flag("overwrite");
  request.cell = static_cast<int>(parameters.integer("cell", 0, 1, 16384));
  parameters.reject_unknown();
  if (!request.path.empty()) {
    request.kind = kind_of(request.path);
    refuse_unwritable(request.path, request.overwrite);
  } else if (request.overwrite || request.cell > 0) {
    throw Error(Status::invalid_argument, "is about the sheet; name its file with `to`",
                request.overwrite ? "parameter overwrite" : "parameter cell");
  }

  auto result = arranged(call, choice, space, columns, static_cast<uint64_t>(seed));
  JsonObject summary;
  summary.add("pictures", result.photos.size()).add("columns", result.grid.columns).add("rows", result.grid.rows);
  summary.add("without_vector", result.missing).add("model", result.model);
  if (!request.path.empty()) write_sheet(call, request, result, summary);
  for (size_t cell = 0; cell < result.photos.size(); ++cell) {
    auto place = static_cast<int64_t>(cell);
    const auto &photo = result.photos[static_cast<size_t>(result.grid.cells[cell])];
    JsonObject row;
    row.add("column", place % result.grid.columns).add("row", place / result.grid.columns);
    row.add("id", photo.key.picture.hex()).add("photo", photo.photo.hex());
    row.add("uri", file_uri(photo.path)).add("path", photo.path);
    call.rows.row(row.str());
  }
  return {Status::ok, summary.str()};
}

}  // namespace kalon
