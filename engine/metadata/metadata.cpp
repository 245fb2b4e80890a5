#include "metadata/metadata.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "metadata/readers.h"

namespace kalon {
namespace {

constexpr uint64_t max_sidecar_bytes = uint64_t{8} << 20;
constexpr uint64_t max_caption_bytes = uint64_t{1} << 20;
constexpr size_t max_name_bytes = 255;

// A block that a library chokes on must not cost the others.
template <typename Reader>
void guarded(const char *what, const Reader &reader) noexcept {
  try {
    reader();
  } catch (...) {
    try {
      log(LogLevel::debug, std::string(what) + " skipped: " + outcome_of_current_exception().text);
    } catch (...) {
    }
  }
}

void read_sidecar(const std::string &path, Findings &findings) {
  if (ascii_lower(path).ends_with(".txt"))
    read_caption(read_file(path, max_caption_bytes), findings);
  else
    read_xmp(read_file(path, max_sidecar_bytes), findings);
}

}  // namespace

bool is_metadata_field(std::string_view name) {
  constexpr std::string_view names[] = {"camera",       "lens",      "rating",   "label",    "flag",
                                        "keywords",     "caption",   "title",    "prompt",   "negative_prompt",
                                        "seed",         "generator", "iso",      "aperture", "exposure_time",
                                        "focal_length", "latitude",  "longitude"};
  auto lower = ascii_lower(name);
  return lower.starts_with("text:") || std::find(std::begin(names), std::end(names), lower) != std::end(names);
}

void read_caption(ByteView bytes, Findings &findings) {
  std::string converted;
  auto text = text_of(bytes);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    converted = text_from_utf16(bytes, text[0] == '\xff');
    text = converted;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  // Not a text at all.
  if (text.find('\0') != std::string_view::npos) return;
  std::string unix_lines;
  for (char c : text)
    if (c != '\r') unix_lines += c;
  if (!read_generation_parameters(unix_lines, findings)) findings.set("caption", unix_lines);
}

Metadata read_metadata(const MetadataSources &sources) {
  Findings findings;
  for (const auto &path : sources.sidecars) guarded("a sidecar", [&] { read_sidecar(path, findings); });
  guarded("an XMP packet",
          [&] { read_xmp(sources.xmp.empty() ? find_xmp_packet(sources.file) : sources.xmp, findings); });
  guarded("an EXIF block", [&] { read_exif(sources.exif, findings); });
  guarded("properties", [&] { read_properties(sources.properties, findings); });
  return std::move(findings).result();
}

std::vector<std::string> sidecar_names(const std::string &file_name) {
  auto dot = file_name.rfind('.');
  // A leading dot begins a hidden name, not an extension.
  auto stem = file_name.substr(0, dot == 0 ? std::string::npos : dot);
  std::vector<std::string> names;
  for (const char *kind : {"xmp", "txt"}) {
    for (const auto &base : {file_name, stem}) {
      for (const auto &extension : {std::string(kind), std::string(kind == std::string("xmp") ? "XMP" : "TXT")}) {
        auto name = base + "." + extension;
        bool known = name == file_name || std::find(names.begin(), names.end(), name) != names.end();
        if (!known && name.size() <= max_name_bytes) names.push_back(std::move(name));
      }
    }
  }
  return names;
}

}  // namespace kalon
