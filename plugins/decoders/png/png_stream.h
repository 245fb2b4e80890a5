#pragma once
// libpng behind a C++ face.

#include <kalon/plugin.hpp>
#include <memory>
#include <string>
#include <vector>

namespace kalon::decoders {

class PngStream {
 public:
  // Reads everything that is not pixels. The bytes must stay. Throws plugin::Failure with libpng's own text.
  PngStream(plugin::ByteSpan file, const kalon_decode_limits &limits);
  ~PngStream();
  PngStream(const PngStream &) = delete;
  PngStream &operator=(const PngStream &) = delete;

  const kalon_picture_info &info() const { return info_; }
  plugin::ByteSpan icc() const;
  plugin::ByteSpan exif() const { return {exif_.data(), exif_.size()}; }  // TIFF structure
  plugin::ByteSpan xmp() const { return {reinterpret_cast<const uint8_t *>(xmp_.data()), xmp_.size()}; }
  plugin::ByteSpan properties() const {
    return {reinterpret_cast<const uint8_t *>(properties_.data()), properties_.size()};
  }

  void read(const kalon_pixels &dst);  // fits info(). Once.

 private:
  struct State;
  std::unique_ptr<State> state_;
  kalon_picture_info info_{};
  std::vector<uint8_t> exif_;
  std::string xmp_, properties_;

  void describe(plugin::ByteSpan file);
  void collect_exif();
  void collect_text();
};

}  // namespace kalon::decoders
