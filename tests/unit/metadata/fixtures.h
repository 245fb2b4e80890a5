#pragma once
// What the tests of this room share.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/bytes.h"
#include "metadata/metadata.h"
#include "temporary_folder.h"

namespace kalon::testing {

using ::TemporaryFolder;

inline std::string value(const Metadata &metadata, const std::string &name) {
  for (const auto &field : metadata.fields)
    if (field.name == name) return field.value;
  return {};
}

// The payload of the first APP1 segment that begins with the header.
inline ByteView jpeg_segment(ByteView jpeg, std::string_view header) {
  for (size_t at = 2; at + 4 < jpeg.size() && jpeg[at] == 0xff && jpeg[at + 1] != 0xda;) {
    size_t length = static_cast<size_t>(jpeg[at + 2] << 8 | jpeg[at + 3]);
    if (at + 2 + length > jpeg.size()) break;
    auto payload = jpeg.subspan(at + 4, length - 2);
    if (jpeg[at + 1] == 0xe1 && text_of(payload).starts_with(header)) return payload.subspan(header.size());
    at += 2 + length;
  }
  return {};
}

// An XMP packet around the attributes and elements of one description.
inline std::string packet(const std::string &attributes, const std::string &elements = {}) {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
         "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" "
         "xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" xmlns:lr=\"http://ns.adobe.com/lightroom/1.0/\" "
         "xmlns:digiKam=\"http://www.digikam.org/ns/1.0/\" xmlns:MicrosoftPhoto=\"http://ns.microsoft.com/photo/1.0/\" "
         "xmlns:xmpDM=\"http://ns.adobe.com/xmp/1.0/DynamicMedia/\" " +
         attributes + ">" + elements + "</rdf:Description></rdf:RDF></x:xmpmeta>";
}

inline Metadata from_xmp(const std::string &text) {
  MetadataSources sources;
  sources.xmp = bytes_of(text);
  return read_metadata(sources);
}

inline Metadata from_properties(const std::string &lines) {
  MetadataSources sources;
  sources.properties = bytes_of(lines);
  return read_metadata(sources);
}

}  // namespace kalon::testing
