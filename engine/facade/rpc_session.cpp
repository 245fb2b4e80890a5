#include "facade/rpc_session.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "facade/json_object.h"

namespace kalon {
namespace {

// What may wait for a client that reads slowly: methods that send more rows wait with it.
constexpr size_t buffered_bytes = size_t{1} << 20;
constexpr auto progress_pause = std::chrono::milliseconds(100);
constexpr int protocol_revision = 1;

std::string engine_json() {
  std::vector<std::string> names;
  for (const auto &method : all_methods()) names.push_back(json_string(method.name));
  return JsonObject()
      .add("version", KALON_VERSION)
      .add("protocol", protocol_revision)
      .raw("methods", json_array(names))
      .str();
}

std::string failure_json(const Outcome &outcome, const std::string &context) {
  return JsonObject()
      .add("status", status_name(outcome.status))
      .add("message", outcome.text)
      .add("context", context)
      .str();
}

}  // namespace

// ---- the library

std::shared_ptr<OpenLibrary> SharedLibrary::opened(bool may_make) {
  std::lock_guard lock(mutex_);
  if (open_) return open_;
  auto open = [&](Access access) {
    OpenOptions options;
    options.access = access;
    return open_library(folder_, options);
  };
  if (!may_make) open(Access::read);  // opening for writing would make what is not there
  try {
    open_ = open(Access::write);
  } catch (const Error &error) {
    if (error.status() != Status::read_only || may_make) throw;
    open_ = open(Access::read);
  }
  return open_;
}

std::shared_ptr<OpenLibrary> SharedLibrary::for_method(const Method &method) {
  if (method.use == LibraryUse::none) return nullptr;
  if (method.use != LibraryUse::if_there) return opened(method.use == LibraryUse::made);
  try {
    return opened(false);
  } catch (const Error &error) {
    if (error.status() != Status::not_found) throw;
    return nullptr;
  }
}

// ---- calls

// The answers of one message, which go out together when it was an array.
struct RpcSession::Batch {
  bool together = false;
  size_t open = 0;  // answers that are still to come
  std::vector<std::string> responses;
};

struct RpcSession::Call {
  RpcRequest request;
  const Method *method;
  std::shared_ptr<Batch> batch;
  Task task;
  double started = 0;  // 0: it waits
  std::string rows;    // collected, comma between
  std::string told;    // the last progress
};

class RpcSession::Rows : public RowSink {
 public:
  Rows(RpcSession &session, Call &call) : session_(session), call_(call) {}

  void row(std::string_view json) override {
    call_.task.throw_if_cancelled();
    if (!call_.request.id) return;  // nobody asks for them
    if (!call_.request.streams && call_.rows.size() + json.size() > session_.limits_.message_bytes)
      throw Error(Status::limit_exceeded,
                  "the rows are more than one message may hold; ask for them with \"$rows\": \"stream\"");
    if (!call_.rows.empty()) call_.rows += ',';
    call_.rows += json;
    constexpr size_t chunk = 32768;
    if (call_.rows.size() >= chunk) flush();
  }
  void flush() {
    if (!call_.request.streams || call_.rows.empty()) return;
    auto params = JsonObject().raw("id", *call_.request.id).raw("rows", '[' + call_.rows + ']').str();
    call_.rows.clear();
    {
      std::unique_lock lock(session_.mutex_);
      session_.changed_.wait(lock, [&] {
        return session_.output_.size() - session_.read_from_ < buffered_bytes || call_.task.cancelled();
      });
    }
    call_.task.throw_if_cancelled();
    session_.send(rpc_notification("rows", params));
  }

 private:
  RpcSession &session_;
  Call &call_;
};

// ---- the session

RpcSession::RpcSession(SharedLibrary &library, std::function<Registry &()> registry, const RpcLimits &limits)
    : library_(library),
      registry_(std::move(registry)),
      limits_(limits),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw system_error(errno, "cannot make an event descriptor", "session");
}

RpcSession::~RpcSession() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (const auto &call : running_) call->task.cancel();
    changed_.notify_all();
  }
  for (auto &thread : threads_) thread.join();
  if (teller_.joinable()) teller_.join();
  ::close(event_);
}

