#include "onnx_node.h"

#include <onnx/onnx_pb.h>

#include <cstring>

#include "failure.h"

namespace onednn {
namespace {

constexpr size_t max_shown_name = 80;

template <typename Number>
std::vector<Number> numbers_of_bytes(const std::string &bytes, int64_t count, const std::string &where) {
  if (bytes.size() != static_cast<uint64_t>(count) * sizeof(Number))
    corrupt(where + " has " + std::to_string(bytes.size()) + " bytes of numbers; its shape asks for " +
            std::to_string(static_cast<uint64_t>(count) * sizeof(Number)));
  std::vector<Number> numbers(static_cast<size_t>(count));
  if (count > 0) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

template <typename Number, typename Field>
std::vector<Number> numbers_of_field(const Field &field, int64_t count, const std::string &where) {
  if (field.size() != count)
    corrupt(where + " has " + std::to_string(field.size()) + " numbers; its shape asks for " + std::to_string(count));
  return {field.begin(), field.end()};
}

}  // namespace

std::string shown(const std::string &text) {
  std::string result;
  for (char c : text.substr(0, max_shown_name)) result += c >= ' ' && c < 0x7f ? c : '?';
  return '"' + result + '"';
}

Named import_tensor(const onnx::TensorProto &tensor, const std::string &where, Import &import) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
    std::string file = "another file";
    for (const auto &entry : tensor.external_data())
      if (entry.key() == "location") file = "the file " + shown(entry.value());
    unsupported("the numbers of " + where + " lie in " + file +
                "; only ONNX files that hold all their weights are read");
  }
  if (tensor.has_segment()) unsupported(where + " is stored in segments, which is not supported");
  Shape shape(tensor.dims().begin(), tensor.dims().end());
  int64_t count = 0;
  try {
    count = count_of(shape);
  } catch (const Failure &failure) {
    throw Failure(failure.status(), where + ": " + failure.what());
  }
  const std::string &bytes = tensor.raw_data();
  bool raw = tensor.has_raw_data();
  Named named;
  if (tensor.data_type() == onnx::TensorProto::FLOAT) {
    named.value = import.graph.add_constant({shape, raw ? numbers_of_bytes<float>(bytes, count, where)
                                                        : numbers_of_field<float>(tensor.float_data(), count, where)});
  } else if (tensor.data_type() == onnx::TensorProto::INT64) {
    named.integers = std::make_shared<const Integers>(
        Integers{shape, raw ? numbers_of_bytes<int64_t>(bytes, count, where)
                            : numbers_of_field<int64_t>(tensor.int64_data(), count, where)});
  } else if (tensor.data_type() == onnx::TensorProto::INT32 || tensor.data_type() == onnx::TensorProto::BOOL) {
    std::vector<int64_t> values;
    if (!raw)
      values = numbers_of_field<int64_t>(tensor.int32_data(), count, where);
    else if (tensor.data_type() == onnx::TensorProto::BOOL)
      for (auto value : numbers_of_bytes<uint8_t>(bytes, count, where)) values.push_back(value != 0);
    else
      for (auto value : numbers_of_bytes<int32_t>(bytes, count, where)) values.push_back(value);
    named.integers = std::make_shared<const Integers>(Integers{shape, std::move(values)});
  } else {
    unsupported(where + " is of the type " +
                (onnx::TensorProto::DataType_IsValid(tensor.data_type())
                     ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(tensor.data_type()))
                     : std::to_string(tensor.data_type())) +
                "; weights of the type FLOAT are supported");
  }
  return named;
}

OnnxNode::OnnxNode(const onnx::NodeProto &proto, Import &import) : proto_(proto), import_(import) {
  const std::string &name = !proto.name().empty() || proto.output_size() == 0 ? proto.name() : proto.output(0);
  std::string op = shown(proto.op_type());
  label_ = "the node " + shown(name) + " (" + op.substr(1, op.size() - 2) + ")";
}

void OnnxNode::refuse(const std::string &reason) const {
  unsupported(label_ + ": " + reason);
}
void OnnxNode::is_wrong(const std::string &reason) const {
  corrupt(label_ + ": " + reason);
}

size_t OnnxNode::input_count() const {
  return static_cast<size_t>(proto_.input_size());
}
bool OnnxNode::has_input(size_t index) const {
  return index < input_count() && !proto_.input(static_cast<int>(index)).empty();
}

Named OnnxNode::named_input(size_t index) const {
  if (!has_input(index)) is_wrong("lacks its input " + std::to_string(index + 1));
  const std::string &name = proto_.input(static_cast<int>(index));
  auto found = import_.names.find(name);
  if (found == import_.names.end())
    is_wrong("uses " + shown(name) +
             ", which nothing before it makes: the file is incomplete, or its nodes go in a circle");
  return found->second;
}

