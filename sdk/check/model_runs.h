#pragma once
// The models of a plugin at work: instances, inputs, and batches between guard pages.

#include <kalon/batch.hpp>

#include <string>
#include <vector>

#include "check.h"
#include "loaded_plugin.h"
#include "structs.h"

namespace kalon::check {

// One model as it describes itself. Throws Fault.
struct Model {
  const kalon_model_factory &factory;
  uint32_t number;
  kalon_model_description about;
  std::vector<kalon_output_description> outputs;

  Model(const kalon_model_factory &table, uint32_t index);
  size_t picture_bytes() const;
  std::vector<uint32_t> dimensions() const;
  double allowed_difference(size_t output) const;  // of one value, from run to run
  std::string name() const { return about.id ? about.id : "model " + std::to_string(number); }
};

// All of a plugin's; initialises it. Throws Skipped when there are none, and none are promised.
std::vector<Model> models(const Subject &subject);

class Instance {
 public:
  explicit Instance(const Model &model);
  ~Instance() { model_.factory.destroy(instance_); }
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;
  kalon_model *get() const { return instance_; }

 private:
  const Model &model_;
  kalon_model *instance_ = nullptr;
};

using Pixels = std::vector<uint8_t>;

// Noise, flat colours and gradients: pictures that networks meet least often.
std::vector<Pixels> pictures(const Model &model, uint64_t seed, size_t count);
std::vector<const Pixels *> pointers(const std::vector<Pixels> &pictures);

using Outputs = std::vector<std::vector<float>>;  // [o][p * dimension + d]

// What came of a batch. A value that was not written is NaN, a status that was not written is -1.
struct Attempt {
  kalon_status status;
  std::string text;
  std::vector<kalon_status> statuses;
  Outputs outputs;
};
Attempt attempt(const Model &model, kalon_model *instance, const std::vector<const Pixels *> &batch,
                Structs structs = Structs::own);
// One that must succeed, with every picture.
Outputs run(const Model &model, kalon_model *instance, const std::vector<const Pixels *> &batch);

// As alike as the model promises.
void require_alike(const Model &model, const Outputs &a, const Outputs &b, const std::string &when);

}  // namespace kalon::check
