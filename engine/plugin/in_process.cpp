#include "plugin/in_process.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include <kalon/draft/parameters.h>
#include <kalon/batch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "plugin/host_services.h"

namespace kalon {
namespace {

// A kalon_text with its memory.
struct ErrorText {
  std::array<char, 1024> buffer{};
  kalon_text text{buffer.data(), buffer.size()};
  std::string or_default(const char *fallback) const {
    return buffer[0] ? display_text({buffer.data(), strnlen(buffer.data(), buffer.size())}) : std::string(fallback);
  }
};

// A plugin's failure as one of ours; what is none, or is called cancelled though nobody wanted it, is the plugin's own
// fault.
Status failure_of(kalon_status status, const std::atomic<bool> *cancelled) {
  if (status == KALON_CANCELLED && !(cancelled && *cancelled)) return Status::internal;
  return status > KALON_OK && status <= KALON_PARTIAL ? static_cast<Status>(status) : Status::internal;
}

// Stands around each call into a plugin: waits for its turn, and is what its host's services refer to.
class Call {
 public:
  Call(const LocalPlugin &plugin, const std::atomic<bool> *cancelled, std::atomic<uint64_t> *signs_of_life)
      : turn_(plugin.one_at_a_time ? std::unique_lock(plugin.plugin->turn) : std::unique_lock<std::mutex>()),
        call_({cancelled ? cancelled : &never_, signs_of_life ? signs_of_life : &unheard_}) {}
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

 private:
  static inline const std::atomic<bool> never_{false};
  std::unique_lock<std::mutex> turn_;
  std::atomic<uint64_t> unheard_{0};
  PluginCall call_;
};

class LocalDecoding : public Decoding {
 public:
  LocalDecoding(const LocalPlugin &plugin, const kalon_decoder_factory &factory, const DecodingSource &source)
      : plugin_(plugin), factory_(factory), cancelled_(source.cancelled), signs_of_life_(source.signs_of_life) {
    kalon_source file{};
    file.size = sizeof file;
    file.data = source.bytes.data();
    file.data_size = source.bytes.size();
    file.path = source.path.empty() ? nullptr : source.path.c_str();
    kalon_decode_limits limits{};
    limits.size = sizeof limits;
    limits.max_pixels = source.max_pixels;
    ErrorText text;
    Call call(plugin_, cancelled_, signs_of_life_);
    require_ok(factory_.open(&file, &limits, &decode_, &text.text), text);
    if (!decode_) throw Error(Status::internal, "the decoder opened nothing and said all was well");
  }
  ~LocalDecoding() override {
    Call call(plugin_, cancelled_, signs_of_life_);
    factory_.close(decode_);
  }
  LocalDecoding(const LocalDecoding &) = delete;
  LocalDecoding &operator=(const LocalDecoding &) = delete;

  kalon_picture_info info() override {
    kalon_picture_info info{};
    info.size = sizeof info;
    Call call(plugin_, cancelled_, signs_of_life_);
    require_ok(factory_.info(decode_, &info), {});
    info.format[sizeof info.format - 1] = 0;
    return info;
  }
  ByteView metadata(int32_t kind) override {
    const uint8_t *data = nullptr;
    uint64_t size = 0;
    Call call(plugin_, cancelled_, signs_of_life_);
    if (factory_.metadata(decode_, kind, &data, &size) != KALON_OK || !data) return {};
    return {data, size};
  }
  bool scales() const override { return factory_.scale != nullptr; }
  void scale(uint32_t min_width, uint32_t min_height) override {
    if (!factory_.scale) return;
    Call call(plugin_, cancelled_, signs_of_life_);
    auto status = factory_.scale(decode_, min_width, min_height);
    if (status != KALON_UNSUPPORTED) require_ok(status, {});
  }
  void read(const kalon_pixels &destination) override {
    ErrorText text;
    Call call(plugin_, cancelled_, signs_of_life_);
    require_ok(factory_.read(decode_, &destination, &text.text), text);
  }

 private:
  void require_ok(kalon_status status, const ErrorText &text) const {
    if (status != KALON_OK)
      throw Error(failure_of(status, cancelled_), text.or_default("the decoder failed without saying why"));
  }

