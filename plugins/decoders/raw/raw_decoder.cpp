// Camera RAW files: the preview that the camera made, else a small development by libraw.

#include <libraw/libraw.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../shared/compact_exif.h"
#include "../shared/exif.h"
#include "../shared/jpeg_stream.h"
#include "camera.h"
#include "embedded_jpeg.h"

namespace {

using kalon::decoders::JpegStream;
using kalon::plugin::ByteSpan;
using kalon::plugin::Failure;

// A preview whose longer edge is below this is worth a search for a better one that libraw overlooked.
constexpr uint32_t small_edge = 1000;

std::unique_ptr<LibRaw> open_raw(ByteSpan file, int &code) {
  auto raw = std::make_unique<LibRaw>(LIBRAW_OPIONS_NO_MEMERR_CALLBACK | LIBRAW_OPIONS_NO_DATAERR_CALLBACK);
  auto &params = raw->imgdata.params;  // of a development
  params.half_size = 1;
  params.use_camera_wb = 1;
  params.output_bps = 8;
  params.user_flip = 0;  // the caller turns the picture
  params.gamm[0] = 1 / 2.4;
  params.gamm[1] = 12.92;
  code = raw->open_buffer(const_cast<uint8_t *>(file.data), file.size);  // which only reads it
  return raw;
}

uint64_t area(const kalon_picture_info &info) {
  return uint64_t{info.width} * info.height;
}

class RawDecoder {
 public:
  RawDecoder(const kalon_source &source, const kalon_decode_limits &limits)
      : file_{source.data, static_cast<size_t>(source.data_size)} {
    int code = LIBRAW_SUCCESS;
    raw_ = open_raw(file_, code);
    const bool known = code == LIBRAW_SUCCESS;
    if (known) {
      properties_ = kalon::decoders::camera_properties(raw_->imgdata);
      camera_orientation_ = kalon::decoders::camera_orientation(raw_->imgdata);
      const libraw_image_sizes_t &sensor = raw_->imgdata.sizes;
      sensor_wide_ = sensor.raw_width > sensor.raw_height;
      sensor_tall_ = sensor.raw_width < sensor.raw_height;
      take_libraw_preview();
    }
    if (std::max(info_.width, info_.height) < small_edge) search_preview(limits);
    if (area(info_) == 0) prepare_development(known, code, limits);
    kalon::plugin::check_limits(info_.width, info_.height, limits);
    info_.orientation = find_orientation(known);
    name_format(source.path);
    if (jpeg_ && !preview_in_raw_) raw_.reset();
  }

  const kalon_picture_info &info() const { return info_; }

  ByteSpan metadata(int32_t kind) {
    switch (kind) {
      case KALON_METADATA_ICC:
        return jpeg_ ? ByteSpan{jpeg_->icc().data(), jpeg_->icc().size()} : ByteSpan{};
      case KALON_METADATA_EXIF:
        return exif();
      case KALON_METADATA_PROPERTIES:
        return {reinterpret_cast<const uint8_t *>(properties_.data()), properties_.size()};
      default:
        return {};
    }
  }

  void scale(uint32_t min_width, uint32_t min_height) {
    if (!jpeg_) return;
    jpeg_->scale(min_width, min_height);
    info_.decoded_width = jpeg_->info().decoded_width;
    info_.decoded_height = jpeg_->info().decoded_height;
  }

  void read(const kalon_pixels &dst) {
    if (jpeg_)
      jpeg_->read(dst);
    else if (!bitmap_.empty())
      copy_rows(bitmap_, dst);
    else
      develop(dst);
  }

 private:
  ByteSpan file_;
  std::unique_ptr<LibRaw> raw_;
  std::unique_ptr<JpegStream> jpeg_;  // the preview, when it is one
  bool preview_in_raw_ = false;       // its bytes belong to raw_
  ByteSpan bitmap_;                   // the preview, when it is plain pixels; belongs to raw_
  int camera_orientation_ = 1;
  bool sensor_wide_ = false, sensor_tall_ = false;
  kalon_picture_info info_{};
  std::string properties_;
  std::vector<uint8_t> file_exif_;

