#include "plugin/in_worker.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

using Json = nlohmann::json;
using Memory = WorkerProcess::Memory;
using Request = WorkerPool::Request;

// Far above any metadata that pictures have.
constexpr size_t most_metadata = size_t{1} << 30;
constexpr size_t metadata_room = size_t{1} << 20;

class WorkerDecoding : public Decoding {
 public:
  WorkerDecoding(std::shared_ptr<WorkerPool> pool, bool scales, const DecodingSource &source)
      : pool_(std::move(pool)), scales_(scales), source_(source) {
    pool_->attempt(Request::part, [&](bool) { begin(); });
  }
  ~WorkerDecoding() override {
    if (!worker_) return;
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
    auto [found, is_new] = metadata_.try_emplace(kind);
    if (is_new) pool_->attempt(Request::part, [&](bool again) { found->second = metadata(kind, again); });
    return found->second;
  }
  void scale(uint32_t min_width, uint32_t min_height) override {
    if (!scales_) return;
    pool_->attempt(Request::part, [&](bool again) {
      if (again) begin();
      info_ = info_from_json(ask({{"do", "scale"}, {"width", min_width}, {"height", min_height}}));
    });
    scaled_ = {min_width, min_height};
  }
  void read(const kalon_pixels &destination) override {
    pool_->attempt(Request::whole, [&](bool again) {
      if (again) {
        begin();
        if (scaled_) ask({{"do", "scale"}, {"width", scaled_->first}, {"height", scaled_->second}});
      }
      size_t bytes = destination.stride * destination.height;
      auto &output = worker_->memory(Memory::output, bytes);
      ask({{"do", "read"}, {"stride", destination.stride}});
      std::memcpy(destination.data, output.data(), bytes);
    });
  }

 private:
  Json ask(const Json &request) { return worker_->ask(request, source_.cancelled); }

  // The file opened in a worker, another one than before.
  void begin() {
    worker_.reset();
    worker_ = pool_->take();
    auto &input = worker_->memory(Memory::input, source_.bytes.size());
    std::memcpy(input.data(), source_.bytes.data(), source_.bytes.size());
    Json request = {{"do", "open"}, {"bytes", source_.bytes.size()}, {"max_pixels", source_.max_pixels}};
    if (!source_.path.empty() && source_.path[0] == '/') request["path"] = file_uri(source_.path);
    try {
      info_ = info_from_json(ask(request));
    } catch (const WorkerLost &) {
      throw;
    } catch (const Error &) {  // it refuses the file, and is ready for the next
      pool_->give_back(std::move(worker_));
      throw;
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

  uint8_t *input(uint32_t count) override {
    uint8_t *memory = nullptr;
    pool_->attempt(Request::part, [&](bool again) {
      if (again || !worker_) begin(nullptr);
      memory = worker_->memory(Memory::input, count * picture_bytes_).data();
    });
    return memory;
  }

  std::string run(uint32_t count, float *const *outputs, kalon_status *statuses,
                  const std::atomic<bool> *cancelled) override {
    std::string text;
    try {
      pool_->attempt(Request::whole, [&](bool again) {
        // The input is still there: the memory is this side's.
        if (again) begin(std::exchange(worker_, nullptr).get());
        text = run_once(count, outputs, statuses, cancelled);
      });
    } catch (const Error &error) {
      if (error.status() == Status::cancelled || error.status() == Status::missing_feature) throw;
      std::fill_n(statuses, count, static_cast<kalon_status>(error.status()));
      text = error.message();
    }
    return text;
  }

 private:
  void begin(WorkerProcess *before) {
    worker_ = pool_->take();
    try {
      // It may have told long ago: a script is started only for work.
      auto told = models_from_json(model_.plugin, worker_->ask_to_start({{"do", "models"}}).value("models", Json()));
      if (told.size() <= model_.index || to_json(told[model_.index]) != to_json(model_))
        throw Error(
            Status::missing_feature,
            "it no longer is what it said it was; if its weights or environment changed, `kalon models add` its "
            "script again");
      worker_->ask_to_start({{"do", "create"}, {"model", model_.index}});
    } catch (const WorkerLost &) {
      throw;
    } catch (const Error &error) {
      worker_.reset();
      throw Error(Status::missing_feature, "the model cannot be started: " + error.message(), model_.description.id);
    }
    if (before) worker_->inherit_input(*before);
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
    for (uint32_t i = 0; i < count; ++i)
      statuses[i] = static_cast<kalon_status>((*names)[i].is_string() ? status_from_name((*names)[i].get<std::string>())
                                                                      : Status::internal);
    const uint8_t *from = output.data();
    for (size_t i = 0; i < model_.outputs.size(); ++i) {
      if (!outputs[i]) continue;
      size_t bytes = size_t{count} * model_.outputs[i].dimension * sizeof(float);
      std::memcpy(outputs[i], from, bytes);
      from += bytes;
    }
    auto text = answer.find("text");
    return text != answer.end() && text->is_string() ? display_text(text->get<std::string>()) : std::string();
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

std::vector<ModelInfo> models_in_worker(WorkerPool &pool, const std::string &plugin) {
  std::vector<ModelInfo> models;
  pool.attempt(WorkerPool::Request::part, [&](bool) {
    auto worker = pool.take();
    auto answer = worker->ask_to_start({{"do", "models"}});
    auto list = answer.find("models");
    models = models_from_json(plugin, list == answer.end() ? Json() : *list);
    pool.give_back(std::move(worker));
  });
  return models;
}

}  // namespace kalon
