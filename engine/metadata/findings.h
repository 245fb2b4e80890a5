#pragma once
// What the readers of single blocks have in common: the collected values, and how raw values become clean ones.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "metadata/metadata.h"

namespace kalon {

constexpr size_t max_value_bytes = 64 * 1024;

// A camera's wall clock, as exactly as a block told it.
struct WallTime {
  int64_t seconds = 0;  // since 1970, of the wall clock
  std::optional<int> microseconds;
  std::optional<int> offset_minutes;  // east of UTC
  bool has_time_of_day = false;
};

// The moment a time speaks of; earlier kinds are believed first.
enum class TimeKind { original, digitized, changed };

// Values by name. Blocks are read in their order of authority, so the first value of a name stays.
class Findings {
 public:
  // The value is cleaned; one that is empty then is no value.
  void set(std::string_view name, std::string_view value);
  // From here on the name counts as decided without a value.
  void decide_empty(std::string_view name);
  bool decided(std::string_view name) const;
  void add_time(TimeKind kind, const std::optional<WallTime> &time);
  void set_orientation(int value);

  // Make and model without saying the make twice.
  void set_camera(std::string_view make, std::string_view model);
  // -1..5 as xmp:Rating has it; -1 is a reject flag too. Anything else is ignored.
  void set_rating(double value);

  // Windows' scale of 0, 1, 25, 50, 75, 99 for 0..5 stars.
  void set_rating_percent(double value);
  void set_lens(std::string_view value);  // cameras write dashes for "none"
  // One keyword a line; duplicates and surrounding spaces go.
  void set_keywords(std::string_view lines);

  Metadata result() &&;

 private:
  struct Candidate {
    TimeKind kind;
    WallTime time;
  };
  std::vector<MetadataField> fields_;  // decided ones without a value included
  std::vector<Candidate> times_;
  int orientation_ = 0;
};

// Valid UTF-8, trimmed, without control characters but newline and tab, at most max_value_bytes. Bytes that are not
// UTF-8 are read as Windows-1252, the superset of Latin-1 that programs really wrote.
std::string clean_text(std::string_view bytes);
std::string text_from_utf16(ByteView bytes, bool little_endian);

// "2023:05:14 10:22:33.12+02:00" (EXIF) and "2023-05-14T10:22:33.12+02:00" (XMP, ISO 8601), also shortened from the
// end.
std::optional<WallTime> parse_time(std::string_view text);
// The digits of a fraction of a second, "12" for 0.12, as microseconds.
std::optional<int> parse_subseconds(std::string_view text);
// "Z" or "+02:00" as minutes.
std::optional<int> parse_offset(std::string_view text);

// "2.8" or "28/10"; nothing for what is no finite number. Depends on no locale, like the next four.
std::optional<double> parse_number(std::string_view text);
std::string decimal(double value, int digits);  // rounded, without trailing zeros
std::string aperture_text(double f_number);
std::string exposure_text(double seconds);
std::string focal_length_text(double millimetres);

// Sets the shooting values that are positive and finite, in the one form of their columns.
struct ShootingValues {
  std::optional<double> iso, f_number, exposure_seconds, focal_length;
  std::optional<double> latitude, longitude;  // degrees
};
void set_shooting_values(Findings &findings, const ShootingValues &values);

}  // namespace kalon