  void set_pixels_info(uint32_t width, uint32_t height, uint32_t channels) {
    info_ = {};
    info_.size = sizeof info_;
    info_.width = info_.decoded_width = width;
    info_.height = info_.decoded_height = height;
    info_.channels = channels;
    info_.colour = channels == 1 ? KALON_COLOUR_GREY : KALON_COLOUR_RGB;
    info_.sample = KALON_SAMPLE_U8;
    info_.frames = 1;
  }

  // A damaged preview counts as none.
  void take_libraw_preview() {
    if (raw_->unpack_thumb() != LIBRAW_SUCCESS) return;
    const libraw_thumbnail_t &preview = raw_->imgdata.thumbnail;
    const ByteSpan bytes{reinterpret_cast<const uint8_t *>(preview.thumb), preview.tlength};
    if (bytes.data == nullptr || bytes.empty()) return;
    if (preview.tformat == LIBRAW_THUMBNAIL_JPEG) {
      try {
        jpeg_ = std::make_unique<JpegStream>(bytes);
        preview_in_raw_ = true;
        info_ = jpeg_->info();
      } catch (const Failure &) {
      }
    } else if (preview.tformat == LIBRAW_THUMBNAIL_BITMAP) {
      const uint64_t pixels = uint64_t{preview.twidth} * preview.theight;
      const uint32_t channels = preview.tcolors == 1 ? 1 : 3;
      if (pixels == 0 || pixels * channels > bytes.size) return;
      bitmap_ = bytes;
      set_pixels_info(preview.twidth, preview.theight, channels);
    }
  }

  void search_preview(const kalon_decode_limits &limits) {
    for (const auto &found : kalon::decoders::find_embedded_jpegs(file_)) {
      if (uint64_t{found.width} * found.height <= area(info_)) return;
      if (!decodes(found.bytes, limits)) continue;
      jpeg_ = std::make_unique<JpegStream>(found.bytes);
      preview_in_raw_ = false;
      bitmap_ = {};
      info_ = jpeg_->info();
      return;
    }
  }

  static bool decodes(ByteSpan jpeg, const kalon_decode_limits &limits) {
    try {
      JpegStream stream(jpeg);
      kalon::plugin::check_limits(stream.info().width, stream.info().height, limits);
      stream.scale(1, 1);
      const kalon_picture_info &info = stream.info();
      kalon_pixels pixels{};
      pixels.size = sizeof pixels;
      pixels.width = info.decoded_width;
      pixels.height = info.decoded_height;
      pixels.channels = info.channels;
      pixels.sample = info.sample;
      pixels.stride = uint64_t{info.decoded_width} * info.channels;
      std::vector<uint8_t> rows(static_cast<size_t>(pixels.stride * pixels.height));
      pixels.data = rows.data();
      stream.read(pixels);
      return true;
    } catch (const Failure &) {
      return false;
    }
  }

  void prepare_development(bool known, int code, const kalon_decode_limits &limits) {
    if (!known)
      throw Failure(KALON_CORRUPT_DATA, std::string("libraw does not know the file (") + libraw_strerror(code) +
                                            "), and it holds no complete JPEG preview");
    const libraw_image_sizes_t &sizes = raw_->imgdata.sizes;
    kalon::plugin::check_limits(sizes.raw_width, sizes.raw_height, limits);
    libraw_decoder_info_t decoder{};
    if (raw_->get_decoder_info(&decoder) != LIBRAW_SUCCESS)
      throw Failure(KALON_UNSUPPORTED, "the file has no preview, and libraw cannot develop it");
    if (raw_->adjust_sizes_info_only() != LIBRAW_SUCCESS || sizes.iwidth == 0 || sizes.iheight == 0)
      throw Failure(KALON_CORRUPT_DATA, "the file has no preview, and libraw cannot tell the size of its picture");
    set_pixels_info(sizes.iwidth, sizes.iheight, raw_->imgdata.idata.colors == 1 ? 1 : 3);
  }

