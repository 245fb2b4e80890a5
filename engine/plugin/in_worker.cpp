#include "plugin/in_worker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

using Json = nlohmann::json;
using Memory = WorkerProcess::Memory;
using Request = WorkerPool::Request;

// Far above any metadata that pictures have.
constexpr size_t most_metadata = size_t{128} << 20;
constexpr size_t metadata_room = size_t{1} << 20;
constexpr std::array<int32_t, 4> metadata_kinds = {KALON_METADATA_ICC, KALON_METADATA_EXIF, KALON_METADATA_XMP,
                                                   KALON_METADATA_PROPERTIES};

class WorkerDecoding : public Decoding {
 public:
  WorkerDecoding(std::shared_ptr<WorkerPool> pool, bool scales, const DecodingSource &source)
      : pool_(std::move(pool)), scales_(scales), source_(source) {
    pool_->attempt(Request::part, [&](bool) { begin(); });
  }
  ~WorkerDecoding() override {
    if (!worker_ || worker_->lost()) return;
    try {
      worker_->ask({{"do", "close"}});
      worker_->trim();
      pool_->give_back(std::move(worker_));
    } catch (const std::exception &) {  // a worker that cannot close a file is not kept
    }
  }
  WorkerDecoding(const WorkerDecoding &) = delete;
  WorkerDecoding &operator=(const WorkerDecoding &) = delete;

  kalon_picture_info info() override { return info_; }
  bool scales() const override { return scales_; }

  ByteView metadata(int32_t kind) override {
    auto found = metadata_.find(kind);
    if (found == metadata_.end()) {
      Bytes bytes;
      pool_->attempt(Request::part, [&](bool again) { bytes = metadata(kind, again); });
      found = metadata_.emplace(kind, std::move(bytes)).first;
    }
    return found->second;
  }
  void scale(uint32_t min_width, uint32_t min_height) override {
    if (!scales_) return;
    auto before = std::exchange(scaled_, std::pair(min_width, min_height));
    try {
      pool_->attempt(Request::part, [&](bool again) { again ? begin() : scale_it(); });
    } catch (const Error &) {
      scaled_ = before;
      throw;
    }
  }
  void read(const kalon_pixels &destination) override {
    pool_->attempt(Request::whole, [&](bool again) {
      if (again) begin();
      size_t bytes = destination.stride * destination.height;
      auto &output = worker_->memory(Memory::output, bytes);
      ask({{"do", "read"}, {"stride", destination.stride}});
      std::memcpy(destination.data, output.data(), bytes);
    });
  }

 private:
  Json ask(const Json &request) { return worker_->ask(request, source_.cancelled); }

  void scale_it() {
    info_ = info_from_json(ask({{"do", "scale"}, {"width", scaled_->first}, {"height", scaled_->second}}));
  }

  // The file opened in a worker, another one than before, and as it was there.
  void begin() {
    worker_.reset();
    worker_ = pool_->take();
    auto &input = worker_->memory(Memory::input, source_.bytes.size());
    std::memcpy(input.data(), source_.bytes.data(), source_.bytes.size());
    auto &output = worker_->memory(Memory::output, 1);
    Json request = {{"do", "open"},
                    {"bytes", source_.bytes.size()},
                    {"max_pixels", source_.max_pixels},
                    {"metadata", metadata_kinds},
                    {"capacity", output.size()}};
    if (!source_.path.empty() && source_.path[0] == '/') request["path"] = file_uri(source_.path);
    try {
      auto answer = ask(request);
      info_ = info_from_json(answer);
      keep_metadata(answer, output);
      if (scaled_) scale_it();
    } catch (const WorkerLost &) {
      throw;
    } catch (const Error &) {  // it refuses the file, and is ready for the next
      pool_->give_back(std::move(worker_));
      throw;
    }
  }

  // What came with the answer to open: one question for each kind would take longer than to decode a small picture.
  void keep_metadata(const Json &answer, const SharedMemory &output) {
    auto sizes = answer.find("metadata");
    if (sizes == answer.end() || !sizes->is_array()) return;
    size_t at = 0;
    for (size_t i = 0; i < std::min(sizes->size(), metadata_kinds.size()); ++i) {
      const auto &size = (*sizes)[i];
      if (!size.is_number_unsigned() || size.get<uint64_t>() > output.size() - at) return;
      auto bytes = size.get<size_t>();
      metadata_.try_emplace(metadata_kinds[i], output.data() + at, output.data() + at + bytes);
      at += bytes;
    }
  }

