// A model for Kalon in C++17: the mean colour of each cell of a 4 x 4 grid, a vector of 48 numbers from 0 to 1.
#include <algorithm>
#include <kalon/plugin.hpp>

namespace {

constexpr uint32_t side = 64, cells = 4, cell_side = side / cells, dimension = cells * cells * 3;

// One stream of pictures. The engine makes several, and uses each on one thread at a time.
class ColourGrid {
 public:
  static kalon::plugin::ModelDescription describe() {
    kalon::plugin::ModelDescription about;
    about.model.determinism = KALON_DETERMINISM_EXACT;
    about.model.id = "colour-grid";
    about.model.name = "Colour grid";
    about.model.summary = "Sees which colours are where, as with half-closed eyes.";
    about.model.licence = "Apache-2.0";
    // To be changed whenever the vectors change: those that are stored are not compared with others then.
    about.model.weights_hash = "5b0c0d8e5d9c4f6f8a1f2f6c1e0d7a31";
    about.model.input_width = side;
    about.model.input_height = side;
    about.model.crop = KALON_CROP_SQUASH;
    about.model.filter = KALON_FILTER_BOX;
    about.model.decode_cover = 1;
    about.model.preferred_batch = 32;
    kalon_output_description colours{};
    colours.kind = KALON_OUTPUT_EMBEDDING;
    colours.name = "colours";
    colours.dimension = dimension;
    colours.metric = KALON_METRIC_EUCLIDEAN;
    colours.low = 0;
    colours.high = 1;
    colours.tolerance = 0;
    about.outputs = {colours};
    return about;
  }

  // pixels: side x side x 3 bytes, sRGB.
  void embed(const uint8_t *pixels, float *const *outputs) {
    if (!outputs[0]) return;  // not wanted
    std::fill_n(sums_, dimension, 0);
    for (uint32_t y = 0; y < side; ++y)
      for (uint32_t x = 0; x < side; ++x)
        for (uint32_t channel = 0; channel < 3; ++channel)
          sums_[(y / cell_side * cells + x / cell_side) * 3 + channel] += *pixels++;
    for (uint32_t i = 0; i < dimension; ++i)
      outputs[0][i] = static_cast<float>(sums_[i]) / static_cast<float>(255 * cell_side * cell_side);
  }

 private:
  uint32_t sums_[dimension];
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::model_entry<ColourGrid>();
