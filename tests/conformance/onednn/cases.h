#pragma once
// Cases in the form of ONNX's own suite: a folder with model.onnx and test_data_set_N/{input,output}_N.pb.

#include <filesystem>
#include <string>
#include <vector>

#include "plan.h"

namespace onednn::cases {

// How a case is run; all variants must give the same.
struct Variant {
  // Inputs that are constants in practice (weights, bounds, whole numbers) are always made constants of the file; this
  // makes constants of all inputs but the first.
  bool constant_rest = false;
  bool optimised = true;
  PlanOptions plan;
};

struct Outcome {
  enum class Kind { passed, refused, failed };
  Kind kind = Kind::failed;
  std::string reason;  // of what did not pass
  double error = 0;    // the largest, see relative_error
  size_t numbers = 0;  // compared
};

// |a - b| / max(|b|, largest |b| / 10): relative, but of values that are small beside others of their tensor only
// rounding is left.
double relative_error(const std::vector<float> &got, const std::vector<float> &expected);

// Runs every data set of the folder. tolerance: of relative_error.
Outcome run(const std::filesystem::path &folder, const Variant &variant, double tolerance);

// The operators of a case's graph, each once.
std::vector<std::string> operators_of(const std::filesystem::path &folder);
bool has_several_inputs(const std::filesystem::path &folder);

}  // namespace onednn::cases
