// The parts of the runtime that a wrong figure could hide in: memory shared by values, packed weights, stages.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <thread>

#include "import.h"
#include "model_builder.h"
#include "network.h"
#include "onnx_file.h"
#include "passes.h"
#include "plan.h"

using namespace onednn;

TEST_CASE("values that live at one time never share memory") {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Buffer> buffers(1 + random() % 40);
    for (Buffer &buffer : buffers) {
      buffer.bytes = 1 + random() % 5000;
      buffer.first = static_cast<int>(random() % 50);
      buffer.last = buffer.first + static_cast<int>(random() % 10);
    }
    int64_t total = arrange_buffers(buffers);
    int64_t needed = 0;  // the most that lives at one step
    for (int step = 0; step < 60; ++step) {
      int64_t live = 0;
      for (const Buffer &buffer : buffers)
        if (buffer.first <= step && step <= buffer.last) live += buffer.bytes;
      needed = std::max(needed, live);
    }
    CHECK(total >= needed);
    for (size_t i = 0; i < buffers.size(); ++i) {
      CHECK(buffers[i].offset % 64 == 0);
      CHECK(buffers[i].offset + buffers[i].bytes <= total);
      for (size_t j = 0; j < i; ++j) {
        bool time = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
        bool space = buffers[i].offset < buffers[j].offset + buffers[j].bytes &&
                     buffers[j].offset < buffers[i].offset + buffers[i].bytes;
        CHECK(!(time && space));
      }
    }
  }
}

TEST_CASE("a constant can be read again in any order after its own was dropped") {
  OneThread guard;
  Graph graph;
  Shape shape{40, 3, 16, 16};
  std::vector<float> values(static_cast<size_t>(count_of(shape)));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  ValueId id = graph.add_constant({shape, values});
  Weights weights(graph);
  CHECK(graph.constant(id)->values.empty());
  CHECK(graph.constant(id)->shape == shape);
  // 120 KiB in the file's order; the same in channels-last order.
  uint64_t bytes = values.size() * sizeof(float);
  CHECK(weights.bytes() == bytes);
  auto last = weights.in_format(id, row_major(shape), plain_format(channels_last(shape)));
  CHECK(weights.bytes() == bytes);
  CHECK(last.get()[1] == 16 * 16);  // the second channel of the first pixel
  // Seen as a matrix of columns, and in the file's order.
  Layout transposed{{768, 40}, {1, 768}};
  auto columns = weights.in_format(id, transposed, plain_format(row_major(transposed.dims)));
  CHECK(columns.get()[1] == 768);
  auto plain = weights.row_major(id);
  CHECK(std::equal(values.begin(), values.end(), plain.get()));
}

TEST_CASE("large activations run picture by picture, the rest over the batch, with equal results") {
  std::string bytes = picture_network(64, 32).bytes();
  OneThread guard;
  Graph graph = import_model(*parse_onnx(bytes), {"features", "logits"});
  optimise(graph, {{2, 3, 64, 64}});
  // Convolution with clip, convolution with residual, pool, flatten, matrix.
  CHECK(graph.nodes.size() == 5);
  Weights weights(graph);
  std::vector<std::vector<float>> results;
  for (int64_t large : {int64_t{0}, int64_t{1} << 17, int64_t{1} << 30}) {
    PlanOptions options{InputOrder::channels_last, true, large};
    auto plan = make_plan(graph, weights, {{4, 3, 64, 64}}, options);
    if (large == 0) CHECK(plan->stages[0].end == plan->steps.size());
    if (large == 1 << 17) {
      REQUIRE(plan->stages.size() == 2);
      CHECK(plan->stages[0].repetitions == 4);
      CHECK(plan->stages[0].end > 0);
      CHECK(plan->stages[0].end < plan->steps.size());
    }
    if (large == 1 << 30) CHECK(plan->stages.size() == 1);
    auto fill = [&](size_t, int64_t repetition, float *to) {
      int64_t count = plan->inputs[0].count;
      for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>((repetition * count + i) % 1013) / 1013;
    };
    std::vector<float> features(4 * 32, -1), logits(4 * 5, -1);
    Execution().run(plan, fill, {features.data(), logits.data()});
    features.insert(features.end(), logits.begin(), logits.end());
    results.push_back(features);
    // Only what is wanted is computed and written.
    std::vector<float> alone(4 * 32, -1);
    Execution execution;
    execution.run(plan, fill, {alone.data(), nullptr});
    CHECK(std::equal(alone.begin(), alone.end(), features.begin()));
    execution.run(plan, fill, {nullptr, nullptr});
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    // Different kernels for different batches: rounding of sums of a few hundred terms.
    CHECK(results[1][i] == Approx(results[0][i]).epsilon(1e-5).margin(1e-5));
    CHECK(results[2][i] == Approx(results[0][i]).epsilon(1e-5).margin(1e-5));
  }
}

