#pragma once
// A model as the pipeline uses it: one single-threaded stream per thread that asks.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "embed/picture_file.h"
#include "plugin/registry.h"
#include "store/rows.h"

namespace kalon {

// A model with the crop policy chosen for it, and the space its embeddings live in.
class ModelStreams {
 public:
  // model: an id, or empty for the default. crop: "centre", "squash", "pad", "more_scan", or empty for the model's own.
  // long_side: see DecodeNeed. parameters: a JSON object of the model's own; empty: its defaults. Throws not_found,
  // invalid_argument, missing_feature. [any]
  ModelStreams(Registry &registry, const std::string &model, const std::string &crop, int long_side,
               const std::string &parameters = {});
  ModelStreams(const ModelStreams &) = delete;
  ModelStreams &operator=(const ModelStreams &) = delete;

  const ModelInfo &info() const { return info_; }
  const SpaceKey &space() const { return space_; }
  const DecodeNeed &need() const { return need_; }
  uint32_t dimension() const { return space_.dimension; }
  uint32_t preferred_batch() const { return info_.description.preferred_batch; }

  // The model's inputs for one picture: 1, or up to 3 for more_scan. [worker]
  std::vector<RgbImage> inputs(const RgbImage &picture) const;

  // Embeds pictures given by their inputs; each result has dimension() values: the mean over a picture's inputs, of
  // unit norm when the metric is cosine. One outcome for each picture; values that are not finite are internal.
  // task: whose cancellation ends the model's work too; may be null. [worker]
  struct Embedded {
    Outcome outcome;
    std::vector<float> vector;
  };
  std::vector<Embedded> run(const std::vector<std::vector<RgbImage>> &pictures, const Task *task = nullptr);

 private:
  std::unique_ptr<ModelStream> take();
  void give_back(std::unique_ptr<ModelStream> stream);

  Registry &registry_;
  ModelInfo info_;
  uint32_t output_ = 0;
  CropPolicy crop_;
  Filter filter_;
  DecodeNeed need_;
  SpaceKey space_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ModelStream>> idle_;
};

// The id of the model that is used when none is named: the trained one where its weights are installed, else the one
// that needs none. [any]
std::string default_model(Registry &registry);

}  // namespace kalon
