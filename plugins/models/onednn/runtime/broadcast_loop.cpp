#include "broadcast_loop.h"

namespace onednn {
namespace {

// One axis of the loops, outermost first: its size and the steps of the three pointers.
struct Axis {
  int64_t size, left, right, destination;
};

int64_t step(const Layout &layout, size_t axis) {
  return layout.dims[axis] == 1 ? 0 : layout.strides[axis];
}

template <typename Function>
void loop(const Axis *axis, const Axis *last, const float *left, const float *right, float *destination,
          const Function &function) {
  if (axis == last) {
    for (int64_t i = 0; i < axis->size; ++i)
      destination[i * axis->destination] = function(left[i * axis->left], right[i * axis->right]);
    return;
  }
  for (int64_t i = 0; i < axis->size; ++i)
    loop(axis + 1, last, left + i * axis->left, right + i * axis->right, destination + i * axis->destination, function);
}

}  // namespace

void apply_binary(Binary::Kind kind, const Layout &left_layout, const float *left, const Layout &right_layout,
                  const float *right, const Layout &destination_layout, float *destination) {
  std::vector<Axis> axes;
  for (size_t i = 0; i < destination_layout.rank(); ++i)
    axes.push_back(
        {destination_layout.dims[i], step(left_layout, i), step(right_layout, i), destination_layout.strides[i]});
  if (axes.empty()) axes.push_back({1, 0, 0, 0});
  auto run = [&](auto function) { loop(&axes.front(), &axes.back(), left, right, destination, function); };
  switch (kind) {
    case Binary::Kind::add:
      return run([](float a, float b) { return a + b; });
    case Binary::Kind::subtract:
      return run([](float a, float b) { return a - b; });
    case Binary::Kind::multiply:
      return run([](float a, float b) { return a * b; });
    case Binary::Kind::divide:
      return run([](float a, float b) { return a / b; });
  }
}

}  // namespace onednn
