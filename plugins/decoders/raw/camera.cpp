#include "camera.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <kalon/plugin.hpp>

#include "../shared/text.h"

namespace kalon::decoders {
namespace {

// libraw's texts are arrays that a damaged file may fill to the last byte.
template <size_t size>
std::string text_of(const char (&array)[size]) {
  std::string text = to_utf8({array, strnlen(array, size)});
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.8g", value);
  for (char &c : text)
    if (c == ',') c = '.';  // some locales
  return text;
}

double degrees(const float (&parts)[3], char reference) {
  const double value = parts[0] + parts[1] / 60.0 + parts[2] / 3600.0;
  return reference == 'S' || reference == 'W' ? -value : value;
}

}  // namespace

std::string camera_properties(const libraw_data_t &raw) {
  std::string lines;
  auto add = [&](const char *key, const std::string &value) {
    if (!value.empty()) plugin::append_property(lines, key, value);
  };
  auto add_number = [&](const char *key, double value) {
    if (std::isfinite(value) && value > 0) add(key, number(value));
  };
  add("Make", text_of(raw.idata.make));
  add("Model", text_of(raw.idata.model));
  const std::string lens = text_of(raw.lens.Lens);
  add("LensModel", lens.empty() ? text_of(raw.lens.makernotes.Lens) : lens);
  if (raw.other.timestamp > 0) {
    // libraw read the camera's wall clock as local time; turning it back gives what the camera showed.
    std::tm wall{};
    char text[32];
    if (localtime_r(&raw.other.timestamp, &wall) && std::strftime(text, sizeof text, "%Y:%m:%d %H:%M:%S", &wall) > 0)
      add("DateTimeOriginal", text);
  }
  add_number("ISOSpeedRatings", raw.other.iso_speed);
  add_number("FNumber", raw.other.aperture);
  add_number("ExposureTime", raw.other.shutter);
  add_number("FocalLength", raw.other.focal_len);
  const libraw_gps_info_t &gps = raw.other.parsed_gps;
  if (gps.gpsparsed && gps.latref && gps.longref) {
    const double latitude = degrees(gps.latitude, gps.latref), longitude = degrees(gps.longitude, gps.longref);
    if (std::fabs(latitude) <= 90 && std::fabs(longitude) <= 180) {
      add("GPSLatitude", number(latitude));
      add("GPSLongitude", number(longitude));
    }
  }
  add("ImageDescription", text_of(raw.other.desc));
  return lines;
}

int camera_orientation(const libraw_data_t &raw) {
  constexpr int by_flip[8] = {1, 2, 4, 3, 5, 8, 6, 7};  // bit 0 mirrors, bit 1 turns upside down, bit 2 transposes
  const int flip = raw.sizes.flip;
  return flip >= 0 && flip < 8 ? by_flip[flip] : 1;
}

}  // namespace kalon::decoders
