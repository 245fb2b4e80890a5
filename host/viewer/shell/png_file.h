#pragma once
// Pictures of the window.

#include <cstdint>
#include <span>
#include <string>

namespace kalon::viewer {

// rgb: height x width x 3. Replaces a file of this name. False when it cannot be written. [any]
bool write_png(const std::string &file, int width, int height, std::span<const uint8_t> rgb);

}  // namespace kalon::viewer
