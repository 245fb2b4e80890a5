#pragma once
// One worker process, seen from the engine: started, asked, killed when it is late.

#include <sys/types.h>

#include <atomic>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "plugin/shared_memory.h"

namespace kalon {

// What to start, and what it is to serve.
struct WorkerProgram {
  std::vector<std::string> command;  // an absolute path and its arguments
  std::string plugin, kind;          // id; "decoder" or "model"
  std::string file;                  // absolute: the library, or the script
  bool is_script = false;
  double deadline_seconds = 60;  // for each request
  double start_seconds = 120;    // for those that load something, maybe from a cold disk
};

// The worker died, was late and was killed for it, or broke the protocol. What it was asked may be asked of another.
class WorkerLost : public Error {
 public:
  using Error::Error;
};

// Used by one thread at a time.
class WorkerProcess {
 public:
  // Starts it and loads the plugin. Throws WorkerLost; missing_feature with the plugin's own reason. [worker]
  explicit WorkerProcess(const WorkerProgram &program);
  ~WorkerProcess();  // kills
  uint64_t generation = 0;  // for its pool
  // It was killed, or found dead: it answers nothing more. [any]
  bool lost() const { return process_ < 0; }
  // Whether it still lives, waiting for the next request. [any]
  bool idles() const;
  WorkerProcess(const WorkerProcess &) = delete;
  WorkerProcess &operator=(const WorkerProcess &) = delete;

  // The answer, or the error that it tells of; WorkerLost; cancelled, once *cancelled (null: what the thread's
  // task says) turns true: the worker is then given a moment to end by itself. [worker]
  nlohmann::json ask(const nlohmann::json &request, const std::atomic<bool> *cancelled = nullptr);

  // As ask(), for what may load large files first. [worker]
  nlohmann::json ask_to_start(const nlohmann::json &request, const std::atomic<bool> *cancelled);

  // What the input holds, also when the worker is lost: the memory is this side's. [worker]
  const SharedMemory &input() const { return input_; }
  // Memory of at least so many bytes that both sides see. What it held is gone when it had to grow. [worker]
  enum class Memory { input, output };
  SharedMemory &memory(Memory which, size_t bytes);
  // Hands memory over to another worker, which takes the place of this one. [worker]
  void inherit_input(WorkerProcess &from);
  // Gives large memory back to the system, but for what all workers of this process may keep together. [worker]
  void trim();

 private:
  WorkerProcess(const std::string &plugin, double deadline_seconds, double start_seconds);
  void start(const WorkerProgram &program);
  nlohmann::json ask(const nlohmann::json &request, int descriptor, const std::atomic<bool> *cancelled, double seconds);
  void attach(Memory which, SharedMemory memory);
  std::optional<nlohmann::json> hear();
  void hear_log();
  void tell(LogLevel level, const std::string &text);
  std::string last_words() const;
  [[noreturn]] void lose(Status status, const std::string &what);
  std::string end_of_process();

  std::string plugin_;
  double deadline_seconds_, start_seconds_;
  pid_t process_ = -1;
  int socket_ = -1, log_ = -1, end_ = -1;  // end_: readable once the process has ended; -1 where the system has no such
  int lines_told_ = 0;                     // of this request
  std::string log_line_, last_words_;
  SharedMemory control_, input_, output_;
  size_t large_ = 0;  // bytes of large memory that it keeps
};

}  // namespace kalon
