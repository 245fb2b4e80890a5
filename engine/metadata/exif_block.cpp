#include <libexif/exif-data.h>
#include <libexif/exif-utils.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <memory>

#include "metadata/readers.h"

namespace kalon {
namespace {

// libexif reads no further.
constexpr size_t max_exif_bytes = 0xfffe;

// Numbers of tags that libexif has no name for, or names differently from version to version (CIPA DC-008-2023).
enum : int {
  tag_image_description = 0x010e,
  tag_make = 0x010f,
  tag_model = 0x0110,
  tag_orientation = 0x0112,
  tag_date_time = 0x0132,
  tag_rating = 0x4746,
  tag_rating_percent = 0x4749,
  tag_exposure_time = 0x829a,
  tag_f_number = 0x829d,
  tag_iso = 0x8827,
  tag_recommended_exposure_index = 0x8832,
  tag_iso_speed = 0x8833,
  tag_date_time_original = 0x9003,
  tag_date_time_digitized = 0x9004,
  tag_offset_time = 0x9010,
  tag_offset_time_original = 0x9011,
  tag_offset_time_digitized = 0x9012,
  tag_shutter_speed_value = 0x9201,
  tag_aperture_value = 0x9202,
  tag_focal_length = 0x920a,
  tag_user_comment = 0x9286,
  tag_subsec_time = 0x9290,
  tag_subsec_time_original = 0x9291,
  tag_subsec_time_digitized = 0x9292,
  tag_xp_title = 0x9c9b,
  tag_xp_comment = 0x9c9c,
  tag_xp_keywords = 0x9c9e,
  tag_lens_model = 0xa434,
  tag_gps_latitude_ref = 0x0001,
  tag_gps_latitude = 0x0002,
  tag_gps_longitude_ref = 0x0003,
  tag_gps_longitude = 0x0004,
};

struct Unref {
  void operator()(ExifData *data) const { exif_data_unref(data); }
};

class Block {
 public:
  explicit Block(ByteView tiff) : data_(exif_data_new()) {
    if (!data_) return;
    exif_data_unset_option(data_.get(), EXIF_DATA_OPTION_IGNORE_UNKNOWN_TAGS);
    exif_data_unset_option(data_.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
    exif_data_set_option(data_.get(), EXIF_DATA_OPTION_DONT_CHANGE_MAKER_NOTE);
    static constexpr char header[6] = {'E', 'x', 'i', 'f', 0, 0};
    Bytes block(header, header + 6);
    block.insert(block.end(), tiff.begin(), tiff.end());
    exif_data_load_data(data_.get(), block.data(), static_cast<unsigned>(block.size()));
    order_ = exif_data_get_byte_order(data_.get());
  }

  bool little_endian() const { return order_ == EXIF_BYTE_ORDER_INTEL; }

  ByteView bytes(int tag, ExifIfd ifd) const {
    auto *entry = find(tag, ifd);
    return entry ? ByteView(entry->data, entry->size) : ByteView();
  }

  std::string text(int tag, ExifIfd ifd) const {
    auto *entry = find(tag, ifd);
    if (!entry || (entry->format != EXIF_FORMAT_ASCII && entry->format != EXIF_FORMAT_UNDEFINED &&
                   entry->format != EXIF_FORMAT_BYTE))
      return {};
    auto whole = text_of(ByteView(entry->data, entry->size));
    return std::string(whole.substr(0, whole.find('\0')));
  }

  std::optional<double> number(int tag, ExifIfd ifd, size_t index = 0) const {
    auto *entry = find(tag, ifd);
    if (!entry) return {};
    size_t width = exif_format_get_size(entry->format);
    if (width == 0 || index >= entry->components || (index + 1) * width > entry->size) return {};
    const uint8_t *at = entry->data + index * width;
    switch (entry->format) {
      case EXIF_FORMAT_BYTE:
        return *at;
      case EXIF_FORMAT_SHORT:
        return exif_get_short(at, order_);
      case EXIF_FORMAT_SSHORT:
        return exif_get_sshort(at, order_);
      case EXIF_FORMAT_LONG:
        return exif_get_long(at, order_);
      case EXIF_FORMAT_SLONG:
        return exif_get_slong(at, order_);
      case EXIF_FORMAT_RATIONAL: {
        auto value = exif_get_rational(at, order_);
        return ratio(value.numerator, value.denominator);
      }
      case EXIF_FORMAT_SRATIONAL: {
        auto value = exif_get_srational(at, order_);
        return ratio(value.numerator, value.denominator);
      }
      default:
        return {};
    }
  }

 private:
  static std::optional<double> ratio(double numerator, double denominator) {
    if (denominator == 0) return {};
    return numerator / denominator;
  }

  ExifEntry *find(int tag, ExifIfd ifd) const {
    if (!data_) return nullptr;
    auto *entry = exif_content_get_entry(data_->ifd[ifd], static_cast<ExifTag>(tag));
    return entry && entry->data && entry->size > 0 ? entry : nullptr;
  }

  std::unique_ptr<ExifData, Unref> data_;
  ExifByteOrder order_ = EXIF_BYTE_ORDER_INTEL;
};

std::optional<WallTime> time_from(const Block &block, int tag, ExifIfd ifd, int subseconds, int offset) {
  auto time = parse_time(block.text(tag, ifd));
  if (!time) return {};
  if (!time->microseconds) time->microseconds = parse_subseconds(block.text(subseconds, EXIF_IFD_EXIF));
  if (!time->offset_minutes) time->offset_minutes = parse_offset(block.text(offset, EXIF_IFD_EXIF));
  return time;
}

// The first eight bytes name the code of the rest.
std::string user_comment(const Block &block) {
  auto bytes = block.bytes(tag_user_comment, EXIF_IFD_EXIF);
  if (bytes.size() <= 8) return {};
  auto code = bytes.first(8), rest = bytes.subspan(8);
  if (std::memcmp(code.data(), "UNICODE", 8) == 0) {
    // Programs disagree on the byte order; the half with more zero bytes is the upper one.
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < rest.size(); ++i) zeros[i % 2] += rest[i] == 0;
    bool little = block.little_endian();
    if (zeros[0] != zeros[1]) little = zeros[1] > zeros[0];
    if (rest.size() >= 2 && rest[0] == 0xff && rest[1] == 0xfe) little = true;
    if (rest.size() >= 2 && rest[0] == 0xfe && rest[1] == 0xff) little = false;
    return text_from_utf16(rest, little);
  }
  if (std::memcmp(code.data(), "JIS\0\0\0\0\0", 8) == 0) return {};
  bool coded = std::memcmp(code.data(), "ASCII\0\0\0", 8) == 0 || std::memcmp(code.data(), "\0\0\0\0\0\0\0\0", 8) == 0;
  // Without a known code the text begins at once.
  auto text = text_of(coded ? rest : bytes);
  return std::string(text.substr(0, text.find('\0')));
}

std::optional<double> degrees(const Block &block, int tag, int reference, char negative, char positive) {
  auto side = block.text(reference, EXIF_IFD_GPS);
  if (side.empty() || (side[0] != negative && side[0] != positive)) return {};
  double value = 0, unit = 1;
  for (size_t i = 0; i < 3; ++i, unit /= 60) {
    auto part = block.number(tag, EXIF_IFD_GPS, i);
    if (!part && i == 0) return {};
    value += part.value_or(0) * unit;
  }
  return side[0] == negative ? -value : value;
}

void read_shooting_values(const Block &block, Findings &findings) {
  ShootingValues values;
  values.iso = block.number(tag_iso, EXIF_IFD_EXIF);
  // 65535 stands for "more than fits": the value is in one of the two longer fields.
  if (!values.iso || *values.iso == 65535 || *values.iso == 0) {
    for (int tag : {tag_recommended_exposure_index, tag_iso_speed})
      if (auto longer = block.number(tag, EXIF_IFD_EXIF)) {
        values.iso = longer;
        break;
      }
  }
  values.f_number = block.number(tag_f_number, EXIF_IFD_EXIF);
  if (auto apex = block.number(tag_aperture_value, EXIF_IFD_EXIF); apex && !values.f_number)
    values.f_number = std::exp2(*apex / 2);
  values.exposure_seconds = block.number(tag_exposure_time, EXIF_IFD_EXIF);
  if (auto apex = block.number(tag_shutter_speed_value, EXIF_IFD_EXIF); apex && !values.exposure_seconds)
    values.exposure_seconds = std::exp2(-*apex);
  values.focal_length = block.number(tag_focal_length, EXIF_IFD_EXIF);
  values.latitude = degrees(block, tag_gps_latitude, tag_gps_latitude_ref, 'S', 'N');
  values.longitude = degrees(block, tag_gps_longitude, tag_gps_longitude_ref, 'W', 'E');
  set_shooting_values(findings, values);
}

void read_descriptions(const Block &block, Findings &findings) {
  auto windows_text = [&](int tag) { return text_from_utf16(block.bytes(tag, EXIF_IFD_0), true); };
  auto comment = user_comment(block);
  // Web UIs for image generators write their settings into the comment of JPEG and WebP files.
  if (read_generation_parameters(comment, findings)) comment.clear();
  findings.set("caption", block.text(tag_image_description, EXIF_IFD_0));
  findings.set("caption", comment);
  findings.set("caption", windows_text(tag_xp_comment));
  findings.set("title", windows_text(tag_xp_title));

  std::string keywords;
  for (char c : windows_text(tag_xp_keywords)) keywords += c == ';' ? '\n' : c == '\n' ? ' ' : c;
  findings.set_keywords(keywords);
}

}  // namespace

void read_exif(ByteView block_bytes, Findings &findings) {
  static constexpr char header[6] = {'E', 'x', 'i', 'f', 0, 0};
  if (block_bytes.size() > 6 && std::memcmp(block_bytes.data(), header, 6) == 0) block_bytes = block_bytes.subspan(6);
  if (block_bytes.size() < 8) return;
  Block block(block_bytes.first(std::min(block_bytes.size(), max_exif_bytes - 6)));

  findings.add_time(TimeKind::original, time_from(block, tag_date_time_original, EXIF_IFD_EXIF,
                                                  tag_subsec_time_original, tag_offset_time_original));
  findings.add_time(TimeKind::digitized, time_from(block, tag_date_time_digitized, EXIF_IFD_EXIF,
                                                   tag_subsec_time_digitized, tag_offset_time_digitized));
  findings.add_time(TimeKind::changed, time_from(block, tag_date_time, EXIF_IFD_0, tag_subsec_time, tag_offset_time));
  if (auto value = block.number(tag_orientation, EXIF_IFD_0); value && *value >= 1 && *value <= 8)
    findings.set_orientation(static_cast<int>(*value));
  findings.set_camera(block.text(tag_make, EXIF_IFD_0), block.text(tag_model, EXIF_IFD_0));
  findings.set_lens(block.text(tag_lens_model, EXIF_IFD_EXIF));
  if (auto stars = block.number(tag_rating, EXIF_IFD_0))
    findings.set_rating(*stars);
  else if (auto percent = block.number(tag_rating_percent, EXIF_IFD_0))
    findings.set_rating_percent(*percent);
  read_shooting_values(block, findings);
  read_descriptions(block, findings);
}

}  // namespace kalon
