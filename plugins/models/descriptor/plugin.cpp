// The descriptor behind the plugin contract.
#include <kalon/plugin.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "descriptor.h"

struct kalon_model {
  descriptor::Planes scratch;
};

namespace {

void say(kalon_text *error, const char *text) {
  if (!error || !error->data || error->capacity == 0) return;
  auto length = std::min<uint64_t>(std::strlen(text), error->capacity - 1);
  std::memcpy(error->data, text, length);
  error->data[length] = '\0';
}

// Copies what the caller has room for.
template <typename Description>
kalon_status hand_out(const Description &from, Description *out) {
  if (!out || out->size < sizeof out->size) return KALON_INVALID_ARGUMENT;
  uint32_t size = std::min<uint32_t>(out->size, sizeof from);
  std::memcpy(out, &from, size);
  out->size = size;
  return KALON_OK;
}

uint32_t count() {
  return 1;
}

kalon_status describe(uint32_t model, kalon_model_description *out) {
  static constexpr kalon_model_description description = {
      .size = sizeof(kalon_model_description),
      .determinism = KALON_DETERMINISM_TOLERANCE,
      .id = "descriptor",
      .name = "Colour, edges and layout",
      .summary = "Sees colours, edges and where they lie; knows nothing of what a picture shows. Needs no weights.",
      .licence = "Apache-2.0",
      .weights_hash = descriptor::revision,
      .input_width = descriptor::side,
      .input_height = descriptor::side,
      .crop = KALON_CROP_SQUASH,
      .filter = KALON_FILTER_BILINEAR,
      .decode_cover = 1,
      .preferred_batch = 16,
      .output_count = 1,
      .reserved = 0,
  };
  return model == 0 ? hand_out(description, out) : KALON_INVALID_ARGUMENT;
}

kalon_status describe_output(uint32_t model, uint32_t output, kalon_output_description *out) {
  static constexpr kalon_output_description description = {
      .size = sizeof(kalon_output_description),
      .kind = KALON_OUTPUT_EMBEDDING,
      .name = "features",
      .dimension = descriptor::dimension,
      .metric = KALON_METRIC_COSINE,
      .low = -1,
      .high = 1,
      .direction = 0,
      // All sums over pixels are of whole numbers; what remains is the rounding of single-precision sums of up to a few
      // thousand terms, and of the C library's pow and atan2 in the table of colours, which differ between CPUs.
      .tolerance = 1e-5f,
  };
  return model == 0 && output == 0 ? hand_out(description, out) : KALON_INVALID_ARGUMENT;
}

kalon_status create(uint32_t model, kalon_model **out, kalon_text *error) {
  if (model != 0 || !out) {
    say(error, "this plugin has one model, number 0");
    return KALON_INVALID_ARGUMENT;
  }
  *out = new (std::nothrow) kalon_model;
  if (*out) return KALON_OK;
  say(error, "not enough memory");
  return KALON_OUT_OF_MEMORY;
}

kalon_status run(kalon_model *instance, const kalon_batch *batch, kalon_text *error) {
  if (!instance || !batch || batch->size < sizeof *batch || !batch->outputs || !batch->statuses ||
      (batch->count > 0 && !batch->pixels)) {
    say(error, "the batch lacks its pixels, outputs or statuses");
    return KALON_INVALID_ARGUMENT;
  }
  constexpr uint64_t picture_bytes = uint64_t{descriptor::side} * descriptor::side * 3;
  float *features = batch->outputs[0];
  try {
    for (uint64_t i = 0; i < batch->count; ++i) {
      if (features)
        descriptor::describe_picture(batch->pixels + i * picture_bytes, instance->scratch,
                                     features + i * descriptor::dimension);
      batch->statuses[i] = KALON_OK;
    }
  } catch (const std::bad_alloc &) {  // the table of colours, made by the first picture
    say(error, "not enough memory");
    return KALON_OUT_OF_MEMORY;
  }
  return KALON_OK;
}

void destroy(kalon_model *instance) {
  delete instance;
}

kalon_status init(const kalon_host *, kalon_text *) {
  return KALON_OK;
}
void shutdown() {}

const void *get_factory(const char *id) {
  static constexpr kalon_model_factory models = {count, describe, describe_output, create, run, destroy};
  return id && std::strcmp(id, KALON_MODEL_FACTORY) == 0 ? &models : nullptr;
}

}  // namespace

const kalon_entry kalon_plugin_entry = {
    KALON_ENTRY_MAGIC, sizeof(kalon_entry), KALON_ABI_MAJOR, KALON_ABI_MINOR, 0, init, shutdown, get_factory};
