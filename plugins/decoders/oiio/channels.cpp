#include "channels.h"

#include <algorithm>
#include <string_view>

namespace kalon::decoders {
namespace {

int find_name(const std::vector<std::string> &names, const std::string &name) {
  auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace

Channels choose_channels(const std::vector<std::string> &names, int alpha_channel) {
  const int count = static_cast<int>(names.size());
  Channels channels;
  auto take_layer = [&](const std::string &prefix) {
    const int red = find_name(names, prefix + "R"), green = find_name(names, prefix + "G"),
              blue = find_name(names, prefix + "B");
    if (red < 0 || green < 0 || blue < 0) return false;
    const bool together = green == red + 1 && blue == red + 2;
    channels = {together ? red : -1, 3, find_name(names, prefix + "A"), {red, green, blue}};
    return true;
  };
  if (take_layer("")) return channels;
  for (const std::string &name : names) {
    const size_t dot = name.rfind('.');
    if (dot != name.npos && name.compare(dot, name.npos, ".R") == 0 && take_layer(name.substr(0, dot + 1)))
      return channels;
  }
  channels.alpha = alpha_channel >= 0 && alpha_channel < count ? alpha_channel : find_name(names, "A");
  const int grey = find_name(names, "Y");
  if (grey >= 0 || count < 3) {
    channels.colour = std::max(grey, 0);
    if (channels.alpha == channels.colour) channels.alpha = -1;
    return channels;
  }
  channels.colours = 3;
  if (channels.alpha < 3) channels.alpha = -1;
  return channels;
}

}  // namespace kalon::decoders
