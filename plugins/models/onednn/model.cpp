#include "model.h"

#include <kalon/plugin.hpp>

#include <xxhash.h>

#include "failure.h"
#include "onnx_file.h"

namespace onednn {
namespace {

std::string hash_of(const std::string &bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string text;
  for (unsigned char byte : canonical.digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::shared_ptr<Network> load(const ModelManifest &manifest) try {
  std::string bytes = read_onnx_file(manifest.onnx_path);
  if (hash_of(bytes) != manifest.weights)
    corrupt("the ONNX file is not the one that the model's manifest names; fetch the model again");
  std::vector<std::string> outputs;
  for (const auto &output : manifest.outputs) outputs.push_back(output.tensor);
  auto network = std::make_shared<Network>(bytes, manifest.input, outputs, manifest.preferred_batch);
  for (size_t i = 0; i < outputs.size(); ++i)
    if (network->output_sizes()[i] != manifest.outputs[i].dimension)
      corrupt("its output \"" + manifest.outputs[i].name + "\" has " + std::to_string(network->output_sizes()[i]) +
              " values, but is described as having " + std::to_string(manifest.outputs[i].dimension));
  return network;
} catch (const Failure &failure) {
  // The engine knows the model's id; which of several folders it came from is known here alone.
  throw Failure(failure.status(), manifest.onnx_path + ": " + failure.what());
}

}  // namespace

Model::Model(ModelManifest manifest)
    : manifest_(std::move(manifest)), normalisation_(manifest_.mean, manifest_.deviation) {}

std::shared_ptr<Network> Model::network() {
  std::lock_guard lock(mutex_);
  auto network = network_.lock();
  if (!network) network_ = network = load(manifest_);
  return network;
}

ModelStream::ModelStream(Model &model) : model_(model), network_(model.network()) {}

void ModelStream::run(const kalon_batch &batch_of_all) {
  OneThread guard;
  const ModelManifest &manifest = model_.manifest();
  const auto *pixels = kalon::plugin::input_of<uint8_t>(batch_of_all);
  uint32_t count = batch_of_all.count;
  int64_t picture_pixels = manifest.input.width * manifest.input.height;
  std::vector<float *> next;
  for (size_t i = 0; i < manifest.outputs.size(); ++i) next.push_back(kalon::plugin::output_of(batch_of_all, i));
  for (int64_t done = 0; done < count;) {
    kalon::plugin::host().throw_if_cancelled();
    int64_t batch = network_->batch_for(count - done);
    auto plan = network_->plan(batch);
    const uint8_t *from = pixels + done * picture_pixels * 3;
    auto fill = [&](size_t, int64_t repetition, float *to) {
      int64_t numbers = plan->inputs[0].count;
      model_.normalisation().apply(from + repetition * numbers, numbers / 3, to);
    };
    execution_.run(plan, fill, next);
    for (size_t i = 0; i < next.size(); ++i)
      if (next[i]) next[i] += batch * manifest.outputs[i].dimension;
    done += batch;
  }
}

}  // namespace onednn
