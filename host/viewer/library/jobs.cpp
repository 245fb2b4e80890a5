#include "library/jobs.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

constexpr size_t kept_failures = 1000;
constexpr size_t kept_jobs = 100;
// Often enough to look alive, seldom enough to cost nothing.
constexpr auto progress_interval = std::chrono::milliseconds(150);

Answer answer_of(const host::Failure &failure) {
  Answer answer;
  answer.status = failure.status();
  answer.message = failure.what();
  return answer;
}

// What a row says failed; no path when it tells of no failure.
Job::Failure failure_in(std::string_view row) {
  if (row.find("\"status\"") == std::string_view::npos) return {};
  auto json = nlohmann::json::parse(row, nullptr, false);
  if (!json.is_object()) return {};
  auto status = json.value("status", "ok");
  if (status == "ok") return {};
  auto path = json.value("path", json.value("file_path", json.value("name", std::string("?"))));
  return {path, json.value("message", status)};
}

}  // namespace

struct Jobs::Ask {
  std::string method, parameters;
  std::function<void(std::string_view)> on_row;
  std::function<void()> work;  // instead of a method
  Answered answered;
};

struct Jobs::LaneState {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Ask> asks;
  std::atomic<bool> stop{false};  // set under the mutex
  bool drain = false;
  size_t open = 0;  // asked, and not answered yet; the main thread's
  std::vector<std::thread> threads;
};

struct Jobs::Running {
  uint64_t id = 0;
  std::string method, parameters;
  Rows rows;
  std::function<void(std::string_view)> on_row;
  Answered answered;
  std::atomic<bool> cancel{false}, over{false};
  std::thread thread;
};

Jobs::Jobs(const Session &session, MainQueue &main) : session_(session), main_(main) {
  for (int lane = 0; lane < 2; ++lane) {
    auto state = std::make_unique<LaneState>();
    // Decisions that were made are stored whatever comes; questions that nobody waits for any more are not asked.
    state->drain = static_cast<Lane>(lane) == Lane::decisions;
    int threads = static_cast<Lane>(lane) == Lane::decisions ? 1 : 2;
    for (int i = 0; i < threads; ++i) state->threads.emplace_back([this, at = state.get()] { serve(*at); });
    lanes_.push_back(std::move(state));
  }
}

Jobs::~Jobs() {
  for (auto &running : running_) running->cancel = true;
  for (auto &lane : lanes_) {
    {
      std::lock_guard lock(lane->mutex);
      lane->stop = true;
    }
    lane->changed.notify_all();
    for (auto &thread : lane->threads) thread.join();
  }
  for (auto &running : running_) running->thread.join();
}

void Jobs::serve(LaneState &lane) {
  for (;;) {
    Ask ask;
    {
      std::unique_lock lock(lane.mutex);
      lane.changed.wait(lock, [&] { return lane.stop || !lane.asks.empty(); });
      if (lane.asks.empty() || (lane.stop && !lane.drain)) return;
      ask = std::move(lane.asks.front());
      lane.asks.pop_front();
    }
    auto answer = std::make_shared<Answer>();
    try {
      if (ask.work) {
        ask.work();
      } else {
        host::Task task(session_.engine(), session_.handle(), ask.method, ask.parameters);
        auto nobody_waits = [&](const kalon_task_progress &) {
          if (lane.stop && !lane.drain) task.cancel();
        };
        for (std::string_view row : task.rows(progress_interval, nobody_waits)) {
          if (ask.on_row)
            ask.on_row(row);
          else
            answer->rows.emplace_back(row);
        }
        std::tie(answer->status, answer->summary) = task.finish();
      }
    } catch (const host::Failure &failure) {
      *answer = answer_of(failure);
    } catch (const std::exception &error) {
      *answer = {KALON_INTERNAL, error.what(), {}, "{}"};
    }
    main_.post([this, answer, at = &lane, answered = std::move(ask.answered)] {
      --open_asks_;
      --at->open;
      answer->message = worded(answer->message);
      if (answered) answered(*answer);
    });
  }
}

void Jobs::put(LaneState &lane, Ask ask) {
  ++open_asks_;
  ++lane.open;
  {
    std::lock_guard lock(lane.mutex);
    lane.asks.push_back(std::move(ask));
  }
  lane.changed.notify_one();
}

void Jobs::ask(std::string method, std::string parameters, Answered answered, Lane lane) {
  put(*lanes_[static_cast<size_t>(lane)],
      {std::move(method), std::move(parameters), nullptr, nullptr, std::move(answered)});
}

void Jobs::ask_streaming(std::string method, std::string parameters, std::function<void(std::string_view)> on_row,
                         Answered answered) {
  put(*lanes_[static_cast<size_t>(Lane::queries)],
      {std::move(method), std::move(parameters), std::move(on_row), nullptr, std::move(answered)});
}

void Jobs::work(std::function<void()> work, std::function<void()> done) {
  put(*lanes_[static_cast<size_t>(Lane::queries)],
      {{}, {}, nullptr, std::move(work), [done = std::move(done)](const Answer &) { done(); }});
}