TEST_CASE("casts of constants, and casts that change nothing") {
  ModelBuilder builder;
  builder.input("input", {2});
  builder.whole_numbers("whole", {3, -5});
  ModelBuilder::set(builder.node("Cast", {"whole"}, "numbers"), "to", int64_t{onnx::TensorProto::FLOAT});
  ModelBuilder::set(builder.node("Cast", {"input"}, "same"), "to", int64_t{onnx::TensorProto::FLOAT});
  builder.node("Add", {"same", "numbers"}, "sum");
  builder.output("sum");
  OneThread guard;
  Graph graph = import_model(*parse_onnx(builder.bytes()));
  CHECK(graph.nodes.size() == 1);
  Weights weights(graph);
  auto plan = make_plan(graph, weights, {{2}}, {});
  std::vector<float> sum(2);
  Execution().run(plan, [](size_t, int64_t, float *to) { to[0] = 0.5f, to[1] = 1; }, {sum.data()});
  CHECK(sum == std::vector<float>{3.5f, -4});
}

// oneDNN 2.6 gives two post-operations of one kind the parameters of one of them.
TEST_CASE("functions of one kind behind a convolution keep their own parameters") {
  ModelBuilder builder;
  builder.input("input", {1, 3, 5, 5});
  builder.weights("w", {16, 3, 3, 3});
  builder.node("Conv", {"input", "w"}, "c");
  builder.node("HardSigmoid", {"c"}, "h");  // linear and clip
  builder.node("Neg", {"h"}, "n");          // linear
  builder.weights("low", {}, {-0.6f});
  builder.weights("high", {}, {-0.4f});
  builder.node("Clip", {"n", "low", "high"}, "result");
  builder.output("c");
  builder.output("result");
  OneThread guard;
  Graph graph = import_model(*parse_onnx(builder.bytes()), {"c", "result"});
  // The convolution's own result is wanted in another graph, as here nothing could follow it.
  Graph fused = import_model(*parse_onnx(builder.bytes()), {"result"});
  optimise(fused, {{1, 3, 5, 5}});
  CHECK(fused.nodes.size() < 4);
  Weights weights(graph), fused_weights(fused);
  auto fill = [](size_t, int64_t, float *to) {
    for (int i = 0; i < 75; ++i) to[i] = static_cast<float>(i % 7) / 7 - 0.5f;
  };
  std::vector<float> convolved(16 * 9), result(16 * 9), of_fused(16 * 9);
  Execution().run(make_plan(graph, weights, {{1, 3, 5, 5}}, {}), fill, {convolved.data(), result.data()});
  Execution().run(make_plan(fused, fused_weights, {{1, 3, 5, 5}}, {}), fill, {of_fused.data()});
  for (size_t i = 0; i < convolved.size(); ++i) {
    float expected = std::clamp(-std::clamp(0.2f * convolved[i] + 0.5f, 0.0f, 1.0f), -0.6f, -0.4f);
    CHECK(result[i] == Approx(expected).margin(1e-6));
    CHECK(of_fused[i] == Approx(expected).margin(1e-6));
  }
}

TEST_CASE("networks serve few sizes of batch") {
  NetworkInput input{"input", 32, 32};
  Network network(picture_network(32, 8).bytes(), input, {"features"}, 12);
  CHECK(network.output_sizes() == std::vector<int64_t>{8});
  std::vector<int64_t> sizes;
  for (int64_t pictures = 1; pictures <= 30; ++pictures) sizes.push_back(network.batch_for(pictures));
  CHECK(std::vector<int64_t>(sizes.begin(), sizes.begin() + 13) ==
        std::vector<int64_t>{1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12});
  CHECK(sizes.back() == 12);
  Network single(picture_network(32, 8, false, 1).bytes(), input, {"features"}, 12);
  CHECK(single.batch_for(7) == 1);
}
