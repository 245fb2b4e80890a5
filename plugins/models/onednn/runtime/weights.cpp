#include "weights.h"

#include <cstring>
#include <new>

#include "failure.h"

namespace onednn {
namespace {

constexpr size_t alignment = 64;
constexpr uint64_t keep_plain_below = 64 << 10;  // bytes

}  // namespace

std::shared_ptr<float> allocate_floats(uint64_t bytes) {
  auto size = std::align_val_t{alignment};
  void *memory = ::operator new(bytes > 0 ? bytes : 1, size, std::nothrow);
  if (!memory) throw Failure(KALON_OUT_OF_MEMORY, "not enough memory for " + std::to_string(bytes >> 20) + " MiB");
  return {static_cast<float *>(memory), [size](float *p) { ::operator delete(static_cast<void *>(p), size); }};
}

Weights::Weights(Graph &graph) : constants_(graph.values.size()) {
  for (size_t i = 0; i < constants_.size(); ++i) {
    auto &value = graph.values[i];
    if (!value.constant) continue;
    constants_[i].count = static_cast<int64_t>(value.constant->values.size());
    constants_[i].plain = {value.constant, value.constant->values.data()};
    value.constant = std::make_shared<const Tensor>(Tensor{value.constant->shape, {}});
  }
}

std::shared_ptr<const float> Weights::row_major(ValueId id) {
  Constant &constant = constants_.at(static_cast<size_t>(id));
  if (constant.plain || constant.forms.empty()) return constant.plain;
  const Form &form = constant.forms[0];
  Format plain = plain_format(form.view);
  auto numbers = allocate_floats(plain.bytes());
  convert(form.format, form.numbers.get(), plain, numbers.get());
  return numbers;
}

std::shared_ptr<const float> Weights::in_format(ValueId id, const Layout &view, const Format &format) {
  Constant &constant = constants_.at(static_cast<size_t>(id));
  if (count_of(view.dims) != constant.count) fault("a constant is read under a shape of another size");
  for (const Form &form : constant.forms)
    if (same_places(form.view, view) && form.format == format) return form.numbers;
  auto from = row_major(id);
  Format plain = plain_format(view);
  if (format == plain) return from;
  auto numbers = allocate_floats(format.bytes());
  // oneDNN's padding of blocks must be zero.
  std::memset(numbers.get(), 0, format.bytes());
  convert(plain, from.get(), format, numbers.get());
  constant.forms.push_back({view, format, numbers});
  if (plain.bytes() >= keep_plain_below) constant.plain = nullptr;
  return numbers;
}

uint64_t Weights::bytes() const {
  uint64_t sum = 0;
  for (const Constant &constant : constants_) {
    if (constant.plain) sum += static_cast<uint64_t>(constant.count) * sizeof(float);
    for (const Form &form : constant.forms) sum += form.format.bytes();
  }
  return sum;
}

}  // namespace onednn
