// The spatial envelope of a scene, after GIST (Oliva, Torralba 2001): how much the picture varies in each of 8
// orientations, on 4 x 4 fields. GIST takes Gabor filters; here the gradient of a 32 x 32 luma picture is shared among
// orientations by the eighth power of the cosine of the angle between them, one scale, no trigonometry per pixel.
#include <array>
#include <cmath>
#include <numbers>

#include "parts.h"

namespace descriptor {
namespace {

constexpr size_t size = 32, fields = 4, field = size / fields, orientations = 8;
constexpr float softness = 3;  // in roots of levels: pictures without gradients have no envelope

using Row = std::array<float, size>;

struct Directions {
  std::array<float, orientations> cosine, sine;
  Directions() {
    for (size_t k = 0; k < orientations; ++k) {
      double angle = std::numbers::pi * static_cast<double>(k) / orientations;
      cosine[k] = static_cast<float>(std::cos(angle));
      sine[k] = static_cast<float>(std::sin(angle));
    }
  }
};

// Central differences; beyond the border the picture goes on as it ends.
void gradients(const std::array<Row, size> &luma, size_t y, Row &across, Row &down) {
  const Row &above = luma[y == 0 ? 0 : y - 1], &here = luma[y], &below = luma[y + 1 == size ? y : y + 1];
  for (size_t x = 1; x + 1 < size; ++x) across[x] = (here[x + 1] - here[x - 1]) / 2;
  across[0] = (here[1] - here[0]) / 2;
  across[size - 1] = (here[size - 1] - here[size - 2]) / 2;
  for (size_t x = 0; x < size; ++x) down[x] = (below[x] - above[x]) / 2;
}

}  // namespace

void oriented_energy(const Planes &planes, float *out) {
  static const Directions directions;
  std::array<Row, size> luma;
  for (size_t y = 0; y < size; ++y)
    for (size_t x = 0; x < size; ++x) luma[y][x] = static_cast<float>(planes.luma_4x4[y * size + x]) / (16 * luma_unit);

  std::array<float, fields * fields * orientations> energy;
  for (size_t field_row = 0; field_row < fields; ++field_row) {
    std::array<Row, orientations> columns{};
    for (size_t y = field_row * field; y < (field_row + 1) * field; ++y) {
      Row across, down, magnitude, inverse;
      gradients(luma, y, across, down);
      for (size_t x = 0; x < size; ++x) {
        float square = across[x] * across[x] + down[x] * down[x] + 1e-6f;
        magnitude[x] = std::sqrt(square);
        inverse[x] = 1 / square;
      }
      for (size_t k = 0; k < orientations; ++k) {
        float cosine = directions.cosine[k], sine = directions.sine[k];
        for (size_t x = 0; x < size; ++x) {
          float along = across[x] * cosine + down[x] * sine;
          float squared = along * along * inverse[x];
          float fourth = squared * squared;
          columns[k][x] += magnitude[x] * fourth * fourth;
        }
      }
    }
    for (size_t x = 0; x < fields; ++x)
      for (size_t k = 0; k < orientations; ++k) {
        float sum = 0;
        for (size_t i = 0; i < field; ++i) sum += columns[k][x * field + i];
        energy[(field_row * fields + x) * orientations + k] = std::sqrt(sum / (field * field));
      }
  }
  constexpr size_t mirrored[orientations] = {0, 7, 6, 5, 4, 3, 2, 1};
  fold_mirror(energy.data(), orientations, mirrored, out);
  normalise(out, oriented_energy_size, softness);
}

}  // namespace descriptor
