// Files changed at random places, as bytes and as graphs.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "fuzz/mutator.h"
#include "hostile.h"

using namespace onednn::hostile;

namespace {

uint64_t iterations(uint64_t usual) {
  const char *asked = std::getenv("KALON_FUZZ_ITERATIONS");
  return asked && *asked ? std::strtoull(asked, nullptr, 10) : usual;
}

// Changes one number or name somewhere in the graph.
void change_field(ModelBuilder &builder, std::mt19937_64 &random) {
  static constexpr int64_t numbers[] = {-1, 0,  1,   2,     3,     4,       5,         7,         8,
                                        9,  64, 255, 65535, 65536, 1 << 20, INT32_MAX, INT64_MAX, INT64_MIN};
  auto number = [&] { return numbers[random() % std::size(numbers)]; };
  auto *graph = builder.model.mutable_graph();
  auto &proto = *graph->mutable_node(static_cast<int>(random() % static_cast<uint64_t>(graph->node_size())));
  switch (random() % 7) {
    case 0:
      if (proto.attribute_size() > 0) {
        auto &attribute =
            *proto.mutable_attribute(static_cast<int>(random() % static_cast<uint64_t>(proto.attribute_size())));
        if (attribute.ints_size() > 0)
          attribute.set_ints(static_cast<int>(random() % static_cast<uint64_t>(attribute.ints_size())), number());
        else
          attribute.set_i(number());
      }
      break;
    case 1: {
      auto &tensor =
          *graph->mutable_initializer(static_cast<int>(random() % static_cast<uint64_t>(graph->initializer_size())));
      if (tensor.dims_size() > 0)
        tensor.set_dims(static_cast<int>(random() % static_cast<uint64_t>(tensor.dims_size())), number());
      break;
    }
    case 2:
      if (proto.input_size() > 0) {
        const auto &other = graph->node(static_cast<int>(random() % static_cast<uint64_t>(graph->node_size())));
        proto.set_input(static_cast<int>(random() % static_cast<uint64_t>(proto.input_size())),
                        random() % 2 ? other.output(0) : other.input(0));
      }
      break;
    case 3:
      graph->mutable_node()->SwapElements(static_cast<int>(random() % static_cast<uint64_t>(graph->node_size())),
                                          static_cast<int>(random() % static_cast<uint64_t>(graph->node_size())));
      break;
    case 4: {
      static const char *const names[] = {"Add",     "Mul",       "Conv",   "MaxPool",  "AveragePool",  "Softmax",
                                          "Flatten", "Transpose", "MatMul", "Concat",   "Relu",         "ReduceMean",
                                          "Squeeze", "Pad",       "Gemm",   "Identity", "GlobalMaxPool"};
      proto.set_op_type(names[random() % std::size(names)]);
      if (random() % 2) proto.clear_attribute();
      break;
    }
    case 5:
      set_number(proto, proto.op_type() == "Conv" ? "group" : "axis", number());
      break;
    default:
      set_list(proto, proto.op_type() == "Conv" ? "dilations" : "kernel_shape", {number(), number()});
  }
}

}  // namespace

TEST_CASE("mutated files never crash", "[hostile]") {
  std::vector<std::string> seeds = {small().bytes(), picture_network(8, 3, true).bytes()};
  Mutator mutator(seeds, {"Conv", "Clip", "features", std::string("\x3a\x00", 2), std::string("\x0a\xff\x7f", 3)});
  size_t accepted = 0, refused = 0;
  auto note = [&](const Refusal &refusal) {
    // Whatever is wrong is wrong in the file: nothing reaches oneDNN that it refuses, nothing runs out of memory.
    INFO(refusal.text);
    CHECK(refusal.status != KALON_INTERNAL);
    CHECK(refusal.status != KALON_OUT_OF_MEMORY);
    ++(refusal.status == KALON_OK ? accepted : refused);
  };
  uint64_t count = iterations(1500);
  for (uint64_t i = 0; i < count; ++i) {
    CAPTURE(i);
    note(load(mutator.input(i)));
    std::mt19937_64 random(i);
    ModelBuilder builder = i % 2 ? picture_network(8, 4) : picture_network(8, 4, false, 1);
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) change_field(builder, random);
    note(load(builder.bytes()));
  }
  // Both kinds must occur, or the mutations show nothing.
  CHECK(accepted > count / 20);
  CHECK(refused > count / 20);
}
