// What it costs to call plugins: in this process, through a worker process, and to find them.
//   bench_contract IDLE_FOLDER MANIFEST_FOLDER      prints name and figure, one pair a line
// IDLE_FOLDER has the idle model; the default model is that of the build; MANIFEST_FOLDER is scanned.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "isolation.h"
#include "plugin/registry.h"

using namespace kalon;

namespace {

constexpr uint32_t batch_size = 8;
constexpr int rounds = 9;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Stream {
 public:
  Stream(Registry &registry, const std::string &id)
      : model_(registry.model(id)), stream_(registry.stream(model_)), statuses_(batch_size) {
    for (const auto &output : model_.outputs)
      outputs_.push_back(values_.emplace_back(size_t{batch_size} * output.dimension).data());
    for (size_t i = 1; i < outputs_.size(); ++i) outputs_[i] = nullptr;
    std::vector<uint8_t> picture(input_bytes(model_.description), 100);
    for (uint32_t i = 0; i < batch_size; ++i)
      write_input(model_.description, stream_->input(batch_size, nullptr), i, picture.data());
  }
  void run() {
    stream_->run(batch_size, outputs_.data(), statuses_.data(), nullptr);
    if (statuses_[0] != KALON_OK) std::abort();
  }

 private:
  ModelInfo model_;
  std::unique_ptr<ModelStream> stream_;
  std::vector<std::vector<float>> values_;
  std::vector<float *> outputs_;
  std::vector<kalon_status> statuses_;
};

// The median of many single calls, in microseconds.
double microseconds_of_a_call(Registry &registry) {
  Stream stream(registry, "idle");
  constexpr int calls = 20'000, warm = 200;
  std::vector<double> each;
  for (int i = 0; i < calls + warm; ++i) {
    double begin = seconds();
    stream.run();
    if (i >= warm) each.push_back(seconds() - begin);
  }
  return median(each) * 1e6;
}

// Two streams side by side, as an index run has them on two cores.
double milliseconds_of_a_picture(std::vector<std::unique_ptr<Stream>> &streams) {
  constexpr int batches = 20;
  double begin = seconds();
  std::vector<std::thread> threads;
  for (auto &stream : streams)
    threads.emplace_back([&stream] {
      for (int i = 0; i < batches; ++i) stream->run();
    });
  for (auto &thread : threads) thread.join();
  return (seconds() - begin) * 1e3 / (batches * batch_size * static_cast<double>(streams.size()));
}

std::vector<std::unique_ptr<Stream>> two_streams(Registry &registry, const std::string &id) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 2; ++i) {
    streams.push_back(std::make_unique<Stream>(registry, id));
    streams.back()->run();
  }
  return streams;
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 3) {
    std::fputs("see the head of contract_bench.cpp\n", stderr);
    return 2;
  }
  std::string idle = arguments[1], manifests = arguments[2];
  {
    Registry here({idle}, trusting(idle)), apart({idle}, trusting(""));
    std::printf("in_process_us %.3f\n", microseconds_of_a_call(here));
    std::printf("worker_us %.3f\n", microseconds_of_a_call(apart));
  }
  {
    Registry here({KALON_PLUGIN_DIR}, trusting(KALON_PLUGIN_DIR)), apart({KALON_PLUGIN_DIR}, trusting(""));
    const std::string model = "efficientnet-lite0";
    auto near = two_streams(here, model), far = two_streams(apart, model);
    std::vector<double> here_ms, apart_ms;
    // In turns, so that a noisy neighbour is everyone's.
    for (int round = 0; round < rounds; ++round) {
      here_ms.push_back(milliseconds_of_a_picture(near));
      apart_ms.push_back(milliseconds_of_a_picture(far));
    }
    std::printf("in_process_ms %.4f\nworker_ms %.4f\n", median(here_ms), median(apart_ms));
  }
  std::vector<double> scans;
  for (int round = 0; round < rounds; ++round) {
    double begin = seconds();
    Registry registry({manifests}, trusting(manifests));
    scans.push_back(seconds() - begin);
    if (registry.plugins().size() != 200) std::abort();
  }
  std::printf("scan_ms %.3f\n", median(scans) * 1e3);
}
