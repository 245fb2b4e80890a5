#pragma once
// Which of the allowed formats a file is, and how large its picture, before OpenImageIO sees it.

#include <kalon/plugin.hpp>
#include <optional>
#include <string>

namespace kalon::decoders {

using plugin::ByteSpan;

enum class Kind { tiff, webp, heic, avif, gif, bmp, exr, hdr, psd, jp2, dpx, tga };

// By the first bytes; TGA, which has none of its own, by the file name's extension or its footer.
std::optional<Kind> find_kind(ByteSpan file, const char *path);

const char *format_of(Kind kind);       // name told to the caller: "heic"
const char *oiio_format_of(Kind kind);  // name of OpenImageIO's reader: "heif"

struct Extent {
  uint64_t width = 0, height = 0;
};

// Throws corrupt_data for headers that OpenImageIO does not check itself.
void check_header(Kind kind, ByteSpan file);

// From the header of those formats that OpenImageIO decodes as soon as it opens them; the others have none here.
std::optional<Extent> peek_extent(Kind kind, ByteSpan file);

}  // namespace kalon::decoders
