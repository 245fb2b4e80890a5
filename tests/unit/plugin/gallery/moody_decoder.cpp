// A decoder that does what the files ask of it: "MOODY" and a mood for opening, one for reading, width, height.
#include <kalon/plugin.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "moods.h"

namespace {

void feel(uint8_t mood) {
  if (mood == moods::crash) {
    std::signal(SIGSEGV, SIG_DFL);  // sanitizers would make an exit of it
    std::raise(SIGSEGV);
  }
  if (mood == moods::hang)
    for (;;) ::pause();
  if (mood == moods::leave) ::_exit(0);
  if (mood == moods::fails) throw kalon::plugin::Failure(KALON_CORRUPT_DATA, "this file is in a bad mood");
  if (mood == moods::crash_once)
    if (const char *marker = std::getenv("MOODY_MARKER"); marker && ::unlink(marker) == 0) std::raise(SIGKILL);
}

class Moody {
 public:
  Moody(const kalon_source &source, const kalon_decode_limits &) : path_(source.path ? source.path : "") {
    if (source.data_size < 9) throw kalon::plugin::Failure(KALON_CORRUPT_DATA, "the file is too short");
    feel(source.data[5]);
    reading_ = source.data[6];
    info_.size = sizeof info_;
    info_.width = info_.decoded_width = source.data[7];
    info_.height = info_.decoded_height = source.data[8];
    info_.channels = 3;
    info_.colour = KALON_COLOUR_RGB;
    info_.sample = KALON_SAMPLE_U8;
    info_.orientation = 1;
    info_.frames = 1;
    std::strcpy(info_.format, "moody");
    // More than fits into one packet or the first memory.
    properties_ = "text:path=" + path_ + "\ntext:long=" + std::string(3'000'000, 'x') + "\n";
  }
  const kalon_picture_info &info() const { return info_; }
  kalon::plugin::ByteSpan metadata(int32_t kind) {
    if (kind == KALON_METADATA_XMP) return {reinterpret_cast<const uint8_t *>(process_.data()), process_.size()};
    if (kind != KALON_METADATA_PROPERTIES) return {};
    return {reinterpret_cast<const uint8_t *>(properties_.data()), properties_.size()};
  }
  void scale(uint32_t min_width, uint32_t min_height) {
    info_.decoded_width = std::min(info_.width, min_width);
    info_.decoded_height = std::min(info_.height, min_height);
  }
  void read(const kalon_pixels &dst) {
    feel(reading_);
    for (uint32_t y = 0; y < dst.height; ++y)
      for (uint32_t x = 0; x < dst.width * 3; ++x)
        static_cast<uint8_t *>(dst.data)[y * dst.stride + x] = static_cast<uint8_t>(y * 16 + x);
  }

 private:
  std::string path_, properties_, process_ = std::to_string(::getpid());
  uint8_t reading_ = 0;
  kalon_picture_info info_{};
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<Moody>();
