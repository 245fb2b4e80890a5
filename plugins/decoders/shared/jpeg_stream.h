#pragma once
// One JPEG in memory, read with libjpeg-turbo.

#include <kalon/plugin.hpp>
#include <memory>
#include <vector>

namespace kalon::decoders {

class JpegStream {
 public:
  // Reads the header. The bytes must stay. Throws plugin::Failure, with libjpeg's own text.
  explicit JpegStream(plugin::ByteSpan bytes);
  ~JpegStream();
  JpegStream(const JpegStream &) = delete;
  JpegStream &operator=(const JpegStream &) = delete;

  // All of it but the orientation, which is 1, and the format. Decoded sizes follow scale().
  const kalon_picture_info &info() const { return info_; }
  const std::vector<uint8_t> &exif() const { return exif_; }  // TIFF structure
  const std::vector<uint8_t> &xmp() const { return xmp_; }
  const std::vector<uint8_t> &icc() const { return icc_; }

  // Chooses the smallest of the sizes M/8, M = 1..8, whose width and height are both at least these; else the full
  // size.
  void scale(uint32_t min_width, uint32_t min_height);
  // Decodes into dst, which fits info(). Data that end early or do not follow their own tables are corrupt_data. Once.
  void read(const kalon_pixels &dst);

 private:
  struct State;
  std::unique_ptr<State> state_;
  kalon_picture_info info_{};
  unsigned eighths_ = 8;
  std::vector<uint8_t> exif_, xmp_, icc_;

  void collect_metadata();
};

}  // namespace kalon::decoders
