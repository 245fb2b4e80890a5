#include "library/opening.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "shell/context.h"

namespace kalon::viewer {
namespace {

using nlohmann::json;

// Rows are handed over in pieces that the main thread takes in within a few milliseconds; the first one is small, so
// that pictures are seen at once.
constexpr size_t first_piece = 64, piece = 1024;
constexpr auto watch_interval = std::chrono::milliseconds(300);

std::string uris_json(const std::vector<std::string> &paths) {
  std::string text = "[";
  for (const auto &path : paths) text += (text.size() > 1 ? ",\"" : "\"") + uri_of(path) + "\"";
  return text + "]";
}

// Collects rows on the thread that reads them, and hands them over in pieces.
class Collector {
 public:
  Collector(MainQueue &main, std::function<void(const std::vector<Row> &)> take)
      : main_(main), take_(std::move(take)) {}

  void add(std::string_view text) {
    auto row = parse_row(text);
    if (row.path.empty()) return;
    rows_.push_back(std::move(row));
    if (rows_.size() < (handed_ ? piece : first_piece)) return;
    flush();
    // Pictures that are on the screen come before rows of what is not.
    main_.wait_for_room();
  }
  void flush() {
    if (rows_.empty()) return;
    handed_ = true;
    auto rows = std::make_shared<std::vector<Row>>(std::exchange(rows_, {}));
    main_.post([rows, take = take_] { take(*rows); });
  }

 private:
  MainQueue &main_;
  std::function<void(const std::vector<Row> &)> take_;
  std::vector<Row> rows_;
  bool handed_ = false;
};

}  // namespace

Opening::~Opening() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

std::function<void(const std::vector<Row> &)> Opening::taker() {
  return [this, generation = generation_](const std::vector<Row> &rows) {
    if (generation != generation_) return;
    for (const auto &row : rows) context_->catalogue.take(row);
  };
}

void Opening::open(std::vector<std::string> paths, bool index) {
  ++loading_;
  context_->main.post([this, paths = std::move(paths), index]() mutable {
    --loading_;
    open_now(std::move(paths), index);
  });
}

void Opening::open_now(std::vector<std::string> paths, bool index) {
  ++generation_;
  for (auto &path : paths) path = normal_path(path);
  paths_ = std::move(paths);
  index_ = index;
  unknown_ = 0;
  context_->catalogue.close();
  context_->stacks.clear();
  context_->shown.forget();
  context_->pictures.forget_all();
  if (paths_.size() == 1) {
    auto &recent = context_->settings.recent;
    std::erase(recent, paths_.front());
    recent.insert(recent.begin(), paths_.front());
    if (recent.size() > 12) recent.resize(12);
  }
  if (context_->session.library()) list();
  if (!paths_.empty()) scan();
}

// What the library knows.
void Opening::list() {
  ++loading_;
  auto collector = std::make_shared<Collector>(context_->main, taker());
  auto parameters = paths_.empty() ? std::string("{}") : "{\"paths\":" + uris_json(paths_) + "}";
  context_->jobs.ask_streaming(
      "list", parameters, [collector](std::string_view row) { collector->add(row); },
      [this, collector, generation = generation_](const Answer &answer) {
        --loading_;
        if (generation != generation_) return;
        collector->flush();
        // A folder that the library knows nothing of is no failure: it is about to be indexed.
        if (!answer.ok() && answer.status != KALON_NOT_FOUND) context_->complain(answer.message);
        context_->animate();
      });
}

// What lies in the folders besides.
void Opening::scan() {
  ++loading_;
  auto unknown = std::make_shared<size_t>(0);
  auto collector = std::make_shared<Collector>(context_->main, taker());
  context_->jobs.ask_streaming(
      "scan", "{\"paths\":" + uris_json(paths_) + "}",
      [collector, unknown](std::string_view row) {
        if (row.find("\"known\":true") == std::string_view::npos) ++*unknown;
        collector->add(row);
      },
      [this, collector, unknown, generation = generation_](const Answer &answer) {
        --loading_;
        if (generation != generation_) return;
        collector->flush();
        if (!answer.ok()) context_->complain(answer.message);
        unknown_ = *unknown;
        if (unknown_ > 0 && index_ && context_->session.library() && !context_->session.read_only()) index();
        context_->animate();
      });
}

void Opening::index() {
  auto generation = generation_;
  context_->jobs.start("Index " + (paths_.size() == 1 ? shown_text(paths_.front()) : std::string("folders")), "index",
                       "{\"paths\":" + uris_json(paths_) + "}", nullptr, [this, generation](const Answer &answer) {
                         if (generation != generation_) return;
                         // What is known of all of them now, without waiting for a look at changes.
                         reload();
                         if (!answer.ok() && answer.status != KALON_CANCELLED)
                           context_->complain("Indexing stopped: " + answer.message);
                         else if (answer.status == KALON_PARTIAL)
                           context_->complain("Some pictures cannot be read; Tasks has them");
                       });
}

void Opening::reload() {
  if (!context_->session.library()) return;
  list();
}

void Opening::match(const std::string &expression) {
  ++matches_;
  if (expression.empty() || !context_->session.library()) {
    context_->shown.set_matching(std::nullopt, {});
    return;
  }
  json parameters{{"where", expression}};
  if (!paths_.empty()) {
    parameters["paths"] = json::array();
    for (const auto &path : paths_) parameters["paths"].push_back(uri_of(path));
  }
  auto matching = std::make_shared<std::vector<std::string>>();
  context_->jobs.ask_streaming(
      "list", parameters.dump(), [matching](std::string_view row) { matching->push_back(parse_row(row).path); },
      [this, matching, expression, generation = generation_, turn = matches_](const Answer &answer) {
        // Another folder, or another expression since.
        if (generation != generation_ || turn != matches_) return;
        if (!answer.ok()) {
          context_->complain(answer.message);
          return;
        }
        std::vector<ItemIndex> items;
        for (const auto &path : *matching)
          if (auto item = context_->catalogue.with_path(path); item != no_item) items.push_back(item);
        context_->shown.set_matching(std::move(items), expression);
      });
}

// ---- changes by others

void Opening::watch() {
  if (!context_->session.library() || watcher_.joinable()) return;
  // Before any row is asked for: what changes from now on is met by one or the other.
  look_for_changes();
  watcher_ = std::thread([this] {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        if (stopped_.wait_for(lock, watch_interval, [&] { return stop_; })) return;
      }
      look_for_changes();
    }
  });
}

