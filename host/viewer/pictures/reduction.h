#pragma once
// Tiles of a picture in memory, at full size or reduced by powers of two.

#include <cstdint>
#include <tuple>
#include <vector>

#include <kalon/kalon.hpp>

namespace kalon::viewer {

// Width, height and RGBA of a tile: level 0 is the picture as it is, level n the mean of squares of 2^n pixels each way
// (of what of them lies in the picture). Tiles have `side` pixels each way, less at the right and lower edge. Nothing
// beyond the picture: width 0. [any]
std::tuple<int, int, std::vector<uint8_t>> reduced_tile(const host::Picture &picture, int level, int column, int row,
                                                        int side);

}  // namespace kalon::viewer
