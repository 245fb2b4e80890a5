// Models in ONNX files behind the plugin contract.
#include <kalon/plugin.hpp>

#include <deque>
#include <new>

#include "catalogue.h"
#include "failure.h"
#include "model.h"

struct kalon_model {
  onednn::ModelStream stream;
};

namespace {

using kalon::plugin::Failure;
using kalon::plugin::guarded;

// Found by init, once, before anything else is called; not changed until shutdown, so that descriptions stay valid.
std::deque<onednn::Model> models;

onednn::Model &model_at(uint32_t index) {
  if (index >= models.size())
    throw Failure(KALON_INVALID_ARGUMENT, "this plugin has " + std::to_string(models.size()) +
                                              " models; there is no number " + std::to_string(index));
  return models[index];
}

uint32_t count() {
  return static_cast<uint32_t>(models.size());
}

kalon_status describe(uint32_t model, kalon_model_description *out) {
  return guarded(nullptr, [&] {
    const auto &manifest = model_at(model).manifest();
    if (!out || out->size < sizeof out->size) throw Failure(KALON_INVALID_ARGUMENT, "no place for the result");
    kalon_model_description description{};
    description.size = sizeof description;
    description.determinism = KALON_DETERMINISM_TOLERANCE;
    description.id = manifest.id.c_str();
    description.name = manifest.name.c_str();
    description.summary = manifest.summary.c_str();
    description.licence = manifest.licence.c_str();
    description.weights_hash = manifest.weights.c_str();
    description.input_width = static_cast<uint32_t>(manifest.input.width);
    description.input_height = static_cast<uint32_t>(manifest.input.height);
    description.crop = manifest.crop;
    description.filter = manifest.filter;
    description.decode_cover = manifest.decode_cover;
    description.preferred_batch = manifest.preferred_batch;
    description.output_count = static_cast<uint32_t>(manifest.outputs.size());
    // Normalisation is the network's own: its inputs go from bytes to the layout of its kernels in one pass.
    description.input_sample = KALON_SAMPLE_U8;
    description.input_layout = KALON_LAYOUT_NHWC;
    description.input_colour = KALON_COLOUR_RGB;
    for (float &deviation : description.input_deviation) deviation = 1;
    kalon::plugin::copy_out(out, description);
  });
}

kalon_status describe_output(uint32_t model, uint32_t output, kalon_output_description *out) {
  return guarded(nullptr, [&] {
    const auto &manifest = model_at(model).manifest();
    if (output >= manifest.outputs.size() || !out || out->size < sizeof out->size)
      throw Failure(KALON_INVALID_ARGUMENT, "no such output, or no place for the result");
    const auto &of_manifest = manifest.outputs[output];
    kalon_output_description description{};
    description.size = sizeof description;
    description.kind = of_manifest.kind;
    description.name = of_manifest.name.c_str();
    description.dimension = of_manifest.dimension;
    description.metric = of_manifest.metric;
    description.low = of_manifest.low;
    description.high = of_manifest.high;
    description.direction = of_manifest.direction;
    description.tolerance = of_manifest.tolerance;
    kalon::plugin::copy_out(out, description);
  });
}

kalon_status create(uint32_t model, kalon_model **out, kalon_text *error) {
  return guarded(error, [&] {
    if (!out) throw Failure(KALON_INVALID_ARGUMENT, "no place for the result");
    *out = nullptr;
    *out = new kalon_model{onednn::ModelStream(model_at(model))};
  });
}

kalon_status run(kalon_model *instance, const kalon_batch *batch, kalon_text *error) {
  return guarded(error, [&] {
    if (!batch || batch->size < sizeof *batch || !batch->outputs || !batch->statuses || !instance ||
        (batch->count > 0 && (!batch->input || !batch->input->data)))
      throw Failure(KALON_INVALID_ARGUMENT, "the batch lacks its input, outputs or statuses");
    const kalon_batch own = kalon::plugin::copy_in(batch);
    instance->stream.run(own);
    std::fill_n(own.statuses, own.count, KALON_OK);
  });
}

void destroy(kalon_model *instance) {
  guarded(nullptr, [&] { delete instance; });
}

kalon_status init(const kalon_host *host, kalon_text *error) {
  return guarded(error, [&] {
    kalon::plugin::begin(host);
    auto report = [](const std::string &text) { kalon::plugin::host().log(KALON_LOG_WARNING, text); };
    for (auto &manifest : onednn::find_models(onednn::model_folders(report), report))
      models.emplace_back(std::move(manifest));
  });
}

void shutdown() {
  models.clear();
}

const void *get_factory(const char *id) {
  static constexpr kalon_model_factory factory = {count, describe, describe_output, create, run, destroy};
  return id && std::strcmp(id, KALON_MODEL_FACTORY) == 0 ? &factory : nullptr;
}

}  // namespace

const kalon_entry kalon_plugin_entry = {
    KALON_ENTRY_MAGIC, sizeof(kalon_entry), KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, init, shutdown, get_factory};
