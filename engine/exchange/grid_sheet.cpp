#include "exchange/grid_sheet.h"

#include <algorithm>
#include <cmath>

#include "base/threads.h"
#include "exchange/sheet_layout.h"
#include "image/resample.h"

namespace kalon {
namespace {

constexpr Colour8 ground{22, 23, 26};

RgbImage plain(int width, int height) {
  RgbImage image(width, height);
  for (size_t i = 0; i < image.data.size(); i += 3) {
    image.data[i] = ground.red;
    image.data[i + 1] = ground.green;
    image.data[i + 2] = ground.blue;
  }
  return image;
}

RgbImage centre_square(const RgbImage &picture, int side) {
  double cut = std::min(picture.width, picture.height);
  double left = (picture.width - cut) / 2, top = (picture.height - cut) / 2;
  return resample(picture, Box{left, top, left + cut, top + cut}, side, side, Filter::lanczos);
}

}  // namespace

int largest_grid_cell(int64_t columns, int64_t rows) {
  double cells = static_cast<double>(columns) * static_cast<double>(rows);
  if (cells < 1) return max_sheet_side;
  auto by_area = static_cast<int64_t>(std::sqrt(static_cast<double>(max_sheet_pixels) / cells));
  return static_cast<int>(std::min(by_area, max_sheet_side / std::max(columns, rows)));
}

int default_grid_cell(int64_t columns, int64_t rows) {
  constexpr double pleasant_pixels = 16e6;
  double cells = static_cast<double>(columns) * static_cast<double>(rows);
  auto side = static_cast<int>(std::clamp(std::sqrt(pleasant_pixels / std::max(cells, 1.0)), 1.0, 320.0));
  return std::min(side, largest_grid_cell(columns, rows));
}

RgbImage draw_grid_sheet(const GridSheetSize &size, const std::function<RgbImage(int64_t)> &picture) {
  auto sheet = plain(static_cast<int>(size.columns * size.cell), static_cast<int>(size.rows * size.cell));
  parallel_for(size.columns * size.rows, [&](int64_t cell) {
    auto shown = picture(cell);
    if (shown.empty()) return;
    auto square = centre_square(shown, size.cell);
    auto left = static_cast<size_t>(cell % size.columns * size.cell);
    auto top = static_cast<int>(cell / size.columns * size.cell);
    for (int y = 0; y < size.cell; ++y)
      std::copy_n(square.row(y), 3 * static_cast<size_t>(size.cell), sheet.row(top + y) + 3 * left);
  });
  return sheet;
}

}  // namespace kalon
