#include "metadata/findings.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <unordered_set>

#include "base/text.h"

namespace kalon {
namespace {

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t,."));
}

bool same_moment(const WallTime &a, const WallTime &b) {
  return a.has_time_of_day && b.has_time_of_day && a.seconds == b.seconds;
}

std::string remove_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

bool Findings::decided(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const MetadataField &field) { return field.name == name; });
}

void Findings::set(std::string_view name, std::string_view value) {
  if (decided(name)) return;
  auto cleaned = clean_text(value);
  if (!cleaned.empty()) fields_.push_back({std::string(name), std::move(cleaned)});
}

void Findings::decide_empty(std::string_view name) {
  if (!decided(name)) fields_.push_back({std::string(name), {}});
}

void Findings::add_time(TimeKind kind, const std::optional<WallTime> &time) {
  if (time) times_.push_back({kind, *time});
}

void Findings::set_orientation(int value) {
  if (orientation_ == 0 && value >= 1 && value <= 8) orientation_ = value;
}

void Findings::set_camera(std::string_view raw_make, std::string_view raw_model) {
  auto make = clean_text(raw_make), model = clean_text(raw_model);
  // "NIKON CORPORATION" and "NIKON D850", "Canon" and "Canon EOS R5": the model says it all.
  bool said = ascii_lower(first_word(make)) == ascii_lower(first_word(model));
  if (make.empty() || said)
    set("camera", model);
  else
    set("camera", model.empty() ? make : make + " " + model);
}

void Findings::set_rating(double value) {
  double rounded = std::round(value);
  if (!(rounded >= -1 && rounded <= 5)) return;
  if (decided("rating")) return;
  set("rating", std::to_string(static_cast<int>(rounded)));
  if (rounded < 0) set("flag", "reject");
}

void Findings::set_rating_percent(double value) {
  if (value >= 0 && value <= 100) set_rating(value < 1 ? 0 : 1 + std::round((value - 1) / 24.5));
}

void Findings::set_lens(std::string_view value) {
  auto spoken = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           static_cast<uint8_t>(c) >= 0x80;
  };
  if (std::any_of(value.begin(), value.end(), spoken)) set("lens", value);
}

void Findings::set_keywords(std::string_view lines) {
  std::unordered_set<std::string> seen;
  std::string joined;
  while (!lines.empty()) {
    auto end = std::min(lines.find('\n'), lines.size());
    auto keyword = clean_text(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (keyword.empty() || !seen.insert(keyword).second) continue;
    if (joined.size() + 1 + keyword.size() > max_value_bytes) break;
    if (!joined.empty()) joined += '\n';
    joined += keyword;
  }
  set("keywords", joined);
}

Metadata Findings::result() && {
  Metadata metadata;
  metadata.orientation = orientation_;
  for (auto &field : fields_)
    if (!field.value.empty()) metadata.fields.push_back(std::move(field));

  // A time of day beats a bare date, then the kind decides, then the authority of the block.
  auto best = std::min_element(times_.begin(), times_.end(), [](const Candidate &a, const Candidate &b) {
    if (a.time.has_time_of_day != b.time.has_time_of_day) return a.time.has_time_of_day;
    return a.kind < b.kind;
  });
  if (best == times_.end()) return metadata;
  WallTime time = best->time;
  // Programs that copy a time into a sidecar often drop its fraction or offset; other blocks may still have them.
  for (const auto &other : times_) {
    if (!same_moment(time, other.time)) continue;
    if (!time.microseconds) time.microseconds = other.time.microseconds;
    if (!time.offset_minutes) time.offset_minutes = other.time.offset_minutes;
  }
  metadata.capture_time =
      (time.seconds - int64_t{time.offset_minutes.value_or(0)} * 60) * 1000000 + time.microseconds.value_or(0);
  return metadata;
}

std::optional<double> parse_number(std::string_view text) {
  auto trimmed = clean_text(text.substr(0, 64));
  std::string_view rest = trimmed;
  auto take = [&]() -> std::optional<double> {
    if (rest.starts_with('+')) rest.remove_prefix(1);
    double value = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{} || !std::isfinite(value)) return {};
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    return value;
  };
  auto number = take();
  if (!number || !rest.starts_with('/')) return number;
  rest.remove_prefix(1);
  auto divisor = take();
  if (!divisor || *divisor == 0) return {};
  return *number / *divisor;
}

std::string decimal(double value, int digits) {
  char buffer[400];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits);
  return error == std::errc{} ? remove_trailing_zeros(std::string(buffer, end)) : std::string();
}

std::string aperture_text(double f_number) {
  return decimal(f_number, f_number < 1 ? 2 : 1);
}

std::string exposure_text(double seconds) {
  // The usual border between "1/4" and "0.3".
  if (seconds < 0.25001) return "1/" + decimal(std::round(1 / seconds), 0);
  return decimal(seconds, 1);
}

std::string focal_length_text(double millimetres) {
  return decimal(millimetres, 1);
}

void set_shooting_values(Findings &findings, const ShootingValues &values) {
  auto within = [](const std::optional<double> &value, double low, double high) {
    return value && std::isfinite(*value) && *value >= low && *value <= high;
  };
  if (within(values.iso, 1, 1e9)) findings.set("iso", decimal(*values.iso, 0));
  if (within(values.f_number, 0.01, 1e4)) findings.set("aperture", aperture_text(*values.f_number));
  if (within(values.exposure_seconds, 1e-9, 1e7))
    findings.set("exposure_time", exposure_text(*values.exposure_seconds));
  if (within(values.focal_length, 0.05, 1e6)) findings.set("focal_length", focal_length_text(*values.focal_length));
  if (within(values.latitude, -90, 90) && within(values.longitude, -180, 180) && !findings.decided("latitude") &&
      !findings.decided("longitude")) {
    findings.set("latitude", decimal(*values.latitude, 7));
    findings.set("longitude", decimal(*values.longitude, 7));
  }
}

}  // namespace kalon