ValueId OnnxNode::input(size_t index) const {
  Named named = named_input(index);
  if (named.integers)
    refuse("its input " + std::to_string(index + 1) + " is of whole numbers; only FLOAT is supported");
  return named.value;
}
ValueId OnnxNode::input_or_none(size_t index) const {
  return has_input(index) ? input(index) : no_value;
}
const Tensor *OnnxNode::constant(size_t index) const {
  return import_.graph.constant(input(index));
}
const Tensor &OnnxNode::needed_constant(size_t index, const char *what) const {
  const Tensor *tensor = constant(index);
  if (!tensor) refuse(std::string(what) + " must be constants of the file; computed ones are not supported");
  return *tensor;
}
const Integers &OnnxNode::integers(size_t index, const char *what) const {
  Named named = named_input(index);
  if (!named.integers)
    refuse(std::string(what) + " must be constant whole numbers of the file; computed ones are not supported");
  // Every caller keeps a copy, and wants a few for each axis at most.
  if (named.integers->values.size() > 2 * max_rank)
    refuse(std::string(what) + " must be at most " + std::to_string(2 * max_rank) + " numbers; here they are " +
           std::to_string(named.integers->values.size()));
  return *named.integers;
}

const onnx::AttributeProto *OnnxNode::find(const char *name, int type) {
  for (const auto &attribute : proto_.attribute()) {
    if (attribute.name() != name) continue;
    // Files of the first versions do not say the type.
    if (attribute.type() != type && attribute.type() != onnx::AttributeProto::UNDEFINED)
      is_wrong("its attribute \"" + std::string(name) + "\" is of the wrong type");
    if (!attribute.ref_attr_name().empty()) refuse("attributes of local functions are not supported");
    read_.insert(name);
    return &attribute;
  }
  return nullptr;
}

bool OnnxNode::has(const char *name) const {
  for (const auto &attribute : proto_.attribute())
    if (attribute.name() == name) return true;
  return false;
}
int64_t OnnxNode::integer(const char *name, int64_t fallback) {
  auto *attribute = find(name, onnx::AttributeProto::INT);
  return attribute ? attribute->i() : fallback;
}
float OnnxNode::number(const char *name, float fallback) {
  auto *attribute = find(name, onnx::AttributeProto::FLOAT);
  return attribute ? attribute->f() : fallback;
}
std::string OnnxNode::text(const char *name, const std::string &fallback) {
  auto *attribute = find(name, onnx::AttributeProto::STRING);
  return attribute ? attribute->s() : fallback;
}
std::vector<int64_t> OnnxNode::integer_list(const char *name) {
  auto *attribute = find(name, onnx::AttributeProto::INTS);
  if (!attribute) return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}
std::vector<float> OnnxNode::number_list(const char *name) {
  auto *attribute = find(name, onnx::AttributeProto::FLOATS);
  if (!attribute) return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}
const onnx::TensorProto *OnnxNode::tensor(const char *name) {
  auto *attribute = find(name, onnx::AttributeProto::TENSOR);
  return attribute ? &attribute->t() : nullptr;
}
void OnnxNode::ignore(const char *name) {
  read_.insert(name);
}

std::vector<int64_t> OnnxNode::list_by_opset(const char *attribute, size_t index, int64_t since, bool &present) {
  if (opset() < since) {
    present = has(attribute);
    return integer_list(attribute);
  }
  present = has_input(index);
  return present ? integers(index, attribute).values : std::vector<int64_t>{};
}

ValueId OnnxNode::add(Operation operation, std::vector<ValueId> inputs) {
  ValueId output = import_.graph.add_value();
  import_.graph.nodes.push_back({label_, std::move(operation), std::move(inputs), output});
  return output;
}

void OnnxNode::give(ValueId value) {
  give(Named{value, nullptr});
}
void OnnxNode::give(const Named &named) {
  if (proto_.output_size() == 0 || proto_.output(0).empty()) is_wrong("has no output");
  if (!import_.names.emplace(proto_.output(0), named).second)
    is_wrong("makes " + shown(proto_.output(0)) + ", which exists already");
}

void OnnxNode::finish() const {
  for (const auto &attribute : proto_.attribute())
    if (!read_.count(attribute.name())) refuse("its attribute " + shown(attribute.name()) + " is not supported");
  for (int i = 1; i < proto_.output_size(); ++i)
    if (import_.used_names.count(proto_.output(i)))
      refuse("its output " + std::to_string(i + 1) + " is used, which is not supported");
}

}  // namespace onednn
