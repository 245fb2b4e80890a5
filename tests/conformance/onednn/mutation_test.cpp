// Files changed at random places, as bytes and as graphs.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "fuzz/mutator.h"
#include "hostile.h"
#include "manifest.h"
#include "temporary_folder.h"

using namespace onednn::hostile;
using Json = nlohmann::json;

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

TEST_CASE("mutated manifests of models never crash, and what is taken is in its ranges", "[hostile]") {
  const std::string sound =
      R"({"manifest": 1, "id": "a-model", "name": "A", "summary": "B", "licence": "C", "file": "a.onnx",
          "weights": "079a47eeb723337fbe9d139949566805",
          "input": {"tensor": "input", "width": 224, "height": 200, "layout": "nchw", "mean": [127, 1.5, 0],
                    "std": [128, 64, 1e-3], "crop": "centre", "filter": "bicubic", "decode_cover": 1},
          "preferred_batch": 8,
          "outputs": [{"tensor": "f", "name": "f", "kind": "embedding", "metric": "cosine", "tolerance": 0.001},
                      {"tensor": "p", "name": "p", "kind": "probability", "low": 0, "high": 1, "direction": 1,
                       "dimension": 5, "tolerance": 0.01}]})";
  Mutator mutator({sound}, {"\"", "{", "[", ",", "1e999", "\\u0000", "\xff"});
  const auto good = Json::parse(sound);
  const auto places = good.flatten();
  // In the place of one value, so that the file stays JSON.
  const Json values[] = {0,
                         1,
                         2,
                         -1,
                         0.5,
                         7,
                         64,
                         65,
                         8192,
                         8193,
                         1e-7,
                         1e30,
                         4e38,
                         1 << 20,
                         4294967297,
                         true,
                         nullptr,
                         Json::array(),
                         Json::object(),
                         "",
                         "a/b",
                         "..",
                         "x\u0001",
                         "z",
                         std::string(5000, 'a'),
                         "nhwc",
                         "logits",
                         "score",
                         "euclidean",
                         "box"};
  auto changed = [&](uint64_t i) {
    std::mt19937_64 random(i);
    Json manifest = good;
    auto place = std::next(places.begin(), static_cast<std::ptrdiff_t>(random() % places.size()));
    manifest[Json::json_pointer(place.key())] = values[random() % std::size(values)];
    return manifest.dump();
  };
  TemporaryFolder folder;
  size_t accepted = 0, refused = 0;
  uint64_t count = iterations(4000);
  for (uint64_t i = 0; i < count; ++i) {
    CAPTURE(i);
    try {
      auto manifest = onednn::read_manifest(folder.write("model.json", i % 4 ? changed(i) : mutator.input(i)));
      ++accepted;
      REQUIRE((manifest.id.size() >= 1 && manifest.id.size() <= 128));
      REQUIRE(manifest.onnx_path.rfind(folder.path() + "/", 0) == 0);
      REQUIRE(manifest.onnx_path.find('/', folder.path().size() + 1) == std::string::npos);
      REQUIRE((manifest.input.width >= 1 && manifest.input.width <= 8192));
      REQUIRE((manifest.input.height >= 1 && manifest.input.height <= 8192));
      REQUIRE((manifest.preferred_batch >= 1 && manifest.preferred_batch <= 64));
      for (size_t c = 0; c < 3; ++c) REQUIRE((std::isfinite(manifest.mean[c]) && manifest.deviation[c] > 0));
      REQUIRE((manifest.outputs.size() >= 1 && manifest.outputs.size() <= 64));
      for (const auto &output : manifest.outputs) {
        REQUIRE((std::isfinite(output.low) && std::isfinite(output.high) && output.low <= output.high));
        REQUIRE((output.direction >= -1 && output.direction <= 1));
        REQUIRE(output.dimension <= 1 << 20);
        for (const auto *text : {&output.name, &output.tensor}) REQUIRE(text->find('\0') == std::string::npos);
      }
    } catch (const onednn::Failure &failure) {
      ++refused;
      REQUIRE(std::strlen(failure.what()) > 0);
    }
  }
  CHECK(accepted > count / 20);
  CHECK(refused > count / 20);
}
