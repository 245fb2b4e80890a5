#include "facade/sheet_file.h"

#include "embed/scan.h"
#include "image/codec.h"

namespace kalon {

MadeFile sheet_file(const RgbImage &sheet) {
  constexpr int64_t kMostPngPixels = 24'000'000;
  constexpr int kJpegQuality = 88;
  if (int64_t{sheet.width} * sheet.height <= kMostPngPixels) return {result_sheet, encode_png(sheet)};
  return {result_sheet_jpeg, encode_jpeg(sheet, kJpegQuality)};
}

}  // namespace kalon
