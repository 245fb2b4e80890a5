// ONNX files, up to the network that would run: parsing, importing, shapes.
#include "network.h"

#include <cstdint>

#include "failure.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try {
    onednn::NetworkInput input{"x", 8, 8, onednn::NetworkInput::Axes::nchw, 3};
    onednn::Network network({reinterpret_cast<const char *>(data), size}, input, {"y"}, 2);
  } catch (const onednn::Failure &) {  // said what is wrong
  }
  return 0;
}
