#include <map>

#include "base/text.h"
#include "metadata/readers.h"

namespace kalon {
namespace {

constexpr size_t max_texts = 100;

using Properties = std::map<std::string, std::string, std::less<>>;

std::string unescaped(std::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      text += value[i];
      continue;
    }
    char c = value[++i];
    text += c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }
  return text;
}

Properties parse(std::string_view lines) {
  Properties properties;
  while (!lines.empty() && properties.size() < 1000) {
    auto end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    auto equals = line.find('=');
    if (equals != std::string_view::npos && equals > 0)
      properties.emplace(line.substr(0, equals), unescaped(line.substr(equals + 1)));
  }
  return properties;
}

class Reader {
 public:
  Reader(const Properties &properties, Findings &findings) : properties_(properties), findings_(findings) {}

  void read() {
    read_camera();
    read_texts();
  }

 private:
  std::string_view value(std::string_view key) const {
    auto found = properties_.find(key);
    return found == properties_.end() ? std::string_view() : std::string_view(found->second);
  }

  std::optional<WallTime> time(std::string_view key, std::string_view subseconds, std::string_view offset) const {
    auto time = parse_time(value(key));
    if (!time) return {};
    if (!time->microseconds) time->microseconds = parse_subseconds(value(subseconds));
    if (!time->offset_minutes) time->offset_minutes = parse_offset(value(offset));
    return time;
  }

  std::optional<double> number(std::initializer_list<std::string_view> keys) const {
    for (auto key : keys)
      if (auto number = parse_number(value(key))) return number;
    return {};
  }

  void read_camera() {
    findings_.add_time(TimeKind::original, time("DateTimeOriginal", "SubSecTimeOriginal", "OffsetTimeOriginal"));
    findings_.add_time(TimeKind::digitized, time("DateTimeDigitized", "SubSecTimeDigitized", "OffsetTimeDigitized"));
    findings_.add_time(TimeKind::digitized, time("CreateDate", "SubSecTimeDigitized", "OffsetTimeDigitized"));
    findings_.add_time(TimeKind::changed, time("DateTime", "SubSecTime", "OffsetTime"));
    findings_.set_camera(value("Make"), value("Model"));
    findings_.set_lens(value("LensModel"));
    if (auto stars = number({"Rating"})) findings_.set_rating(*stars);
    findings_.set("caption", value("ImageDescription"));
    ShootingValues values;
    values.iso = number({"PhotographicSensitivity", "ISOSpeedRatings", "ISO"});
    values.latitude = number({"GPSLatitude"});
    values.longitude = number({"GPSLongitude"});
    values.f_number = number({"FNumber"});
    values.exposure_seconds = number({"ExposureTime"});
    values.focal_length = number({"FocalLength"});
    set_shooting_values(findings_, values);
  }

  void read_texts() {
    static constexpr std::string_view prefix = "text:";
    size_t texts = 0;
    for (auto it = properties_.lower_bound(prefix); it != properties_.end() && it->first.starts_with(prefix); ++it) {
      auto keyword = clean_text(std::string_view(it->first).substr(prefix.size()));
      // Blocks that decoders give in a form of their own.
      if (keyword.empty() || keyword == "XML:com.adobe.xmp" || keyword.starts_with("Raw profile type ")) continue;
      if (++texts > max_texts) break;
      read_text(keyword, it->second);
    }
  }

  void read_text(const std::string &keyword, const std::string &text) {
    auto name = ascii_lower(keyword);
    if (name == "description") return findings_.set("caption", text);
    if (name == "title") return findings_.set("title", text);
    // The whole text stays readable beside what is understood of it.
    findings_.set("text:" + keyword, text);
    if (name == "parameters") {
      if (!read_generation_parameters(text, findings_)) findings_.set("prompt", text);
    } else if (name == "prompt") {
      if (!read_comfyui_graph(text, findings_) && !clean_text(text).starts_with('{')) findings_.set("prompt", text);
    } else if (name == "comment" || name == "invokeai_metadata" || name == "sd-metadata") {
      read_generation_object(text, findings_);
    }
  }

  const Properties &properties_;
  Findings &findings_;
};

}  // namespace

void read_properties(ByteView lines, Findings &findings) {
  if (lines.empty()) return;
  auto properties = parse(text_of(lines));
  Reader(properties, findings).read();
}

}  // namespace kalon
