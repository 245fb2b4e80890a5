#include "plugin/worker_serve.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "plugin/host_services.h"
#include "plugin/in_process.h"
#include "plugin/models.h"
#include "plugin/packets.h"
#include "plugin/shared_memory.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

using Json = nlohmann::json;

constexpr size_t longest_text = 16'384;

// Ends the process when the engine is gone, whatever the plugin is doing.
void watch(int socket) {
  std::thread([socket] {
    pollfd waits{socket, POLLRDHUP, 0};
    while (::poll(&waits, 1, -1) < 0 || !(waits.revents & (POLLRDHUP | POLLHUP | POLLERR))) {
    }
    ::_exit(0);
  }).detach();
}

// A worker gives way: it never gains rights, leaves no core files, and is the first to go when memory runs out.
void lower_rights() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] auto written = ::write(file, "500", 3);
  ::close(file);
}

uint64_t whole(const Json &request, const char *name) {
  auto found = request.find(name);
  if (found == request.end() || !found->is_number_unsigned())
    throw Error(Status::invalid_argument, std::string("the request's \"") + name + "\" is no whole number");
  return found->get<uint64_t>();
}

class Server {
 public:
  // The answer to a request. descriptor: what came along, taken over.
  Json answer(const Json &request, int descriptor) {
    auto what = text_of(request, "do");
    if (what == "hello") return hello(request, descriptor);
    if (what == "memory") return memory(request, descriptor);
    if (descriptor >= 0) ::close(descriptor);
    if (!local_.plugin) throw Error(Status::invalid_argument, "no plugin is loaded: hello comes first");
    if (what == "models") return models();
    if (what == "create") return create(request);
    if (what == "run") return run(request);
    if (what == "open") return open(request);
    if (what == "scale") return scale(request);
    if (what == "metadata") return metadata(request);
    if (what == "read") return read(request);
    if (what == "close") {
      decoding_.reset();
      return Json::object();
    }
    throw Error(Status::unsupported, "no request of the worker protocol: " + display_text(shorten_utf8(what, 40)));
  }

 private:
  Json hello(const Json &request, int descriptor) {
    if (local_.plugin || descriptor < 0) throw Error(Status::invalid_argument, "hello comes once, with its memory");
    control_ = SharedMemory(descriptor, control_bytes, SharedMemory::Access::write);
    if (whole(request, "protocol") != worker_protocol)
      throw Error(Status::unsupported,
                  "the worker speaks version " + std::to_string(worker_protocol) + " of the worker protocol");
    local_.plugin = &load_plugin(text_of(request, "plugin"), path_from_uri(text_of(request, "library")));
    if (text_of(request, "kind") == "decoder") {
      decoder_ = &decoder_factory(*local_.plugin);
    } else {
      model_ = static_cast<const kalon_model_factory *>(plugin_factory(*local_.plugin, KALON_MODEL_FACTORY));
      models_ = describe_models(text_of(request, "plugin"), *model_, {});
    }
    return {{"protocol", worker_protocol}};
  }

  Json memory(const Json &request, int descriptor) {
    if (descriptor < 0) throw Error(Status::invalid_argument, "no memory came with the request");
    auto bytes = whole(request, "bytes");
    // Inputs are to be read: what a batch was spoilt with would be there when it is asked for again.
    if (text_of(request, "which") == "input")
      input_ = SharedMemory(descriptor, bytes, SharedMemory::Access::read);
    else
      output_ = SharedMemory(descriptor, bytes, SharedMemory::Access::write);
    return Json::object();
  }

  Json models() const {
    Json list = Json::array();
    for (const auto &model : models_) list.push_back(to_json(model));
    return {{"models", std::move(list)}};
  }

  Json create(const Json &request) {
    auto number = whole(request, "model");
    if (!model_ || number >= models_.size()) throw Error(Status::not_found, "there is no such model");
    stream_.reset();
    current_ = &models_[number];
    auto wanted = *current_;
    wanted.parameters = text_of(request, "parameters");
    stream_ = stream_in_process(local_, *model_, wanted);
    return Json::object();
  }

