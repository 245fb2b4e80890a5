#pragma once
// What is known of a photo, as it is told to people.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kalon::viewer {

// How it was taken, as the engine's attributes say it; empty where unknown.
struct Shot {
  std::string camera, lens, focal_length, aperture, exposure_time, iso, latitude, longitude;
};

// "50 mm · f/2.8 · 1/200 s · ISO 100", of what is known; may be empty.
std::string exposure_text(const Shot &shot);
// "47.50000° N, 8.55000° E"; empty when it is not a place on Earth.
std::string position_text(const Shot &shot);

// One file of a photo.
struct FileFacts {
  std::string path;  // bytes
  std::string format;
  uint64_t size = 0;
  uint32_t width = 0, height = 0;
  std::string message;  // why it cannot be read
  bool vanished = false;
  std::vector<std::string> copies;  // paths of other files with the same picture, bytes
};

struct Facts {
  std::vector<FileFacts> files;
  Shot shot;                                                    // of the first file that says it
  std::vector<std::pair<std::string, std::string>> attributes;  // all others too, by name; the first file's win
  std::vector<std::string> models;                              // that it has vectors of
  std::string excluded_reason;
};

// From rows of `info`, in their order. Rows that cannot be read are left out.
Facts facts_of(std::span<const std::string> rows);
// The parameters of `info` for these paths (bytes).
std::string info_parameters(std::span<const std::string> paths);
// Whether the text is in the name or the value, without case of ASCII letters.
bool mentions(const std::pair<std::string, std::string> &attribute, std::string_view text);

}  // namespace kalon::viewer
