// The plugin through the contract alone, as the engine loads it.
#include <catch2/catch.hpp>

#include <dlfcn.h>
#include <stdlib.h>
#include <xxhash.h>
#include <kalon/batch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <thread>

#include "conformance/models/contract_checks.h"
#include "model_builder.h"
#include "temporary_folder.h"

namespace {

constexpr int64_t side = 40, channels = 16;
constexpr size_t picture_bytes = size_t{side} * side * 3;

std::string hash_of(const std::string &bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string text;
  char digits[3];
  for (unsigned char byte : canonical.digest) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string manifest_of(const std::string &id, const std::string &hash, const std::string &layout = "nchw",
                        const std::string &dimensions = "", int64_t width = side) {
  return R"({"manifest": 1, "id": ")" + id + R"(", "name": "A test", "summary": "Sees nothing.", "licence": "CC0-1.0",
    "file": ")" +
         id + R"(.onnx", "weights": ")" + hash + R"(",
    "input": {"tensor": "input", "width": )" +
         std::to_string(width) + R"(, "height": 40, "layout": ")" + layout + R"(",
              "mean": [127, 100, 90.5], "std": [128, 64, 50], "crop": "centre", "filter": "bicubic", "decode_cover": 1},
    "preferred_batch": 4,
    "outputs": [{"tensor": "features", "name": "features", "kind": "embedding", "metric": "cosine", "tolerance": 0.001)" +
         dimensions +
         R"(}, {"tensor": "logits", "name": "logits", "kind": "logits", "labels": "test", "tolerance": 0.01)" +
         (dimensions.empty() ? "" : ", \"dimension\": 5") + "}]}";
}

// A folder of models, good and bad, that the plugin is shown before it is loaded: it looks once.
class Gallery {
 public:
  Gallery() {
    auto network = picture_network(side, channels);
    add("good", network.bytes());
    add("nhwc", picture_network(side, channels, true).bytes(), "nhwc");
    add("single", picture_network(side, channels, false, 1).bytes());
    add("undeclared", picture_network(side, channels, false, -1, false).bytes());
    ModelBuilder means;
    means.input("input", {-1, 3, side, side});
    means.node("GlobalAveragePool", {"input"}, "pool");
    means.node("Flatten", {"pool"}, "features");
    means.weights("fc", {5, 3});
    ModelBuilder::set(means.node("Gemm", {"features", "fc"}, "logits"), "transB", 1);
    means.output("features", {-1, 3});
    means.output("logits");
    add("means", means.bytes());
    // "good" again, in a folder behind: the first wins.
    second_.write("a-good.json", manifest_of("good", std::string(32, '0')));
    second_.write("good.onnx", "no network");
    std::string bytes = network.bytes();
    first_.write("wrong-hash.onnx", bytes);
    first_.write("wrong-hash.json", manifest_of("wrong-hash", std::string(32, 'a'), "nchw", ", \"dimension\": 16"));
    first_.write("liar.onnx", bytes);
    first_.write("liar.json", manifest_of("liar", hash_of(bytes), "nchw", ", \"dimension\": 17"));
    auto resize = picture_network(side, channels);
    resize.node("Resize", {"sum"}, "resized");
    first_.write("resize.onnx", resize.bytes());
    first_.write("resize.json", manifest_of("resize", hash_of(resize.bytes()), "nchw", ", \"dimension\": 16"));
    // Left out, each with a line in the log.
    first_.write("missing.json", manifest_of("missing", std::string(32, 'a')));
    first_.write("broken.json", "{\"manifest\": 1, ");
    first_.write("list.json", "[1, 2]");
    first_.write("future.json", R"({"manifest": 2, "id": "future"})");
    first_.write("deep.json", std::string(100'000, '['));
    first_.write("id.json", manifest_of("Not An Id", std::string(32, 'a')));
    first_.write("slash.json",
                 R"({"manifest": 1, "id": "slash", "name": "n", "summary": "s", "licence": "l", "weights": ")" +
                     std::string(32, 'a') + R"(", "file": "../good.onnx"})");
    first_.write("wide.onnx", bytes);
    first_.write("wide.json", manifest_of("wide", hash_of(bytes), "nchw", "", 100'000));
    first_.write("dimension.onnx", bytes);
    first_.write("dimension.json", manifest_of("dimension", hash_of(bytes), "nchw", ", \"dimension\": 0"));
    first_.write("direction.onnx", bytes);
    first_.write("direction.json",
                 manifest_of("direction", hash_of(bytes), "nchw", ", \"dimension\": 16, \"direction\": 0.5"));
    first_.write("garbage.onnx", "garbage");
    first_.write("garbage.json", manifest_of("garbage", hash_of("garbage")));
    first_.write("notes.txt", "not a model");
    first_.make_folder("folder.json");
    // The relative folder must not be searched.
    ::setenv("KALON_MODEL_PATH", ("relative:" + first_.path() + "::" + second_.path()).c_str(), 1);
    ::setenv("XDG_DATA_HOME", (second_ / "none").c_str(), 1);
  }

  const std::vector<std::string> left_out = {"missing.json",   "broken.json",    "list.json",    "future.json",
                                             "deep.json",      "id.json",        "slash.json",   "wide.json",
                                             "dimension.json", "direction.json", "garbage.json", "folder.json"};
  const std::string &folder() const { return first_.path(); }

 private:
  void add(const std::string &id, const std::string &bytes, const std::string &layout = "nchw") {
    first_.write(id + ".onnx", bytes);
    first_.write(id + ".json", manifest_of(id, hash_of(bytes), layout));
  }

  TemporaryFolder first_, second_;
};

std::vector<std::string> log_lines;

const kalon_entry *load_plugin(const std::string &path) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  auto *symbol = static_cast<const kalon_entry *>(dlsym(library, "kalon_plugin_entry"));
  if (!symbol) throw std::runtime_error("no entry");
  static const kalon_host_log log = {[](const kalon_host *, int32_t, const char *text) { log_lines.push_back(text); }};
  static const kalon_host host{sizeof host,
                               KALON_ABI_MAJOR,
                               KALON_ABI_MINOR,
                               "test",
                               "0",
                               nullptr,
                               [](const kalon_host *, const char *id) -> const void * {
                                 return std::strcmp(id, KALON_HOST_LOG) == 0 ? &log : nullptr;
                               }};
  if (symbol->init(&host, nullptr) != KALON_OK) throw std::runtime_error("init failed");
  return symbol;
}

const kalon_entry &entry() {
  static const Gallery gallery;
  static const kalon_entry *found = load_plugin(KALON_PLUGIN_DIR "/kalon-onednn.so");
  for (const auto &name : gallery.left_out)
    if (std::none_of(log_lines.begin(), log_lines.end(),
                     [&](const auto &line) { return line.find("/" + name + " ") != line.npos; }))
      throw std::runtime_error("nothing in the log about " + name);
  return *found;
}

const kalon_model_factory &factory() {
  return *static_cast<const kalon_model_factory *>(entry().get_factory(KALON_MODEL_FACTORY));
}

kalon_model_description description(uint32_t model) {
  kalon_model_description result{};
  result.size = sizeof result;
  REQUIRE(factory().describe(model, &result) == KALON_OK);
  return result;
}

uint32_t index_of(const std::string &id) {
  for (uint32_t i = 0; i < factory().count(); ++i)
    if (description(i).id == id) return i;
  throw std::runtime_error("no model " + id);
}

struct Created {
  kalon_status status;
  std::string text;
};

class Instance {
 public:
  explicit Instance(const std::string &id) { REQUIRE(factory().create(index_of(id), &model_, nullptr) == KALON_OK); }
  ~Instance() { factory().destroy(model_); }
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;
  kalon_model *get() const { return model_; }

 private:
  kalon_model *model_ = nullptr;
};

Created try_to_create(const std::string &id) {
  std::array<char, 512> buffer{};
  kalon_text text{buffer.data(), buffer.size()};
  kalon_model *model = nullptr;
  kalon_status status = factory().create(index_of(id), &model, &text);
  factory().destroy(model);
  return {status, buffer.data()};
}

std::vector<uint8_t> pictures(size_t count, uint32_t seed = 1) {
  std::vector<uint8_t> pixels(count * picture_bytes);
  for (size_t i = 0; i < pixels.size(); ++i) {
    seed = seed * 1664525 + 1013904223;
    pixels[i] = static_cast<uint8_t>((seed >> 24) / 2 + (i / 3 + i / 120) % 128);
  }
  return pixels;
}

struct Result {
  std::vector<float> features, logits;
};

Result run(kalon_model *model, const uint8_t *pixels, uint32_t count) {
  Result result{std::vector<float>(count * size_t{channels}), std::vector<float>(count * size_t{5})};
  float *outputs[2] = {result.features.data(), result.logits.data()};
  std::vector<kalon_status> statuses(count, KALON_INTERNAL);
  kalon::plugin::BatchTensors tensors(factory(), 0);
  auto batch = tensors.batch(count, pixels, outputs, statuses.data());
  std::array<char, 512> buffer{};
  kalon_text text{buffer.data(), buffer.size()};
  if (factory().run(model, &batch, &text) != KALON_OK) throw std::runtime_error(buffer.data());
  for (auto status : statuses)
    if (status != KALON_OK) throw std::runtime_error("a picture failed");
  return result;
}

double largest_difference(const std::vector<float> &a, const std::vector<float> &b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("the plugin serves every sound manifest that it finds, and only those", "[plugin]") {
  CHECK(entry().magic == KALON_ENTRY_MAGIC);
  CHECK(std::any_of(log_lines.begin(), log_lines.end(), [](const auto &line) {
    return line.find("the folder relative of KALON_MODEL_PATH is not searched") != line.npos;
  }));
  CHECK(entry().get_factory("no.such.factory/1") == nullptr);
  CHECK(entry().get_factory(KALON_DECODER_FACTORY) == nullptr);
  std::vector<std::string> ids;
  for (uint32_t i = 0; i < factory().count(); ++i) ids.push_back(description(i).id);
  for (const char *id : {"good", "nhwc", "single", "undeclared", "wrong-hash", "liar", "resize"})
    CHECK(std::count(ids.begin(), ids.end(), id) == 1);
  for (const char *id : {"missing", "future", "slash", "wide", "dimension", "garbage"})
    CHECK(std::count(ids.begin(), ids.end(), id) == 0);

  auto model = description(index_of("good"));
  CHECK(std::string(model.name) == "A test");
  CHECK(std::string(model.licence) == "CC0-1.0");
  CHECK(std::string(model.weights_hash) != std::string(32, '0'));
  CHECK(model.input_width == side);
  CHECK(model.input_height == 40);
  CHECK(model.crop == KALON_CROP_CENTRE);
  CHECK(model.filter == KALON_FILTER_BICUBIC);
  CHECK(model.decode_cover == 1);
  CHECK(model.preferred_batch == 4);
  CHECK(model.determinism == KALON_DETERMINISM_TOLERANCE);
  REQUIRE(model.output_count == 2);
  for (const char *id : {"good", "undeclared"}) {
    // The logits' shape is in neither file, the features' in one only: worked out from the graph.
    kalon_output_description features{}, logits{};
    features.size = logits.size = sizeof features;
    REQUIRE(factory().describe_output(index_of(id), 0, &features) == KALON_OK);
    REQUIRE(factory().describe_output(index_of(id), 1, &logits) == KALON_OK);
    CHECK(std::string(features.name) == "features");
    CHECK(features.kind == KALON_OUTPUT_EMBEDDING);
    CHECK(features.metric == KALON_METRIC_COSINE);
    CHECK(features.dimension == channels);
    CHECK(features.tolerance == 0.001f);
    CHECK(logits.kind == KALON_OUTPUT_LOGITS);
    CHECK(logits.dimension == 5);
  }
}

TEST_CASE("models are found in the named folders, the user's, and beside the plugin, in this order", "[plugin]") {
  entry();  // the gallery has set the environment for the plugin as built
  std::string path = ::getenv("KALON_MODEL_PATH"), data = ::getenv("XDG_DATA_HOME");
  TemporaryFolder folder;
  const auto bytes = picture_network(side, channels).bytes();
  auto put = [&](const std::string &place, const std::string &id, const std::string &name) {
    auto manifest = manifest_of(id, hash_of(bytes), "nchw", ", \"dimension\": 16");
    manifest.replace(manifest.find("A test"), 6, name);
    folder.write(place + "/" + id + ".json", manifest);
    folder.write(place + "/" + id + ".onnx", bytes);
  };
  for (const char *id : {"x", "y", "z"}) put("lib/kalon/models", id, "beside");
  for (const char *id : {"x", "y"}) put("data/kalon/models", id, "of the user");
  put("named", "x", "named");
  folder.make_folder("lib/kalon/plugins");
  std::string copy = folder / "lib/kalon/plugins/kalon-onednn.so";
  std::filesystem::copy_file(KALON_PLUGIN_DIR "/kalon-onednn.so", copy);
  ::setenv("KALON_MODEL_PATH", (folder / "named").c_str(), 1);
  ::setenv("XDG_DATA_HOME", (folder / "data").c_str(), 1);
  const auto *plugin = load_plugin(copy);
  ::setenv("KALON_MODEL_PATH", path.c_str(), 1);
  ::setenv("XDG_DATA_HOME", data.c_str(), 1);
  const auto &models = *static_cast<const kalon_model_factory *>(plugin->get_factory(KALON_MODEL_FACTORY));
  std::vector<std::string> found;
  for (uint32_t i = 0; i < models.count(); ++i) {
    kalon_model_description model{};
    model.size = sizeof model;
    REQUIRE(models.describe(i, &model) == KALON_OK);
    found.push_back(std::string(model.id) + " " + model.name);
  }
  CHECK(found == std::vector<std::string>{"x named", "y of the user", "z beside"});
  plugin->shutdown();
  CHECK(models.count() == 0);
}

TEST_CASE("a model that cannot run says why when it is started", "[plugin]") {
  auto hash = try_to_create("wrong-hash");
  CHECK(hash.status == KALON_CORRUPT_DATA);
  CHECK(hash.text.find("/wrong-hash.onnx: ") != hash.text.npos);
  CHECK(hash.text.find("fetch the model again") != hash.text.npos);
  auto liar = try_to_create("liar");
  CHECK(liar.status == KALON_CORRUPT_DATA);
  CHECK(liar.text.find("has 16 values, but is described as having 17") != liar.text.npos);
  auto resize = try_to_create("resize");
  CHECK(resize.status == KALON_UNSUPPORTED);
  CHECK(resize.text.find("/resize.onnx: ") != resize.text.npos);
  CHECK(resize.text.find("Resize (1 times, first in the node \"Resize of resized\")") != resize.text.npos);
  // The others go on.
  CHECK(try_to_create("good").status == KALON_OK);
}

TEST_CASE("wrong calls are refused", "[plugin]") {
  Instance good("good");
  check_wrong_calls({factory(), index_of("good"), good.get(), 2, channels}, pictures(1).data());
}

TEST_CASE("a picture's result does not depend on its neighbours, its stream or its thread", "[plugin]") {
  constexpr uint32_t count = 11;  // 4 + 4 + 2 + 1
  auto pixels = pictures(count);
  Instance instance("good");
  Result together = run(instance.get(), pixels.data(), count);
  CHECK(std::all_of(together.features.begin(), together.features.end(), [](float v) { return std::isfinite(v); }));
  for (uint32_t i = 0; i < count; ++i) {
    Result alone = run(instance.get(), pixels.data() + i * picture_bytes, 1);
    for (size_t c = 0; c < size_t{channels}; ++c)
      CHECK(std::abs(alone.features[c] - together.features[i * size_t{channels} + c]) <= 1e-5);
    for (size_t c = 0; c < 5; ++c) CHECK(std::abs(alone.logits[c] - together.logits[i * 5 + c]) <= 1e-5);
  }
  // Pictures differ, so that an answer to the wrong one would show.
  CHECK(std::abs(together.features[0] - together.features[channels]) > 1e-3);

  std::array<Result, 4> seen;
  std::vector<std::thread> threads;
  for (auto &result : seen)
    threads.emplace_back([&] {
      Instance own("good");
      for (int i = 0; i < 5; ++i) result = run(own.get(), pixels.data(), count);
    });
  for (auto &thread : threads) thread.join();
  for (const auto &result : seen) {
    CHECK(result.features == together.features);
    CHECK(result.logits == together.logits);
  }
}

TEST_CASE("the input's axes and a fixed batch of one change nothing", "[plugin]") {
  auto pixels = pictures(5);
  Instance good("good"), nhwc("nhwc"), single("single");
  Result expected = run(good.get(), pixels.data(), 5);
  CHECK(largest_difference(run(nhwc.get(), pixels.data(), 5).features, expected.features) <= 1e-5);
  CHECK(largest_difference(run(single.get(), pixels.data(), 5).features, expected.features) <= 1e-5);
  CHECK(largest_difference(run(nhwc.get(), pixels.data(), 5).logits, expected.logits) <= 1e-5);
}

TEST_CASE("nothing outside the outputs is written, unwanted ones are not computed, the CPU's modes stay", "[plugin]") {
  Instance good("good");
  check_only_outputs_are_written({factory(), index_of("good"), good.get(), 2, channels}, pictures(3));
}

TEST_CASE("pixels are normalised channel by channel", "[plugin]") {
  // A network that only averages: its features are the normalised channels themselves, by the manifest's formula.
  Instance means("means");
  std::vector<uint8_t> pixels(picture_bytes);
  const uint8_t colour[3] = {255, 36, 191};
  for (size_t i = 0; i < picture_bytes; ++i) pixels[i] = colour[i % 3];
  float features[3] = {};
  float *outputs[2] = {features, nullptr};
  kalon_status status = KALON_INTERNAL;
  kalon::plugin::BatchTensors tensors(factory(), 0);
  auto batch = tensors.batch(1, pixels.data(), outputs, &status);
  REQUIRE(factory().run(means.get(), &batch, nullptr) == KALON_OK);
  // The sum of 1,600 equal numbers in single precision.
  CHECK(features[0] == Approx((255 - 127) / 128.0).epsilon(1e-5));
  CHECK(features[1] == Approx((36 - 100) / 64.0).epsilon(1e-5));
  CHECK(features[2] == Approx((191 - 90.5) / 50.0).epsilon(1e-5));
}
