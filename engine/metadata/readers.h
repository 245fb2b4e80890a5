#pragma once
// One reader per kind of block. Each adds what it finds and skips what is broken.

#include <string_view>

#include "base/bytes.h"
#include "metadata/findings.h"

namespace kalon {

// A TIFF structure, with or without "Exif\0\0" before it.
void read_exif(ByteView block, Findings &findings);

// An XMP packet or a sidecar's text.
void read_xmp(ByteView packet, Findings &findings);
// The first XMP packet in any file; empty when there is none.
ByteView find_xmp_packet(ByteView file);
// True when a packet's shape is such that parsing it costs bounded time, memory and stack; collects the namespaces that
// it declares.
bool xmp_shape_is_sane(std::string_view packet, std::vector<std::string_view> &namespaces);

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
