#pragma once
// A model at work: its network, shared by all of its streams, and one stream.

#include <kalon/plugin.h>

#include <memory>
#include <mutex>

#include "execution.h"
#include "manifest.h"
#include "network.h"
#include "pixels.h"

namespace onednn {

// A model of the catalogue. Its network is loaded with the first stream and goes with the last.
class Model {
 public:
  explicit Model(ModelManifest manifest);

  const ModelManifest &manifest() const { return manifest_; }
  // corrupt_data when the ONNX file is not the one that the manifest names, or gives other outputs, and all that
  // Network throws; the texts begin with the file's path. [worker]
  std::shared_ptr<Network> network();
  const Normalisation &normalisation() const { return normalisation_; }

 private:
  ModelManifest manifest_;
  Normalisation normalisation_;
  std::mutex mutex_;
  std::weak_ptr<Network> network_;
};

// Used by one thread at a time.
class ModelStream {
 public:
  explicit ModelStream(Model &model);  // [worker]
  // The batch has its input, three bytes a pixel, and an output for each of the manifest; the statuses are left alone.
  // [worker]
  void run(const kalon_batch &batch);

 private:
  Model &model_;
  std::shared_ptr<Network> network_;
  Execution execution_;
};

}  // namespace onednn
