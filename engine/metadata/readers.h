#pragma once
// One reader per kind of block. Each adds what it finds and skips what is broken.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "metadata/findings.h"

namespace kalon {

// A TIFF structure, with or without "Exif\0\0" before it.
void read_exif(ByteView block, Findings &findings);

// An XMP packet or a sidecar's text.
void read_xmp(ByteView packet, Findings &findings);
// The first XMP packet in any file; empty when there is none.
ByteView find_xmp_packet(ByteView file);
// The packet as the toolkit may parse it, without properties that stand twice; nothing when its shape is such that
// parsing would cost unbounded time, memory or stack. Collects the namespaces that the packet declares.
std::optional<std::string> sane_xmp(std::string_view packet, std::vector<std::string_view> &namespaces);

// "key=value\n" lines of a decoder.
void read_properties(ByteView lines, Findings &findings);

// A text file beside the picture: a caption, or the parameters of a generator.
void read_caption(ByteView text, Findings &findings);

// The settings line of AUTOMATIC1111's web UI and its kin: "prompt\nNegative prompt: ...\nSteps: 20, Sampler: ...".
// False when the text is no such thing.
bool read_generation_parameters(std::string_view text, Findings &findings);
// ComfyUI's graph of nodes, as in the PNG text "prompt".
bool read_comfyui_graph(std::string_view json, Findings &findings);
// One flat JSON object with "prompt" and the like: NovelAI's Comment, InvokeAI's invokeai_metadata.
bool read_generation_object(std::string_view json, Findings &findings);

}  // namespace kalon
