#pragma once
// A picture's file through its decoder plugin: header, metadata, pixels.

#include <memory>
#include <string>

#include <kalon/plugin.h>

#include "base/bytes.h"
#include "base/task.h"
#include "image/pixels.h"
#include "plugin/registry.h"

namespace kalon {

// The largest picture that is decoded at all, at whatever scale: width x height of the stored picture.
constexpr uint64_t max_picture_pixels = 500'000'000;

// The most that decoding one picture may hold: a small file can claim gigabytes of float pixels.
constexpr uint64_t max_decode_bytes = uint64_t{4} << 30;

// What transparent pictures are laid upon: light grey, so that neither black nor white drawings vanish.
constexpr Colour8 transparency_background{192, 192, 192};

// How large a picture must be decoded. Sizes are those of the upright picture.
struct DecodeNeed {
  float cover = 0;  // at least this many times the input in both directions; 0 = full size
  int input_width = 0;
  int input_height = 0;
  int long_side = 0;  // and at least this long on its longer side
};

// The text that names a need inside a vector space's policy. [any]
std::string describe(const DecodeNeed &need);

// One file, open in its decoder. The bytes must outlive it. Not thread-safe.
class PictureFile {
 public:
  // Reads the header only. Throws unsupported (no decoder takes it), missing_feature, corrupt_data, limit_exceeded.
  // task: whose cancellation ends the decoding too; may be null. [worker]
  static PictureFile open(Registry &registry, const std::string &path, ByteView bytes, const Task *task = nullptr);
  PictureFile(PictureFile &&) noexcept = default;

  const kalon_picture_info &info() const { return info_; }
  uint32_t upright_width() const { return turned() ? info_.height : info_.width; }
  uint32_t upright_height() const { return turned() ? info_.width : info_.height; }
  ByteView metadata(int32_t kind) const;  // empty when there is none

  // Chooses the smallest decoded size that satisfies the need. [worker]
  void choose_scale(const DecodeNeed &need);
  // Bytes that read() will hold at its peak. [any]
  uint64_t decode_bytes() const;
  // Upright sRGB; once. Throws corrupt_data, limit_exceeded, out_of_memory. [worker]
  RgbImage read(Colour8 background);

 private:
  explicit PictureFile(std::unique_ptr<Decoding> decoding);
  bool turned() const { return info_.orientation >= 5 && info_.orientation <= 8; }
  void refresh_info();

  std::unique_ptr<Decoding> decoding_;
  kalon_picture_info info_{};
};

}  // namespace kalon
