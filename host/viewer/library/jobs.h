#pragma once
// Methods of the engine, asked for without making the main thread wait.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "library/session.h"
#include "shell/main_queue.h"

namespace kalon::viewer {

// What came of a method. rows and summary are JSON objects.
struct Answer {
  kalon_status status = KALON_OK;
  std::string message;  // why it failed; empty when it did not
  std::vector<std::string> rows;
  std::string summary = "{}";
  bool ok() const { return status == KALON_OK || status == KALON_PARTIAL; }
};

// Answers of `decisions` come in the order in which they were asked (ratings, votes, undo); those of `queries` as they
// are ready.
enum class Lane { decisions, queries };

// A long job as people see it in the panel of tasks.
struct Job {
  struct Failure {
    std::string path, reason;
  };
  uint64_t id = 0;
  std::string title, method, parameters;
  bool running = true;
  bool cancelling = false;
  kalon_status status = KALON_OK;  // once it ended
  std::string message;             // why it failed
  std::string phase;
  uint64_t done = 0, total = 0;  // total: 0 while unknown
  double seconds = 0;
  double rate = 0;                // items a second, of late
  std::vector<Failure> failures;  // the first thousand
  uint64_t failure_count = 0;
  std::string summary = "{}";  // once it ended
  double seconds_left() const { return rate > 0 && total > done ? static_cast<double>(total - done) / rate : 0; }
};

class Jobs {
 public:
  using Answered = std::function<void(const Answer &)>;
  using Rows = std::function<void(std::span<const std::string>)>;

  // What the engine says, in the words of this program. [main]
  using Wording = std::function<std::string(std::string_view)>;

  Jobs(const Session &session, MainQueue &main);
  ~Jobs();  // cancels what runs and what is asked, and waits for it; decisions that were asked for are still made
  Jobs(const Jobs &) = delete;
  Jobs &operator=(const Jobs &) = delete;

  // Messages of answers and failures pass through it before anybody sees them. [main]
  void set_wording(Wording wording) { wording_ = std::move(wording); }

  // Runs a short method in the background; `answered` is called on the main thread. parameters: a JSON object. [main]
  void ask(std::string method, std::string parameters, Answered answered, Lane lane = Lane::queries);

  // The same with the rows read by `on_row` on the background thread as they come, for answers too long to be kept (the
  // answer then has none).
  void ask_streaming(std::string method, std::string parameters, std::function<void(std::string_view)> on_row,
                     Answered answered);

  // Runs `work` in the background, then `done` on the main thread: what takes long and is none of the engine's. [main]
  void work(std::function<void()> work, std::function<void()> done);

  // Starts a long job that people see. rows: batches of them, on the main thread (may be null); rows with a "status"
  // other than ok count as its failures. Its id. [main]
  uint64_t start(std::string title, std::string method, std::string parameters, Rows rows, Answered answered);
  // The same with the rows read by `on_row` on the job's own thread: of a hundred thousand the main thread would feel
  // it.
  uint64_t start_streaming(std::string title, std::string method, std::string parameters,
                           std::function<void(std::string_view)> on_row, Answered answered);

  // Newest first; those that ended stay until forget(). [main]
  const std::deque<Job> &all() const { return jobs_; }
  const Job *running(std::string_view method) const;
  size_t running_count() const;
  void cancel(uint64_t id);
  void forget_ended();
  // Whether something asked for by ask() is not answered yet. [main]
  bool asking() const { return open_asks_ > 0; }
  bool deciding() const;  // whether a decision is on its way to the library

 private:
  struct Ask;
  struct Running;
  struct LaneState;
  void serve(LaneState &lane);
  void put(LaneState &lane, Ask ask);
  uint64_t start(std::string title, std::unique_ptr<Running> running);
  void run_job(Running &running);
  Job *job(uint64_t id);
  std::string worded(const std::string &text) const { return wording_ ? wording_(text) : text; }

  const Session &session_;
  MainQueue &main_;
  Wording wording_;
  std::deque<Job> jobs_;
  std::vector<std::unique_ptr<Running>> running_;
  std::vector<std::unique_ptr<LaneState>> lanes_;
  size_t open_asks_ = 0;
  uint64_t next_id_ = 1;
};

}  // namespace kalon::viewer