  LocalPlugin plugin_;
  const kalon_decoder_factory &factory_;
  const std::atomic<bool> *cancelled_;
  std::atomic<uint64_t> *signs_of_life_;
  kalon_decode *decode_ = nullptr;
};

std::vector<uint32_t> dimensions(const ModelInfo &model) {
  std::vector<uint32_t> all;
  for (const auto &output : model.outputs) all.push_back(output.dimension);
  return all;
}

class Stream : public LocalStream {
 public:
  Stream(const LocalPlugin &plugin, const kalon_model_factory &factory, const ModelInfo &model)
      : plugin_(plugin),
        factory_(factory),
        picture_bytes_(input_bytes(model.description)),
        tensors_(model.description, dimensions(model)) {
    ErrorText text;
    Call call(plugin_, nullptr, nullptr);
    auto status = model.parameters.empty() ? factory_.create(model.index, &instance_, &text.text)
                                           : create_with(model, &text.text);
    if (status != KALON_OK || !instance_)
      throw Error(failure_of(status, nullptr), "the model cannot be started: " + text.or_default("it does not say why"),
                  model.description.id);
  }
  ~Stream() override {
    Call call(plugin_, nullptr, nullptr);
    factory_.destroy(instance_);
  }
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;

  uint8_t *input(uint32_t count, const std::atomic<bool> *) override {
    size_t values = (count * picture_bytes_ + sizeof(float) - 1) / sizeof(float);
    if (input_.size() < values) input_.resize(values);
    return reinterpret_cast<uint8_t *>(input_.data());
  }
  std::string run(uint32_t count, float *const *outputs, kalon_status *statuses,
                  const std::atomic<bool> *cancelled) override {
    return run_on(input(count, cancelled), count, outputs, statuses, cancelled, nullptr);
  }
  std::string run_on(const uint8_t *input, uint32_t count, float *const *outputs, kalon_status *statuses,
                     const std::atomic<bool> *cancelled, std::atomic<uint64_t> *signs_of_life) override {
    auto batch = tensors_.batch(count, input, outputs, statuses);
    std::fill_n(statuses, count, KALON_INTERNAL);
    ErrorText text;
    kalon_status status;
    {
      Call call(plugin_, cancelled, signs_of_life);
      status = factory_.run(instance_, &batch, &text.text);
    }
    // A model may tell of the batch, or picture by picture.
    if (cancelled && *cancelled &&
        (status == KALON_CANCELLED || std::find(statuses, statuses + count, KALON_CANCELLED) != statuses + count))
      throw Error(Status::cancelled, "cancelled");
    bool all_well = status == KALON_OK;
    for (uint32_t i = 0; i < count; ++i) {
      if (status != KALON_OK) statuses[i] = status;
      if (statuses[i] != KALON_OK) {
        statuses[i] = static_cast<kalon_status>(failure_of(statuses[i], cancelled));
        all_well = false;
      }
    }
    return all_well ? std::string() : text.or_default("it does not say why");
  }

 private:
  kalon_status create_with(const ModelInfo &model, kalon_text *error) {
    const auto *table =
        static_cast<const kalon_model_parameters *>(plugin_factory(*plugin_.plugin, KALON_MODEL_PARAMETERS));
    if (!table->create) throw Error(Status::missing_feature, "its table of parameters lacks functions");
    return table->create(model.index, model.parameters.c_str(), &instance_, error);
  }

  LocalPlugin plugin_;
  const kalon_model_factory &factory_;
  size_t picture_bytes_;
  plugin::BatchTensors tensors_;
  std::vector<float> input_;  // of floats for their alignment
  kalon_model *instance_ = nullptr;
};

}  // namespace

const kalon_decoder_factory &decoder_factory(const LoadedPlugin &plugin) {
  const auto *factory = static_cast<const kalon_decoder_factory *>(plugin_factory(plugin, KALON_DECODER_FACTORY));
  if (!factory->open || !factory->info || !factory->metadata || !factory->read || !factory->close)
    throw Error(Status::missing_feature, "its decoder factory lacks functions");
  return *factory;
}

std::unique_ptr<Decoding> open_in_process(const LocalPlugin &plugin, const kalon_decoder_factory &factory,
                                          const DecodingSource &source) {
  return std::make_unique<LocalDecoding>(plugin, factory, source);
}

std::unique_ptr<LocalStream> stream_in_process(const LocalPlugin &plugin, const kalon_model_factory &factory,
                                               const ModelInfo &model) {
  return std::make_unique<Stream>(plugin, factory, model);
}

}  // namespace kalon