void RpcSession::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    auto end = bytes.find('\n');
    auto part = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (!skipping_ && input_.size() + part.size() > limits_.message_bytes) {
      skipping_ = true;
      input_.clear();
      send(rpc_fault("null", RpcFault::invalid_request,
                     "a message may have " + std::to_string(limits_.message_bytes) + " bytes"));
    }
    if (!skipping_) input_ += part;
    if (end == std::string_view::npos) break;
    auto line = std::exchange(input_, {});
    bool whole = !std::exchange(skipping_, false);
    if (whole && line.find_first_not_of(" \t\r") != std::string::npos) take(line);
  }
}

void RpcSession::end_input() {
  // A last line without its end is one all the same.
  feed("\n");
  std::lock_guard lock(mutex_);
  input_ended_ = true;
  signal();
}

void RpcSession::take(std::string_view line) {
  auto message = rpc_message(line);
  auto batch = std::make_shared<Batch>();
  batch->together = message.batch;
  for (const auto &request : message.requests)
    if (request.refused ? !request.refusal.empty() : request.id.has_value()) ++batch->open;
  for (auto &request : message.requests) accept(std::move(request), batch);
}

void RpcSession::accept(RpcRequest request, const std::shared_ptr<Batch> &batch) {
  if (request.refused) {
    if (!request.refusal.empty()) respond(batch, std::move(request.refusal));
    return;
  }
  if (request.method == "engine" || request.method == "cancel") return answer_builtin(request, batch);
  auto refuse = [&](std::string response) {
    if (request.id) respond(batch, std::move(response));
  };
  auto id = request.id.value_or("null");
  auto methods = all_methods();
  auto method =
      std::find_if(methods.begin(), methods.end(), [&](const auto &one) { return one.name == request.method; });
  if (method == methods.end())
    return refuse(rpc_fault(id, RpcFault::method_not_found,
                            "there is no method " + request.method.substr(0, 100) + "; `engine` lists them"));
  auto call = std::make_shared<Call>();
  call->method = &*method;
  call->batch = batch;
  bool wants_progress = request.progress && request.id;
  {
    std::unique_lock lock(mutex_);
    auto same = [&](const auto &other) { return other->request.id == request.id; };
    bool taken =
        request.id && *request.id != "null" &&
        (std::any_of(running_.begin(), running_.end(), same) || std::any_of(waiting_.begin(), waiting_.end(), same));
    bool full = waiting_.size() >= limits_.waiting;
    if (taken || full) {
      lock.unlock();
      if (taken) return refuse(rpc_fault(id, RpcFault::invalid_request, "a request of this id is at work"));
      return refuse(rpc_failure(id, Status::busy, failure_json({Status::busy, "too many requests wait"}, {})));
    }
    call->request = std::move(request);
    waiting_.push_back(std::move(call));
    if (free_threads_ < waiting_.size() && threads_.size() < limits_.at_once && !start_thread()) {
      auto refused = std::move(waiting_.back());
      waiting_.pop_back();
      if (refused->request.id)
        answer(*batch, rpc_failure(id, Status::busy, failure_json({Status::busy, "no thread is to be had"}, {})));
      return;
    }
    if (wants_progress && !teller_.joinable()) teller_ = std::thread([this] { tell_progress(); });
    changed_.notify_all();
  }
}

bool RpcSession::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
    ++free_threads_;
  } catch (const std::system_error &) {
    // Those that there are will do, one after the other.
  }
  return !threads_.empty();
}

void RpcSession::answer_builtin(const RpcRequest &request, const std::shared_ptr<Batch> &batch) {
  std::string response;
  try {
    auto id = request.id.value_or("null");
    if (request.method == "cancel") {
      response = rpc_result(id, cancel(request));
    } else {
      Parameters(request.parameters).reject_unknown();
      response = rpc_result(id, engine_json());
    }
  } catch (const Error &error) {
    response = rpc_failure(request.id.value_or("null"), error.status(),
                           failure_json({error.status(), error.message()}, error.context()));
  }
  if (request.id) respond(batch, std::move(response));
}

