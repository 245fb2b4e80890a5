#include "cases.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "execution.h"
#include "failure.h"
#include "import.h"
#include "onnx_file.h"
#include "onnx_node.h"
#include "passes.h"

namespace onednn::cases {
namespace {

namespace fs = std::filesystem;

onnx::TensorProto load_tensor(const fs::path &path) {
  onnx::TensorProto tensor;
  if (!tensor.ParseFromString(read_onnx_file(path.native()))) corrupt(path.native() + " is no tensor");
  return tensor;
}

std::vector<fs::path> numbered(const fs::path &folder, const std::string &prefix) {
  std::vector<fs::path> paths;
  for (size_t i = 0;; ++i) {
    fs::path path = folder / (prefix + std::to_string(i) + ".pb");
    if (!fs::exists(path)) return paths;
    paths.push_back(path);
  }
}

Tensor to_tensor(const onnx::TensorProto &proto) {
  Import scratch;
  Named named = import_tensor(proto, "the data of the test", scratch);
  if (named.value == no_value) unsupported("the data of the test is not of the type FLOAT");
  return *scratch.graph.constant(named.value);
}

// Inputs beyond the first of these operators are parts of the network, in practice constants.
const std::set<std::string> parametric = {"BatchNormalization", "Clip", "Conv", "Dropout", "Pad"};

std::set<std::string> inputs_to_bind(const onnx::ModelProto &model, const std::vector<onnx::TensorProto> &data,
                                     bool all_but_first) {
  std::set<std::string> names;
  std::set<std::string> weights;
  for (const auto &tensor : model.graph().initializer()) weights.insert(tensor.name());
  size_t index = 0;
  for (const auto &input : model.graph().input()) {
    if (weights.count(input.name()) || index >= data.size()) continue;
    bool whole = data[index].data_type() != onnx::TensorProto::FLOAT;
    if ((all_but_first && index > 0) || (whole && index > 0)) names.insert(input.name());
    ++index;
  }
  for (const auto &node : model.graph().node())
    if (parametric.count(node.op_type()))
      for (int i = 1; i < node.input_size(); ++i) names.insert(node.input(i));
  return names;
}

struct Inputs {
  std::vector<Tensor> tensors;  // of what stays an input
};

Inputs bind_inputs(onnx::ModelProto &model, const std::vector<onnx::TensorProto> &data, bool all_but_first) {
  auto bound = inputs_to_bind(model, data, all_but_first);
  std::set<std::string> weights;
  for (const auto &tensor : model.graph().initializer()) weights.insert(tensor.name());
  Inputs inputs;
  size_t index = 0;
  for (auto &input : *model.mutable_graph()->mutable_input()) {
    if (weights.count(input.name())) continue;
    if (index >= data.size()) corrupt("the case has fewer data sets than inputs");
    if (!input.type().has_tensor_type()) unsupported("an input is no tensor of the type FLOAT");
    const auto &tensor = data[index++];
    if (bound.count(input.name())) {
      auto *weight = model.mutable_graph()->add_initializer();
      *weight = tensor;
      weight->set_name(input.name());
    } else {
      inputs.tensors.push_back(to_tensor(tensor));
    }
  }
  return inputs;
}

void copy_to_order(const Tensor &tensor, int64_t first, const Layout &to, float *out) {
  // to.dims: of one repetition.
  std::vector<int64_t> index(to.dims.size(), 0);
  const float *from = tensor.values.data() + first;
  for (int64_t i = 0; i < count_of(to.dims); ++i) {
    int64_t place = 0;
    for (size_t a = 0; a < index.size(); ++a) place += index[a] * to.strides[a];
    out[place] = from[i];
    for (size_t a = index.size(); a-- > 0 && ++index[a] == to.dims[a];) index[a] = 0;
  }
}

std::vector<std::vector<float>> execute(const onnx::ModelProto &model, const Inputs &inputs, const Variant &variant) {
  OneThread guard;
  Graph graph = import_model(model);
  std::vector<Shape> shapes;
  for (const auto &tensor : inputs.tensors) shapes.push_back(tensor.shape);
  if (variant.optimised) optimise(graph, shapes);
  Weights weights(graph);
  auto plan = make_plan(graph, weights, shapes, variant.plan);
  std::vector<std::vector<float>> results;
  std::vector<float *> pointers;
  for (const auto &output : plan->outputs) results.emplace_back(static_cast<size_t>(count_of(output.shape)), -7777.0f);
  for (auto &result : results) pointers.push_back(result.data());
  auto fill = [&](size_t input, int64_t repetition, float *to) {
    const auto &place = plan->inputs[input];
    copy_to_order(inputs.tensors[input], repetition * place.count, place.place.layout, to);
  };
  Execution().run(plan, fill, pointers);
  return results;
}

}  // namespace

double relative_error(const std::vector<float> &got, const std::vector<float> &expected) {
  if (got.size() != expected.size()) return INFINITY;
  double largest = 0, worst = 0;
  for (float value : expected)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(double{value}));
  for (size_t i = 0; i < got.size(); ++i) {
    double a = got[i], b = expected[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    double scale = std::max({std::abs(b), largest / 10, 1e-30});
    double error = std::abs(a - b) / scale;
    worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
  }
  return worst;
}

Outcome run(const fs::path &folder, const Variant &variant, double tolerance) {
  Outcome outcome;
  try {
    auto model = parse_onnx(read_onnx_file((folder / "model.onnx").native()));
    for (int set = 0; fs::exists(folder / ("test_data_set_" + std::to_string(set))); ++set) {
      fs::path place = folder / ("test_data_set_" + std::to_string(set));
      std::vector<onnx::TensorProto> data;
      for (const auto &path : numbered(place, "input_")) data.push_back(load_tensor(path));
      onnx::ModelProto bound = *model;
      Inputs inputs = bind_inputs(bound, data, variant.constant_rest);
      auto results = execute(bound, inputs, variant);
      auto expected = numbered(place, "output_");
      if (expected.empty() || results.size() != expected.size()) corrupt("the case has another number of outputs");
      for (size_t i = 0; i < results.size(); ++i) {
        Tensor tensor = to_tensor(load_tensor(expected[i]));
        outcome.error = std::max(outcome.error, relative_error(results[i], tensor.values));
        outcome.numbers += tensor.values.size();
      }
    }
    outcome.kind = outcome.numbers > 0 && outcome.error <= tolerance ? Outcome::Kind::passed : Outcome::Kind::failed;
    if (outcome.kind == Outcome::Kind::failed) {
      std::ostringstream text;
      text << outcome.numbers << " numbers compared, relative error " << outcome.error;
      outcome.reason = text.str();
    }
  } catch (const Failure &failure) {
    outcome.kind = failure.status() == KALON_UNSUPPORTED ? Outcome::Kind::refused : Outcome::Kind::failed;
    outcome.reason = failure.what();
  }
  return outcome;
}

std::vector<std::string> operators_of(const fs::path &folder) {
  auto model = parse_onnx(read_onnx_file((folder / "model.onnx").native()));
  std::set<std::string> names;
  for (const auto &node : model->graph().node())
    names.insert((node.domain().empty() || node.domain() == "ai.onnx" ? "" : node.domain() + ".") + node.op_type());
  return {names.begin(), names.end()};
}

bool has_several_inputs(const fs::path &folder) {
  return fs::exists(folder / "test_data_set_0" / "input_1.pb");
}

}  // namespace onednn::cases
