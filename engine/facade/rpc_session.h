#pragma once
// One client of the JSON-RPC service: bytes in, bytes out, methods at work in between. sdk/docs/json-rpc.md is the
// protocol.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "facade/methods.h"
#include "facade/rpc_message.h"

namespace kalon {

// The library that clients of one service share: opened when a method first needs it, and made by those that make one.
class SharedLibrary {
 public:
  explicit SharedLibrary(std::string folder) : folder_(std::move(folder)) {}
  // Null for methods that need none, or can do without one that is not there. Throws as Library::open. [worker]
  std::shared_ptr<OpenLibrary> for_method(const Method &method);

 private:
  std::shared_ptr<OpenLibrary> opened(bool may_make);

  std::string folder_;
  std::mutex mutex_;
  std::shared_ptr<OpenLibrary> open_;
};

struct RpcLimits {
  size_t message_bytes = size_t{16} << 20;  // of a request, and of a response with its rows
  size_t at_once = 4;                       // methods at work for this client; others wait
  size_t waiting = 1000;                    // more are refused as busy
};

class RpcSession {
 public:
  // registry: called when a method runs. Both must outlive the session.
  RpcSession(SharedLibrary &library, std::function<Registry &()> registry, const RpcLimits &limits = {});
  ~RpcSession();  // cancels what runs and waits for it
  RpcSession(const RpcSession &) = delete;
  RpcSession &operator=(const RpcSession &) = delete;

  void feed(std::string_view bytes);               // from the client; may be cut anywhere [any, one thread at a time]
  void end_input();                                // no more comes
  size_t read(char *buffer, size_t capacity);      // for the client; 0: nothing waits [any, one thread at a time]
  int event_descriptor() const { return event_; }  // readable while something waits or the session is finished
  bool finished() const;                           // no more comes in either direction [any]

 private:
  struct Batch;
  struct Call;
  class Rows;

  void take(std::string_view line);
  void accept(RpcRequest request, const std::shared_ptr<Batch> &batch);
  void answer_builtin(const RpcRequest &request, const std::shared_ptr<Batch> &batch);
  std::string cancel(const RpcRequest &request);
  bool start_thread();  // false when there is none to work; the mutex is held
  void work();
  std::string run(Call &call);  // its response
  void tell_progress();
  void answer(Batch &batch, std::string response);  // the mutex is held
  void respond(const std::shared_ptr<Batch> &batch, std::string response);
  void send(std::string_view line);
  void signal() const;
  bool idle() const;

  SharedLibrary &library_;
  std::function<Registry &()> registry_;
  RpcLimits limits_;
  int event_;

  std::string input_;      // of the feeding thread alone
  bool skipping_ = false;  // the rest of a line that was too long

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;
  size_t read_from_ = 0;
  bool input_ended_ = false, closing_ = false;
  std::deque<std::shared_ptr<Call>> waiting_;
  std::vector<std::shared_ptr<Call>> running_;
  std::vector<std::thread> threads_;
  size_t free_threads_ = 0;
  std::thread teller_;  // of progress; started when somebody wants it
};

}  // namespace kalon
