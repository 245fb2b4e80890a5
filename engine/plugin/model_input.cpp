#include <array>
#include <cstring>

#include "plugin/model_stream.h"

namespace kalon {

size_t input_bytes(const kalon_model_description &model) {
  size_t value = model.input_sample == KALON_SAMPLE_F32 ? sizeof(float) : 1;
  return size_t{model.input_width} * model.input_height * 3 * value;
}

void write_input(const kalon_model_description &model, uint8_t *input, uint32_t index, const uint8_t *rgb) {
  uint8_t *place = input + index * input_bytes(model);
  size_t pixels = size_t{model.input_width} * model.input_height;
  bool planes = model.input_layout == KALON_LAYOUT_NCHW;
  if (model.input_sample == KALON_SAMPLE_U8) {
    if (!planes) {
      std::memcpy(place, rgb, 3 * pixels);
      return;
    }
    for (size_t channel = 0; channel < 3; ++channel)
      for (size_t i = 0; i < pixels; ++i) *place++ = rgb[3 * i + channel];
    return;
  }
  for (size_t channel = 0; channel < 3; ++channel) {
    // Each byte has one of 256 values, made once in double precision.
    std::array<float, 256> table;
    for (size_t value = 0; value < table.size(); ++value)
      table[value] = static_cast<float>((static_cast<double>(value) / 255 - double{model.input_mean[channel]}) /
                                        double{model.input_deviation[channel]});
    for (size_t i = 0; i < pixels; ++i) {
      size_t at = planes ? channel * pixels + i : 3 * i + channel;
      std::memcpy(place + at * sizeof(float), &table[rgb[3 * i + channel]], sizeof(float));
    }
  }
}

}  // namespace kalon
