#pragma once
// From the ONNX file's model to a graph of our operations.

#include "graph.h"

namespace onnx {
class ModelProto;
}

namespace onednn {

// Checks the opset, that every operator is supported (all that are not are named in one message), that every name is
// made before it is used, and the weights' types and sizes. unsupported, corrupt_data, limit_exceeded. [any]
// outputs: names of any of the file's values; none: the outputs that the file declares.
Graph import_model(const onnx::ModelProto &model, const std::vector<std::string> &outputs = {});

}  // namespace onednn