void Opening::look_for_changes() {
  try {
    json parameters = json::object();
    bool first = cursor_.empty();
    if (!first) parameters["since"] = cursor_;
    auto rows = std::make_shared<std::vector<Row>>();
    host::Task task(context_->session.engine(), context_->session.handle(), "changes", parameters.dump());
    for (std::string_view row : task.rows()) rows->push_back(parse_row(row));
    auto summary = json::parse(task.finish().second, nullptr, false);
    if (!summary.is_object()) return;
    cursor_ = summary.value("cursor", cursor_);
    if (first || summary.value("unchanged", false)) return;
    bool all = summary.value("all", false), votes = summary.value("votes", false);
    if (all || votes || !rows->empty())
      context_->main.post([this, rows, all, votes] { take_changes(*rows, all, votes); });
  } catch (const std::exception &) {
    // The library is busy, or its disk is away for a moment; the next look tells.
  }
}

bool Opening::inside(const std::string &path) const {
  return paths_.empty() || std::ranges::any_of(paths_, [&](const auto &folder) {
           return path == folder || folder == "/" || (path.starts_with(folder) && path[folder.size()] == '/');
         });
}

void Opening::take_changes(const std::vector<Row> &rows, bool all, bool votes) {
  if (votes) ++votes_seen_;
  if (all) {
    reload();
    return;
  }
  for (const auto &row : rows) {
    if (!inside(row.path)) continue;
    auto item = context_->catalogue.with_path(row.path);
    if (item != no_item) {
      const auto &known = context_->catalogue.item(item);
      bool other_file =
          known.path == row.path && known.size > 0 && (known.size != row.size || known.mtime != row.mtime);
      if (other_file) context_->pictures.forget(item);
    }
    context_->catalogue.take(row);
  }
}

}  // namespace kalon::viewer
