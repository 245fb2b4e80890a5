#pragma once
// Which of the allowed formats a file is.

#include <kalon/plugin.hpp>
#include <optional>
#include <string>

namespace kalon::decoders {

using plugin::ByteSpan;

enum class Kind { tiff, webp, heic, avif, gif, bmp, exr, hdr, psd, jp2, dpx, tga };

// By the first bytes; TGA, which has none of its own, by the file name's extension or its footer.
std::optional<Kind> find_kind(ByteSpan file, const char *path);

const char *format_of(Kind kind);       // name told to the caller: "heic"
const char *oiio_format_of(Kind kind);  // name of OpenImageIO's reader; null for HEIC and AVIF, which it does not get

}  // namespace kalon::decoders
