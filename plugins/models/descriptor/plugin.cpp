// The descriptor behind the plugin contract.
#include <kalon/plugin.hpp>

#include "descriptor.h"

namespace {

class Descriptor {
 public:
  static kalon::plugin::ModelDescription describe() {
    kalon::plugin::ModelDescription about;
    about.model.determinism = KALON_DETERMINISM_TOLERANCE;
    about.model.id = "descriptor";
    about.model.name = "Colour, edges and layout";
    about.model.summary =
        "Sees colours, edges and where they lie; knows nothing of what a picture shows. Needs no weights.";
    about.model.licence = "Apache-2.0";
    about.model.weights_hash = descriptor::revision;
    about.model.input_width = descriptor::side;
    about.model.input_height = descriptor::side;
    about.model.crop = KALON_CROP_SQUASH;
    about.model.filter = KALON_FILTER_BILINEAR;
    about.model.decode_cover = 1;
    about.model.preferred_batch = 16;
    kalon_output_description features{};
    features.kind = KALON_OUTPUT_EMBEDDING;
    features.name = "features";
    features.dimension = descriptor::dimension;
    features.metric = KALON_METRIC_COSINE;
    features.low = -1;
    features.high = 1;
    // All sums over pixels are of whole numbers; what remains is the rounding of single-precision sums of up to a few
    // thousand terms, and of the C library's pow and atan2 in the table of colours, which differ between CPUs.
    features.tolerance = 1e-5f;
    about.outputs = {features};
    return about;
  }

  void embed(const uint8_t *pixels, float *const *outputs) {
    if (outputs[0]) descriptor::describe_picture(pixels, scratch_, outputs[0]);
  }

 private:
  descriptor::Planes scratch_;
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::model_entry<Descriptor>();