  Bytes metadata(int32_t kind, bool again) {
    if (again) begin();
    size_t room = metadata_room;
    for (;;) {
      auto &output = worker_->memory(Memory::output, room);
      auto answer = ask({{"do", "metadata"}, {"kind", kind}, {"capacity", output.size()}});
      auto found = answer.find("bytes");
      if (found == answer.end() || !found->is_number_unsigned() || found->get<uint64_t>() > most_metadata)
        throw Error(Status::internal, "its worker process does not say how much metadata there is");
      auto bytes = found->get<size_t>();
      if (bytes <= output.size()) return {output.data(), output.data() + bytes};
      room = bytes;
    }
  }

  std::shared_ptr<WorkerPool> pool_;
  bool scales_;
  DecodingSource source_;
  std::unique_ptr<WorkerProcess> worker_;
  kalon_picture_info info_{};
  std::optional<std::pair<uint32_t, uint32_t>> scaled_;
  std::map<int32_t, Bytes> metadata_;
};

class WorkerStream : public ModelStream {
 public:
  WorkerStream(std::shared_ptr<WorkerPool> pool, const ModelInfo &model)
      : pool_(std::move(pool)), model_(model), picture_bytes_(input_bytes(model.description)) {}
  ~WorkerStream() override {
    if (worker_) pool_->give_back(std::move(worker_));
  }
  WorkerStream(const WorkerStream &) = delete;
  WorkerStream &operator=(const WorkerStream &) = delete;

  uint8_t *input(uint32_t count, const std::atomic<bool> *cancelled) override {
    uint8_t *memory = nullptr;
    pool_->attempt(Request::part, [&](bool again) {
      if (again || !worker_) begin(nullptr, cancelled);
      memory = worker_->memory(Memory::input, count * picture_bytes_).data();
    });
    return memory;
  }

  std::string run(uint32_t count, float *const *outputs, kalon_status *statuses,
                  const std::atomic<bool> *cancelled) override {
    std::string text;
    std::unique_ptr<WorkerProcess> before;  // the first that was lost
    std::vector<uint8_t> pictures;          // of a batch that failed, while the plugin does other work well
    try {
      pool_->attempt(
          Request::whole,
          [&](bool again) {
            // The input is still there: the memory is this side's.
            if (again) {
              before = std::move(worker_);
              begin(before.get(), cancelled);
            }
            text = run_once(count, outputs, statuses, cancelled);
          },
          [&] {
            // The second may have died before it had the input.
            const SharedMemory &input = worker_ && worker_->input() ? worker_->input() : before->input();
            pictures.assign(input.data(), input.data() + count * picture_bytes_);
            return is_well(cancelled);
          });
    } catch (const Error &error) {
      if (ends_all(error)) throw;
      std::fill_n(statuses, count, static_cast<kalon_status>(error.status()));
      text = error.message();
      if (count > 1 && !pictures.empty() && worker_ && !worker_->lost())
        run_one_by_one(pictures, count, outputs, statuses, cancelled);
    }
    // The next batch has two workers of its own.
    if (worker_ && worker_->lost()) worker_.reset();
    return text;
  }

 private:
  void begin(WorkerProcess *before, const std::atomic<bool> *cancelled) {
    worker_ = pool_->take();
    try {
      // It may have told long ago: a script is started only for work.
      auto told =
          models_from_json(model_.plugin, worker_->ask_to_start({{"do", "models"}}, cancelled).value("models", Json()));
      if (told.size() <= model_.index || to_json(told[model_.index]) != to_json(model_))
        throw Error(
            Status::missing_feature,
            "it no longer is what it said it was; if its weights or environment changed, `kalon models add` its "
            "script again");
      Json create = {{"do", "create"}, {"model", model_.index}};
      if (!model_.parameters.empty()) create["parameters"] = model_.parameters;
      worker_->ask_to_start(create, cancelled);
    } catch (const WorkerLost &) {
      throw;
    } catch (const Error &error) {
      worker_.reset();
      if (error.status() == Status::cancelled) throw;
      throw Error(Status::missing_feature, "the model cannot be started: " + error.message(), model_.description.id);
    }
    if (before) worker_->inherit_input(*before);
  }

  // Not of this batch alone.
  static bool ends_all(const Error &error) {
    return error.status() == Status::cancelled || error.status() == Status::missing_feature;
  }

  // Whether a new worker embeds a plain grey picture.
  bool is_well(const std::atomic<bool> *cancelled) {
    try {
      begin(nullptr, cancelled);
      bool floats = model_.description.input_sample == KALON_SAMPLE_F32;
      std::memset(worker_->memory(Memory::input, picture_bytes_).data(), floats ? 0 : 128, picture_bytes_);
      std::vector<float *> none(model_.outputs.size(), nullptr);
      kalon_status status = KALON_INTERNAL;
      run_once(1, none.data(), &status, cancelled);
      return true;
    } catch (const WorkerLost &) {
      pool_->lost();
      return false;
    } catch (const Error &error) {
      if (ends_all(error)) throw;
      return true;  // it told of a failure
    }
  }

