#pragma once
// Whether a TIFF file holds the pixels that its first folder points to.

#include <kalon/plugin.hpp>

namespace kalon::decoders {

// False when a strip or tile reaches beyond the file's end. True for anything that is not understood: libtiff will
// tell.
bool tiff_data_present(plugin::ByteSpan file);

}  // namespace kalon::decoders
