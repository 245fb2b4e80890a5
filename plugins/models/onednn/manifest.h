#pragma once
// The manifest of a model: a small JSON file beside the ONNX file that says what to put in and what comes out.

#include <kalon/plugin.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "network.h"

namespace onednn {

struct ModelOutput {
  std::string tensor;  // its name in the ONNX file
  std::string name;
  int32_t kind = 0;
  int32_t metric = 0;
  uint32_t dimension = 0;  // 0: the manifest leaves it to the ONNX file
  float low = 0, high = 0;
  int32_t direction = 0;
  float tolerance = 0;
};

struct ModelManifest {
  std::string path;       // of the manifest
  std::string onnx_path;  // beside it
  std::string id, name, summary, licence;
  std::string weights;  // XXH3-128 of the ONNX file, 32 hex digits
  NetworkInput input;
  std::array<float, 3> mean{}, deviation{};  // of the values 0..255; the network gets (value - mean) / deviation
  int32_t crop = 0, filter = 0;
  float decode_cover = 1;
  uint32_t preferred_batch = 1;
  std::vector<ModelOutput> outputs;
};

// Everything is checked that the engine checks of a description, so that one wrong model never costs the others.
// io, corrupt_data; the texts name neither the file nor the model. [any]
ModelManifest read_manifest(const std::string &path);

}  // namespace onednn