  void develop(const kalon_pixels &dst) {
    int code = LIBRAW_SUCCESS;
    auto check = [&code] {
      if (code == LIBRAW_SUCCESS) return;
      throw Failure(code == LIBRAW_UNSUFFICIENT_MEMORY ? KALON_OUT_OF_MEMORY : KALON_CORRUPT_DATA,
                    std::string("libraw: ") + libraw_strerror(code));
    };
    auto raw = open_raw(file_, code);  // asking for the size has spent the first one
    check();
    code = raw->unpack();
    check();
    if (raw->error_count() > 0) throw Failure(KALON_CORRUPT_DATA, "the sensor data end early or are damaged");
    code = raw->dcraw_process();
    check();
    struct Free {
      void operator()(libraw_processed_image_t *image) const { LibRaw::dcraw_clear_mem(image); }
    };
    std::unique_ptr<libraw_processed_image_t, Free> image(raw->dcraw_make_mem_image(&code));
    check();
    if (!image || image->width != dst.width || image->height != dst.height || image->colors != dst.channels ||
        image->bits != 8)
      throw Failure(KALON_CORRUPT_DATA, "libraw developed a picture of another size than the header tells");
    copy_rows({image->data, image->data_size}, dst);
  }

  static void copy_rows(ByteSpan rows, const kalon_pixels &dst) {
    const size_t row_bytes = size_t{dst.width} * dst.channels;
    if (rows.size < row_bytes * dst.height) throw Failure(KALON_CORRUPT_DATA, "the preview ends early");
    for (size_t y = 0; y < dst.height; ++y)
      std::memcpy(static_cast<uint8_t *>(dst.data) + y * dst.stride, rows.data + y * row_bytes, row_bytes);
  }

  // Cameras store the preview as the sensor lay, like the RAW data. A few turn the preview: then its shape is that of
  // the upright picture already.
  int find_orientation(bool known) const {
    if (!known) {
      const int stored = kalon::decoders::exif_orientation(file_);
      return stored != 1 || !jpeg_ ? stored
                                   : kalon::decoders::exif_orientation({jpeg_->exif().data(), jpeg_->exif().size()});
    }
    const bool turned = camera_orientation_ >= 5;
    const bool preview_wide = info_.width > info_.height, preview_tall = info_.width < info_.height;
    return turned && ((sensor_wide_ && preview_tall) || (sensor_tall_ && preview_wide)) ? 1 : camera_orientation_;
  }

  ByteSpan exif() {
    if (jpeg_ && !jpeg_->exif().empty()) return {jpeg_->exif().data(), jpeg_->exif().size()};
    if (file_exif_.empty()) file_exif_ = kalon::decoders::compact_exif(file_);  // most RAW files are TIFF structures
    return {file_exif_.data(), file_exif_.size()};
  }

  void name_format(const char *path) {
    static constexpr std::string_view known[] = {"cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "dng",
                                                 "raf", "rw2", "orf", "pef", "srw", "x3f", "3fr", "iiq", "erf",
                                                 "mrw", "mef", "mos", "kdc", "dcr", "rwl", "gpr"};
    std::string_view name = path ? path : "";
    const size_t dot = name.rfind('.');
    std::string extension(dot == name.npos ? "" : name.substr(dot + 1));
    for (char &c : extension)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto *found = std::find(std::begin(known), std::end(known), extension);
    const std::string_view format = found == std::end(known) ? std::string_view("raw") : *found;
    std::memset(info_.format, 0, sizeof info_.format);
    std::memcpy(info_.format, format.data(), format.size());
  }
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<RawDecoder>();