uint64_t Jobs::start(std::string title, std::string method, std::string parameters, Rows rows, Answered answered) {
  auto running = std::make_unique<Running>();
  running->method = std::move(method);
  running->parameters = std::move(parameters);
  running->rows = std::move(rows);
  running->answered = std::move(answered);
  return start(std::move(title), std::move(running));
}

uint64_t Jobs::start_streaming(std::string title, std::string method, std::string parameters,
                               std::function<void(std::string_view)> on_row, Answered answered) {
  auto running = std::make_unique<Running>();
  running->method = std::move(method);
  running->parameters = std::move(parameters);
  running->on_row = std::move(on_row);
  running->answered = std::move(answered);
  return start(std::move(title), std::move(running));
}

uint64_t Jobs::start(std::string title, std::unique_ptr<Running> running) {
  // Threads of jobs that ended are let go here, where nobody waits for them.
  std::erase_if(running_, [](const auto &ended) {
    if (!ended->over) return false;
    ended->thread.join();
    return true;
  });
  while (jobs_.size() >= kept_jobs && !jobs_.back().running) jobs_.pop_back();
  running->id = next_id_++;
  Job job;
  job.id = running->id;
  job.title = std::move(title);
  job.method = running->method;
  job.parameters = running->parameters;
  jobs_.push_front(std::move(job));
  running->thread = std::thread([this, at = running.get()] { run_job(*at); });
  running_.push_back(std::move(running));
  return jobs_.front().id;
}

void Jobs::run_job(Running &running) {
  using Clock = std::chrono::steady_clock;
  auto answer = std::make_shared<Answer>();
  try {
    host::Task task(session_.engine(), session_.handle(), running.method, running.parameters);
    auto told = Clock::now() - progress_interval;
    uint64_t rate_done = 0;
    double rate_seconds = 0, rate = 0;
    std::vector<std::string> rows;
    std::vector<Job::Failure> failures;
    for (bool ended = false; !ended;) {
      if (running.cancel) task.cancel();
      ended = task.pump(50, [&](std::string_view row) {
        if (auto failure = failure_in(row); !failure.path.empty()) failures.push_back(std::move(failure));
        if (running.on_row)
          running.on_row(row);
        else
          rows.emplace_back(row);
      });
      if (!ended && Clock::now() - told < progress_interval) continue;
      told = Clock::now();
      auto progress = task.progress();
      if (progress.done < rate_done) rate_done = 0, rate_seconds = progress.seconds, rate = 0;  // another phase
      if (double span = progress.seconds - rate_seconds; span >= 1) {
        double now = static_cast<double>(progress.done - rate_done) / span;
        rate = rate > 0 ? 0.6 * rate + 0.4 * now : now;
        rate_done = progress.done;
        rate_seconds = progress.seconds;
      }
      auto batch = std::make_shared<std::vector<std::string>>(std::exchange(rows, {}));
      main_.post(
          [this, id = running.id, progress, rate, batch, failures = std::exchange(failures, {}), use = running.rows] {
            if (auto *job = this->job(id)) {
              job->phase = progress.phase;
              job->done = progress.done;
              job->total = progress.total;
              job->seconds = progress.seconds;
              job->rate = rate;
              job->failure_count += failures.size();
              for (const auto &failure : failures)
                if (job->failures.size() < kept_failures)
                  job->failures.push_back({failure.path, worded(failure.reason)});
            }
            if (use && !batch->empty()) use(*batch);
          });
    }
    std::tie(answer->status, answer->summary) = task.finish();
  } catch (const host::Failure &failure) {
    *answer = answer_of(failure);
  } catch (const std::exception &error) {
    *answer = {KALON_INTERNAL, error.what(), {}, "{}"};
  }
  main_.post([this, id = running.id, answer, answered = running.answered] {
    answer->message = worded(answer->message);
    if (auto *job = this->job(id)) {
      job->running = false;
      job->status = answer->status;
      job->message = answer->message;
      job->summary = answer->summary;
    }
    if (answered) answered(*answer);
  });
  running.over = true;
}

bool Jobs::deciding() const {
  return lanes_[static_cast<size_t>(Lane::decisions)]->open > 0;
}

Job *Jobs::job(uint64_t id) {
  auto found = std::ranges::find(jobs_, id, &Job::id);
  return found == jobs_.end() ? nullptr : &*found;
}

const Job *Jobs::running(std::string_view method) const {
  auto found = std::ranges::find_if(jobs_, [&](const Job &job) { return job.running && job.method == method; });
  return found == jobs_.end() ? nullptr : &*found;
}

size_t Jobs::running_count() const {
  return static_cast<size_t>(std::ranges::count_if(jobs_, &Job::running));
}

void Jobs::cancel(uint64_t id) {
  for (auto &running : running_)
    if (running->id == id) running->cancel = true;
  if (auto *job = this->job(id)) job->cancelling = job->running;
}

void Jobs::forget_ended() {
  std::erase_if(jobs_, [](const Job &job) { return !job.running; });
}

}  // namespace kalon::viewer
