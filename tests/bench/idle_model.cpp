// A model that does nothing, so that what is left is the cost of calling it.
#include <kalon/plugin.hpp>

namespace {

class Idle {
 public:
  static kalon::plugin::ModelDescription describe() {
    kalon::plugin::ModelDescription about;
    about.model.determinism = KALON_DETERMINISM_EXACT;
    about.model.id = "idle";
    about.model.name = "Idle";
    about.model.summary = "Looks at nothing.";
    about.model.licence = "Apache-2.0";
    about.model.weights_hash = "00000000000000000000000000000001";
    about.model.input_width = 224;
    about.model.input_height = 224;
    about.model.crop = KALON_CROP_CENTRE;
    about.model.filter = KALON_FILTER_BILINEAR;
    about.model.decode_cover = 1;
    about.model.preferred_batch = 8;
    kalon_output_description output{};
    output.kind = KALON_OUTPUT_EMBEDDING;
    output.name = "nothing";
    output.dimension = 1280;
    output.metric = KALON_METRIC_EUCLIDEAN;
    about.outputs = {output};
    return about;
  }
  void run(const kalon_batch &batch) { std::fill_n(batch.statuses, batch.count, KALON_OK); }
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::model_entry<Idle>();
