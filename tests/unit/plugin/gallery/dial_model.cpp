// A model with parameters: the colour of a picture, turned up by "gain" and turned over by "inverted"; and it refuses
// to be made when "mood" is "bad".
#include <kalon/draft/parameters.h>
#include <kalon/plugin.hpp>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

class Dial {
 public:
  static kalon::plugin::ModelDescription describe() {
    kalon::plugin::ModelDescription about;
    about.model.determinism = KALON_DETERMINISM_EXACT;
    about.model.id = "dial";
    about.model.name = "Dial";
    about.model.summary = "The colour of a picture, turned up.";
    about.model.licence = "Apache-2.0";
    about.model.weights_hash = "0123456789abcdef0123456789abcdef";
    about.model.input_width = 1;
    about.model.input_height = 1;
    about.model.crop = KALON_CROP_SQUASH;
    about.model.filter = KALON_FILTER_BOX;
    about.model.decode_cover = 1;
    about.model.preferred_batch = 4;
    kalon_output_description output{};
    output.kind = KALON_OUTPUT_EMBEDDING;
    output.name = "colour";
    output.dimension = 3;
    output.metric = KALON_METRIC_EUCLIDEAN;
    about.outputs = {output};
    return about;
  }
  void embed(const uint8_t *pixel, float *const *outputs) const {
    if (!outputs[0]) return;
    for (int channel = 0; channel < 3; ++channel)
      outputs[0][channel] = gain * static_cast<float>(inverted ? 255 - pixel[channel] : pixel[channel]);
  }
  float gain = 1;
  bool inverted = false;
};

// What stands behind a name in the object.
const char *value_of(const char *values, const char *name) {
  const char *found = std::strstr(values, ("\"" + std::string(name) + "\":").c_str());
  return found ? std::strchr(found, ':') + 1 : "";
}

kalon_status create_with(uint32_t model, const char *values, kalon_model **out, kalon_text *error) {
  auto status = kalon::plugin::detail::create<Dial>(model, out, error);
  if (status != KALON_OK) return status;
  auto *dial = reinterpret_cast<Dial *>(*out);
  dial->gain = std::strtof(value_of(values, "gain"), nullptr);
  dial->inverted = std::strncmp(value_of(values, "inverted"), "true", 4) == 0;
  if (std::strncmp(value_of(values, "mood"), "\"bad\"", 5) != 0) return KALON_OK;
  kalon::plugin::detail::destroy<Dial>(*out);
  *out = nullptr;
  return KALON_UNSUPPORTED;
}

const kalon_model_parameters parameters = {create_with};

const void *get_factory(const char *id) {
  if (id && std::strcmp(id, KALON_MODEL_PARAMETERS) == 0) return &parameters;
  return kalon::plugin::detail::ModelFactory<Dial>::get(id);
}

constexpr kalon_entry with_parameters(kalon_entry entry) {
  entry.get_factory = get_factory;
  return entry;
}

}  // namespace

const kalon_entry kalon_plugin_entry = with_parameters(kalon::plugin::model_entry<Dial>());