std::string RpcSession::cancel(const RpcRequest &request) {
  auto wanted = rpc_id_parameter(request.parameters);
  std::shared_ptr<Call> waited;
  bool found = false;
  {
    std::lock_guard lock(mutex_);
    auto is_it = [&](const auto &call) { return call->request.id == wanted; };
    if (auto call = std::find_if(waiting_.begin(), waiting_.end(), is_it); call != waiting_.end()) {
      waited = *call;
      waiting_.erase(call);
      found = true;
    }
    for (const auto &call : running_)
      if (is_it(call) && !call->task.cancelled()) {
        call->task.cancel();
        found = true;
      }
    changed_.notify_all();
  }
  if (waited)
    respond(waited->batch, rpc_failure(wanted, Status::cancelled, failure_json({Status::cancelled, "cancelled"}, {})));
  return JsonObject().add("cancelled", found).str();
}

void RpcSession::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    // Answers that nobody reads would gather without end.
    changed_.wait(lock,
                  [&] { return closing_ || (!waiting_.empty() && output_.size() - read_from_ < buffered_bytes); });
    if (closing_) return;
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    running_.push_back(call);
    --free_threads_;
    call->started = monotonic_seconds();
    lock.unlock();
    auto response = run(*call);
    lock.lock();
    // In one step, so that the id is free once the answer is there, and the session never looks finished before.
    ++free_threads_;
    std::erase(running_, call);
    if (call->request.id) answer(*call->batch, std::move(response));
    signal();
  }
}

std::string RpcSession::run(Call &call) {
  const auto &request = call.request;
  auto id = request.id.value_or("null");
  auto failed = [&](const Outcome &outcome, const std::string &context) {
    return rpc_failure(id, outcome.status, failure_json(outcome, context));
  };
  try {
    auto library = library_.for_method(*call.method);
    Parameters parameters(request.parameters);
    Rows rows(*this, call);
    TaskOfThread scope(call.task);
    auto ending = call.method->run({parameters, call.task, rows, registry_(), library.get()});
    rows.flush();
    JsonObject result;
    result.add("status", status_name(ending.status)).raw("summary", ending.summary);
    if (!request.streams) result.raw("rows", '[' + call.rows + ']');
    return rpc_result(id, result.str());
  } catch (const Error &error) {
    return failed({error.status(), error.message()}, error.context());
  } catch (...) {
    return failed(outcome_of_current_exception(), {});
  }
}

void RpcSession::tell_progress() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, progress_pause, [&] { return closing_; })) {
    std::string lines;
    for (const auto &call : running_) {
      if (!call->request.progress || !call->request.id) continue;
      const auto &task = call->task;
      auto now = JsonObject().raw("id", *call->request.id).add("phase", task.phase()).add("done", task.done());
      now.add("total", task.total());
      if (now.str() == call->told || output_.size() - read_from_ >= buffered_bytes) continue;
      call->told = now.str();
      lines += rpc_notification("progress", now.add("seconds", monotonic_seconds() - call->started).str()) + '\n';
    }
    if (lines.empty()) continue;
    output_ += lines;
    signal();
  }
}

void RpcSession::answer(Batch &batch, std::string response) {
  --batch.open;
  if (batch.together) {
    batch.responses.push_back(std::move(response));
    if (batch.open > 0) return;
    response = json_array(batch.responses);
  }
  output_ += response;
  output_ += '\n';
  signal();
}

void RpcSession::respond(const std::shared_ptr<Batch> &batch, std::string response) {
  std::lock_guard lock(mutex_);
  answer(*batch, std::move(response));
}

void RpcSession::send(std::string_view line) {
  std::lock_guard lock(mutex_);
  output_.append(line);
  output_ += '\n';
  signal();
}

void RpcSession::signal() const {
  uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(event_, &one, sizeof one);
}

bool RpcSession::idle() const {
  return input_ended_ && waiting_.empty() && running_.empty() && output_.size() == read_from_;
}

bool RpcSession::finished() const {
  std::lock_guard lock(mutex_);
  return idle();
}

size_t RpcSession::read(char *buffer, size_t capacity) {
  std::lock_guard lock(mutex_);
  size_t size = std::min(capacity, output_.size() - read_from_);
  std::memcpy(buffer, output_.data() + read_from_, size);
  read_from_ += size;
  if (read_from_ == output_.size()) {
    output_.clear();
    read_from_ = 0;
    uint64_t count;
    if (!idle()) [[maybe_unused]]
      auto drained = ::read(event_, &count, sizeof count);
  } else if (read_from_ > buffered_bytes) {
    output_.erase(0, read_from_);
    read_from_ = 0;
  }
  changed_.notify_all();
  return size;
}

}  // namespace kalon
