#pragma once
// One stream of a model, in this process or in a worker.

#include <kalon/plugin.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace kalon {

// Used by one thread at a time.
class ModelStream {
 public:
  virtual ~ModelStream() = default;
  // Room for the input of so many pictures, to be filled by write_input() before run(). cancelled: may be null. Throws
  // missing_feature when the model cannot be started, and cancelled. [worker]
  virtual uint8_t *input(uint32_t count, const std::atomic<bool> *cancelled) = 0;
  // Embeds what the input holds. outputs: one pointer for each of the model's, each to count x dimension values, null
  // where it is not wanted. statuses: count, filled in any case. cancelled: may be null. The text says why pictures
  // failed, all or some. Throws cancelled, and missing_feature when the model cannot be started (again). [worker]
  virtual std::string run(uint32_t count, float *const *outputs, kalon_status *statuses,
                          const std::atomic<bool> *cancelled) = 0;
};

// Bytes of one picture in a model's input. [any]
size_t input_bytes(const kalon_model_description &model);

// Puts a picture of the model's size, three bytes a pixel and no gaps, into its place in the input: bytes, or floats in
// the model's layout with its mean and deviation. [any]
void write_input(const kalon_model_description &model, uint8_t *input, uint32_t index, const uint8_t *rgb);

}  // namespace kalon
