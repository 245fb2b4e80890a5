#pragma once
// What a file says about its picture: EXIF, XMP (embedded and sidecars), PNG text, captions beside it.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kalon {

// What a decoder handed over, and where the file lies. Views may be empty.
struct MetadataSources {
  ByteView exif;                      // TIFF structure
  ByteView xmp;                       // packet
  ByteView properties;                // "key=value\n" lines, see KALON_METADATA_PROPERTIES
  ByteView file;                      // whole file: searched for an XMP packet when xmp is empty
  std::vector<std::string> sidecars;  // paths, the most authoritative first
};

struct MetadataField {
  std::string name;
  std::string value;  // UTF-8
};

constexpr int64_t no_time = std::numeric_limits<int64_t>::min();

struct Metadata {
  // Microseconds since 1970 of the camera's wall clock (sub-seconds included), read as UTC unless the file names the
  // offset; no_time when unknown.
  int64_t capture_time = no_time;
  int orientation = 0;  // EXIF 1..8, 0 when the EXIF names none
  // Columns by their names in `list`, only those present: camera, lens, rating (-1..5; -1 reads as flag reject), label,
  // flag (pick, reject), keywords (hierarchical ones with '|', separated by newline), caption, title, prompt,
  // negative_prompt, seed, generator, iso, aperture, exposure_time, focal_length, latitude, longitude, and
  // text:<keyword> of other PNG text.
  std::vector<MetadataField> fields;
};

// Whether files may bring a field of this name at all (without case): one of the above, or text:<keyword>. [any]
bool is_metadata_field(std::string_view name);

// A sidecar wins over embedded XMP, XMP over EXIF, EXIF over properties. Broken blocks are skipped. Never throws for
// any bytes. [worker]
Metadata read_metadata(const MetadataSources &sources);

// The names, in order of authority, under which a picture's sidecars may lie in its folder: "img.jpg.xmp", "img.xmp",
// "img.jpg.txt", "img.txt" (a caption, as in training sets), with their usual upper-case spellings. [any]
std::vector<std::string> sidecar_names(const std::string &file_name);

}  // namespace kalon
