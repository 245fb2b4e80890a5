#include "embed/embed_file.h"

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/text.h"
#include "embed/picture_file.h"
#include "image/payload.h"

namespace kalon {
namespace {

void mirror(RgbImage &image) {
  using Pixel = std::array<uint8_t, 3>;
  static_assert(sizeof(Pixel) == 3);
  for (int y = 0; y < image.height; ++y) {
    auto *pixels = reinterpret_cast<Pixel *>(image.row(y));
    std::reverse(pixels, pixels + image.width);
  }
}

}  // namespace

EmbeddedFile embed_file(Registry &registry, ModelStreams &model, const std::string &path, bool mirrored) {
  Bytes bytes = read_file(path);
  try {
    auto file = PictureFile::open(registry, path, bytes);
    file.choose_scale(model.need());
    auto picture = file.read(transparency_background);
    if (mirrored) mirror(picture);
    auto embedded = model.run({model.inputs(picture)});
    if (!embedded[0].outcome.ok()) throw Error(embedded[0].outcome.status, embedded[0].outcome.text);
    return {identify(bytes).picture, std::move(embedded[0].vector)};
  } catch (const Error &error) {
    throw Error(error.status(), error.message(), display_text(path));
  }
}

}  // namespace kalon
