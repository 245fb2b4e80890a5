#pragma once
// ONNX files as bytes: read, bounded, parsed. What the bytes mean is import.h's.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "shape.h"

namespace onnx {
class ModelProto;
}

namespace onednn {

// The whole of a regular file; io when it cannot be read, limit_exceeded beyond 2 GiB, which is the format's limit.
// [any]
std::string read_onnx_file(const std::string &path);

// Before parsing, everything that is not the numbers of a weight is counted: a hostile file of empty messages would
// take a hundred times its size in memory. corrupt_data, limit_exceeded. [any]
std::shared_ptr<const onnx::ModelProto> parse_onnx(std::string_view bytes);

// The declared shapes of the graph's outputs and inner values by name, -1 where a size is free or not said, without
// reading any weight. Values without a declared shape are left out. io, corrupt_data, limit_exceeded. [any]
std::map<std::string, Shape> read_declared_shapes(const std::string &path);

}  // namespace onednn