  // What a batch lost its workers to is one picture, most likely: the others are not to suffer for it.
  void run_one_by_one(const std::vector<uint8_t> &pictures, uint32_t count, float *const *outputs,
                      kalon_status *statuses, const std::atomic<bool> *cancelled) {
    for (uint32_t i = 0; i < count; ++i) {
      std::vector<float *> places;
      for (size_t o = 0; o < model_.outputs.size(); ++o)
        places.push_back(outputs[o] ? outputs[o] + size_t{i} * model_.outputs[o].dimension : nullptr);
      try {
        if (!worker_ || worker_->lost()) begin(nullptr, cancelled);
        std::memcpy(worker_->memory(Memory::input, picture_bytes_).data(), pictures.data() + i * picture_bytes_,
                    picture_bytes_);
        run_once(1, places.data(), statuses + i, cancelled);
        pool_->request_succeeded();
      } catch (const WorkerLost &error) {
        pool_->lost();
        statuses[i] = static_cast<kalon_status>(error.status());
      } catch (const Error &error) {
        if (ends_all(error)) throw;
        statuses[i] = static_cast<kalon_status>(error.status());
      }
    }
  }

  static kalon_status status_of(const Json &name) {
    auto status = name.is_string() ? status_from_name(name.get<std::string>()) : Status::internal;
    return static_cast<kalon_status>(status == Status::cancelled ? Status::internal : status);
  }

  std::string run_once(uint32_t count, float *const *outputs, kalon_status *statuses,
                       const std::atomic<bool> *cancelled) {
    size_t values = 0;
    Json wanted = Json::array();
    for (size_t i = 0; i < model_.outputs.size(); ++i) {
      wanted.push_back(outputs[i] != nullptr);
      if (outputs[i]) values += size_t{count} * model_.outputs[i].dimension;
    }
    auto &output = worker_->memory(Memory::output, values * sizeof(float));
    Json answer;
    try {
      answer = worker_->ask({{"do", "run"}, {"count", count}, {"wanted", std::move(wanted)}}, cancelled);
    } catch (const WorkerLost &) {
      throw;
    } catch (const Error &error) {
      if (error.status() == Status::cancelled) worker_.reset();  // it may have been stopped
      throw;
    }
    auto names = answer.find("statuses");
    if (names == answer.end() || !names->is_array() || names->size() != count)
      throw Error(Status::internal, "its worker process does not say what became of each picture");
    for (uint32_t i = 0; i < count; ++i) statuses[i] = status_of((*names)[i]);
    const uint8_t *from = output.data();
    for (size_t i = 0; i < model_.outputs.size(); ++i) {
      if (!outputs[i]) continue;
      size_t bytes = size_t{count} * model_.outputs[i].dimension * sizeof(float);
      std::memcpy(outputs[i], from, bytes);
      from += bytes;
    }
    return display_text(text_of(answer, "text"));
  }

  std::shared_ptr<WorkerPool> pool_;
  ModelInfo model_;
  size_t picture_bytes_;
  std::unique_ptr<WorkerProcess> worker_;
};

}  // namespace

std::unique_ptr<Decoding> open_in_worker(std::shared_ptr<WorkerPool> pool, bool scales, const DecodingSource &source) {
  return std::make_unique<WorkerDecoding>(std::move(pool), scales, source);
}

std::unique_ptr<ModelStream> stream_in_worker(std::shared_ptr<WorkerPool> pool, const ModelInfo &model) {
  return std::make_unique<WorkerStream>(std::move(pool), model);
}

ToldModels models_in_worker(WorkerPool &pool, const std::string &plugin) {
  ToldModels told;
  pool.attempt(WorkerPool::Request::part, [&](bool) {
    auto worker = pool.take();
    auto answer = worker->ask_to_start({{"do", "models"}}, nullptr);
    auto list = answer.find("models");
    told.models = models_from_json(plugin, list == answer.end() ? Json() : *list);
    if (auto parameters = answer.find("parameters"); parameters != answer.end()) {
      try {
        told.parameters = plugin_parameters_from(*parameters);
      } catch (const Error &error) {
        throw Error(Status::missing_feature, "describe(): " + error.message());
      }
    }
    pool.give_back(std::move(worker));
  });
  return told;
}

}  // namespace kalon