  Json run(const Json &request) {
    if (!stream_) throw Error(Status::invalid_argument, "no model was started");
    auto count = static_cast<uint32_t>(whole(request, "count"));
    auto wanted = request.find("wanted");
    if (wanted == request.end() || !wanted->is_array() || wanted->size() != current_->outputs.size())
      throw Error(Status::invalid_argument, "the request does not say which outputs are wanted");
    size_t input = count * input_bytes(current_->description);
    if (input > input_.size()) throw Error(Status::invalid_argument, "the input does not fit into its memory");
    std::vector<float *> outputs(current_->outputs.size(), nullptr);
    size_t values = 0;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!(*wanted)[i].is_boolean() || !(*wanted)[i].get<bool>()) continue;
      outputs[i] = reinterpret_cast<float *>(output_.data()) + values;
      values += size_t{count} * current_->outputs[i].dimension;
    }
    if (values * sizeof(float) > output_.size())
      throw Error(Status::invalid_argument, "the outputs do not fit into their memory");
    std::vector<kalon_status> statuses(count);
    auto text = stream_->run_on(input_.data(), count, outputs.data(), statuses.data(), cancelled(), signs_of_life());
    Json names = Json::array();
    for (auto status : statuses) names.push_back(status_name(static_cast<Status>(status)));
    Json result = {{"statuses", std::move(names)}};
    if (!text.empty()) result["text"] = shorten_utf8(text, longest_text);
    return result;
  }

  Json open(const Json &request) {
    if (!decoder_) throw Error(Status::invalid_argument, "the plugin is no decoder");
    auto bytes = whole(request, "bytes");
    if (bytes > input_.size()) throw Error(Status::invalid_argument, "the file does not fit into its memory");
    decoding_.reset();
    path_ = path_from_uri(text_of(request, "path").empty() ? "/" : text_of(request, "path"));
    if (path_ == "/") path_.clear();
    decoding_ = open_in_process(
        local_, *decoder_, {path_, {input_.data(), bytes}, whole(request, "max_pixels"), cancelled(), signs_of_life()});
    Json answer = {{"info", to_json(decoding_->info())}};
    if (auto kinds = request.find("metadata"); kinds != request.end() && kinds->is_array())
      answer["metadata"] = metadata(*kinds, std::min<uint64_t>(whole(request, "capacity"), output_.size()));
    return answer;
  }

  // The sizes of these kinds of metadata, which are in the output memory one after the other; up to the first that does
  // not fit.
  Json metadata(const Json &kinds, uint64_t room) {
    Json sizes = Json::array();
    size_t at = 0;
    for (const auto &kind : kinds) {
      if (!kind.is_number_integer()) break;
      auto bytes = decoding().metadata(kind.get<int32_t>());
      if (bytes.size() > room - at) break;
      if (!bytes.empty()) std::memcpy(output_.data() + at, bytes.data(), bytes.size());
      at += bytes.size();
      sizes.push_back(bytes.size());
    }
    return sizes;
  }

  Decoding &decoding() {
    if (!decoding_) throw Error(Status::invalid_argument, "no file is open");
    return *decoding_;
  }

  Json scale(const Json &request) {
    decoding().scale(static_cast<uint32_t>(whole(request, "width")), static_cast<uint32_t>(whole(request, "height")));
    return {{"info", to_json(decoding_->info())}};
  }

  Json metadata(const Json &request) {
    auto bytes = decoding().metadata(static_cast<int32_t>(whole(request, "kind")));
    auto room = std::min<uint64_t>(whole(request, "capacity"), output_.size());
    if (!bytes.empty() && bytes.size() <= room) std::memcpy(output_.data(), bytes.data(), bytes.size());
    return {{"bytes", bytes.size()}};
  }

  Json read(const Json &request) {
    auto info = decoding().info();
    kalon_pixels pixels{};
    pixels.size = sizeof pixels;
    pixels.width = info.decoded_width;
    pixels.height = info.decoded_height;
    pixels.channels = info.channels;
    pixels.sample = info.sample;
    pixels.stride = whole(request, "stride");
    pixels.data = output_.data();
    if (info.decoded_height > 0 && pixels.stride > output_.size() / info.decoded_height)
      throw Error(Status::invalid_argument, "the pixels do not fit into their memory");
    decoding_->read(pixels);
    return Json::object();
  }

  // Both lie in the control memory: one byte and one counter that need no lock.
  const std::atomic<bool> *cancelled() const {
    static_assert(sizeof(std::atomic<bool>) == 1 && std::atomic<bool>::is_always_lock_free);
    return reinterpret_cast<const std::atomic<bool> *>(control_.data() + cancelled_at);
  }
  std::atomic<uint64_t> *signs_of_life() const {
    static_assert(sizeof(std::atomic<uint64_t>) == 8 && std::atomic<uint64_t>::is_always_lock_free);
    return reinterpret_cast<std::atomic<uint64_t> *>(control_.data() + signs_of_life_at);
  }

  SharedMemory control_, input_, output_;
  LocalPlugin local_;
  const kalon_decoder_factory *decoder_ = nullptr;
  const kalon_model_factory *model_ = nullptr;
  std::vector<ModelInfo> models_;
  const ModelInfo *current_ = nullptr;
  std::unique_ptr<LocalStream> stream_;
  std::string path_;
  std::unique_ptr<Decoding> decoding_;
};

Json failure() {
  auto outcome = outcome_of_current_exception();
  return {{"status", status_name(outcome.status)}, {"text", shorten_utf8(outcome.text, longest_text)}};
}

}  // namespace

int serve_plugin(int socket) {
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);  // a plugin's own children must not hold the connection open
  lower_rights();
  watch(socket);
  set_thread_budget(1);
  set_log_level(LogLevel::debug);  // the engine has its own level
  set_log_sink([socket](LogLevel level, std::string_view text) {
    static constexpr std::array<const char *, 4> names = {"debug", "info", "warning", "error"};
    try {
      send_packet(socket, {{"log", names[static_cast<size_t>(level)]}, {"text", shorten_utf8(text, longest_text)}});
    } catch (const Error &) {  // the engine is gone; so is this process, in a moment
    }
  });
  Server server;
  for (;;) {
    int descriptor = -1;
    Json answer;
    try {
      auto request = receive_packet(socket, &descriptor);
      if (!request) return 0;
      answer = server.answer(*request, descriptor);
    } catch (...) {
      answer = failure();
    }
    try {
      try {
        send_packet(socket, answer);
      } catch (const Error &error) {
        if (error.status() != Status::limit_exceeded) throw;
        send_packet(socket, failure());
      }
    } catch (const Error &) {
      return 0;  // the engine is gone
    }
  }
}

}  // namespace kalon
