// Runs a model of the plugin on raw pixels: the bridge between the plugin and the scripts that know its peers.
//
//   onednn_run PLUGIN MODEL                                  "width height batch", then "name dimension" of each output
//   onednn_run PLUGIN MODEL PIXELS RESULTS together|alone|two   float32 of all outputs, one after the other
//   onednn_run PLUGIN MODEL PIXELS - SECONDS STREAMS         pictures for each second of a stream's own processor time
#include <dlfcn.h>
#include <time.h>
#include <kalon/batch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

const kalon_model_factory *factory;

void check(kalon_status status, const char *what, const char *text) {
  if (status != KALON_OK)
    throw std::runtime_error(std::string(what) + ": status " + std::to_string(status) + ", " + text);
}

struct Model {
  uint32_t index = 0;
  kalon_model_description description{};
  std::vector<kalon_output_description> outputs;
};

void load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  auto *entry = static_cast<const kalon_entry *>(dlsym(library, "kalon_plugin_entry"));
  static const kalon_host_log log = {
      [](const kalon_host *, int32_t, const char *text) { std::fprintf(stderr, "%s\n", text); }};
  static const kalon_host host{sizeof host,
                               KALON_ABI_MAJOR,
                               KALON_ABI_MINOR,
                               "onednn_run",
                               "0",
                               nullptr,
                               [](const kalon_host *, const char *id) -> const void * {
                                 return std::string_view(id) == KALON_HOST_LOG ? &log : nullptr;
                               }};
  check(entry->init(&host, nullptr), "init", "");
  factory = static_cast<const kalon_model_factory *>(entry->get_factory(KALON_MODEL_FACTORY));
}

Model find(const std::string &id) {
  for (uint32_t i = 0; i < factory->count(); ++i) {
    Model model;
    model.index = i;
    model.description.size = sizeof model.description;
    check(factory->describe(i, &model.description), "describe", "");
    if (model.description.id != id) continue;
    for (uint32_t o = 0; o < model.description.output_count; ++o) {
      kalon_output_description output{};
      output.size = sizeof output;
      check(factory->describe_output(i, o, &output), "describe_output", "");
      model.outputs.push_back(output);
    }
    return model;
  }
  throw std::runtime_error("no model " + id);
}

class Stream {
 public:
  explicit Stream(const Model &model) : tensors_(*factory, model.index) {
    check(factory->create(model.index, &instance_, &text_), "create", buffer_.data());
  }
  ~Stream() { factory->destroy(instance_); }
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;
  void run(const uint8_t *pixels, uint32_t count, const std::vector<float *> &outputs) {
    std::vector<kalon_status> statuses(count);
    auto batch = tensors_.batch(count, pixels, outputs.data(), statuses.data());
    check(factory->run(instance_, &batch, &text_), "run", buffer_.data());
  }

 private:
  std::array<char, 512> buffer_{};
  kalon_text text_{buffer_.data(), buffer_.size()};
  kalon::plugin::BatchTensors tensors_;
  kalon_model *instance_ = nullptr;
};

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void write_results(const Model &model, const std::vector<uint8_t> &pixels, const char *path, const std::string &mode) {
  size_t picture = size_t{model.description.input_width} * model.description.input_height * 3;
  size_t count = pixels.size() / picture;
  std::vector<std::vector<float>> results;
  for (const auto &output : model.outputs) results.emplace_back(count * output.dimension);
  auto run = [&](size_t first, size_t end, size_t step) {
    Stream stream(model);
    for (size_t i = first; i < end; i += step) {
      std::vector<float *> outputs;
      for (size_t o = 0; o < results.size(); ++o) outputs.push_back(results[o].data() + i * model.outputs[o].dimension);
      stream.run(pixels.data() + i * picture, static_cast<uint32_t>(std::min(step, end - i)), outputs);
    }
  };
  if (mode == "two") {
    std::thread other(run, count / 2, count, count);
    run(0, count / 2, count);
    other.join();
  } else {
    run(0, count, mode == "alone" ? 1 : count);
  }
  std::ofstream file(path, std::ios::binary);
  for (const auto &result : results)
    file.write(reinterpret_cast<const char *>(result.data()),
               static_cast<std::streamsize>(result.size() * sizeof(float)));
  if (!file.flush()) throw std::runtime_error("the results cannot be written");
}

void measure(const Model &model, const std::vector<uint8_t> &pixels, double seconds, int streams) {
  size_t picture = size_t{model.description.input_width} * model.description.input_height * 3;
  auto count = static_cast<uint32_t>(pixels.size() / picture);
  std::vector<std::thread> threads;
  for (int i = 0; i < streams; ++i)
    threads.emplace_back([&] {
      Stream stream(model);
      std::vector<float> features(size_t{count} * model.outputs[0].dimension);
      std::vector<float *> outputs(model.outputs.size(), nullptr);
      outputs[0] = features.data();
      stream.run(pixels.data(), count, outputs);
      double begin = processor_seconds(), used = 0;
      uint64_t done = 0;
      for (; used < seconds; used = processor_seconds() - begin, done += count)
        stream.run(pixels.data(), count, outputs);
      std::printf("%.1f\n", static_cast<double>(done) / used);
    });
  for (auto &thread : threads) thread.join();
}

int run(int count, char **arguments) {
  if (count != 3 && count != 6 && count != 7) throw std::runtime_error("see the head of onednn_run.cpp");
  load(arguments[1]);
  Model model = find(arguments[2]);
  if (count == 3) {
    const auto &description = model.description;
    std::printf("%u %u %u\n", description.input_width, description.input_height, description.preferred_batch);
    for (const auto &output : model.outputs) std::printf("%s %u\n", output.name, output.dimension);
    return 0;
  }
  std::ifstream file(arguments[3], std::ios::binary);
  std::vector<uint8_t> pixels{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (count == 6)
    write_results(model, pixels, arguments[4], arguments[5]);
  else
    measure(model, pixels, std::atof(arguments[5]), std::atoi(arguments[6]));
  return 0;
}

}  // namespace

int main(int count, char **arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception &exception) {
    std::fprintf(stderr, "%s\n", exception.what());
    return 1;
  }
}
