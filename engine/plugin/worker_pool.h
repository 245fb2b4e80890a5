#pragma once
// The workers of one plugin: kept for the next request, started anew with growing pauses, given up in the end.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plugin/quarantine.h"
#include "plugin/worker_process.h"

namespace kalon {

class WorkerPool {
 public:
  // trusted: of the install folder. What it fails at is put down to the pictures, and it is never given up: a folder of
  // files that kill a decoder must not cost those that do not.
  WorkerPool(WorkerProgram program, bool trusted, Quarantine quarantine);

  // An idle worker that still lives, or a new one. Throws missing_feature when the plugin is in quarantine, or cannot
  // be started. [worker]
  std::unique_ptr<WorkerProcess> take();
  void give_back(std::unique_ptr<WorkerProcess> worker);  // unless it is lost [any]
  // The plugin's file changed: workers that were started until now end with what they are at. [any]
  void renew();

  // Asks up to twice: a request that loses its worker is repeated with another, and fails when that is lost too. The
  // body takes workers by itself, and is told when it is called again. Throws as the body does; internal or timeout for
  // a request that failed. A series of failures ends with whole work that is done, not with its parts: a worker that
  // starts well may still die of every picture. [worker]
  enum class Request { part, whole };
  // is_well: asked when a request failed: whether the plugin can do other work, so that the fault is the picture's.
  void attempt(Request request, const std::function<void(bool again)> &body, const std::function<bool()> &is_well = {});
  void lost();               // a worker was, outside of attempt() [any]
  void request_succeeded();  // whole work was done outside of attempt() [any]

  // Why it is in quarantine; empty when it is not: also when another process has ended it, or its file has changed.
  // [any]
  std::string quarantined();
  void forgive();  // ends the quarantine in this process [any]

 private:
  enum class Fault { of_the_plugin, of_the_picture, at_the_start };
  void request_failed(const std::string &why, Fault fault);
  const std::string &reason();  // under the mutex

  const WorkerProgram program_;
  const bool trusted_;
  const Quarantine quarantine_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<WorkerProcess>> idle_;
  uint64_t generation_ = 0;        // how often it was renewed
  std::string reason_;             // why it is in quarantine
  bool noted_ = false;             // where other processes see it
  int losses_ = 0, failures_ = 0;  // in succession
  double next_start_ = 0;          // by monotonic_seconds()
};

}  // namespace kalon
