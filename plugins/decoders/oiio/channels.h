#pragma once
// Which of a file's channels make the picture.

#include <string>
#include <vector>

namespace kalon::decoders {

struct Channels {
  int colour = 0;         // first of the colour channels, which lie side by side; -1: scattered, see scattered
  int colours = 1;        // 1 or 3
  int alpha = -1;         // -1: none
  int scattered[3] = {};  // red, green, blue
};

// By name: R, G, B (or those of the first layer, "layer.R" ...), else Y, else the first three or the first. A is alpha
// when it belongs to the same layer.
Channels choose_channels(const std::vector<std::string> &names, int alpha_channel);

}  // namespace kalon::decoders
