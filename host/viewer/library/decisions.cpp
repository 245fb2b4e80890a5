#include "library/decisions.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "shell/context.h"

namespace kalon::viewer {
namespace {

constexpr size_t most_steps = 1000;

std::string of_photos(size_t count, const Catalogue &catalogue, ItemIndex first) {
  return count == 1 ? shown_text(name_of(catalogue.item(first))) : std::to_string(count) + " photos";
}

std::string action_in(const std::string &summary) {
  auto json = nlohmann::json::parse(summary, nullptr, false);
  return json.is_object() ? json.value("action", std::string()) : std::string();
}

uint64_t operation_in(const std::string &summary) {
  auto json = nlohmann::json::parse(summary, nullptr, false);
  auto found = json.is_object() ? json.find("operation") : json.end();
  return found != json.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

// Of the rows of an undo: what was left, and why the first of them.
std::string left_text(const std::vector<std::string> &rows) {
  size_t left = 0;
  std::string why;
  for (const auto &text : rows) {
    auto row = nlohmann::json::parse(text, nullptr, false);
    if (!row.is_object() || row.value("status", std::string()) == "ok") continue;
    if (++left > 1) continue;
    const auto path = row.value("path", std::string());
    why = path.substr(path.rfind('/') + 1) + " " + row.value("message", std::string());
  }
  return (left == 1 ? std::string("1 file was left: ") : std::to_string(left) + " files were left: ") + why;
}

}  // namespace

void Decisions::decide(std::string method, std::span<const ItemIndex> items, std::string members, std::string text) {
  auto begin = std::chrono::steady_clock::now();
  std::vector<ItemIndex> about(items.begin(), items.end());
  auto parameters = paths_json(context_->catalogue, items, members);
  // It counts from the key press on: the next undo is about it, not about the one before.
  keep({.text = std::move(text), .items = about, .step = step_, .on_its_way = true});
  context_->jobs.ask(
      std::move(method), std::move(parameters),
      [this, begin, number = numbers_, about = std::move(about)](const Answer &answer) {
        last_milliseconds_ =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
        if (!answer.ok()) {
          context_->complain("Not stored: " + answer.message);
          refresh(about);
        } else if (answer.status == KALON_PARTIAL) {
          context_->complain(std::to_string(answer.rows.size()) +
                             " photos are not in the library yet, so that nothing could be stored of them");
          refresh(about);
        }
        stored(number, answer.ok() ? action_in(answer.summary) : std::string());
      },
      Lane::decisions);
}

void Decisions::keep(Made made) {
  made.number = ++numbers_;
  done_.push_back(std::move(made));
  if (done_.size() > most_steps) done_.erase(done_.begin());
  undone_.clear();
  ++revision_;
}

// action: empty when it was not, and there is nothing to be taken back.
void Decisions::stored(uint64_t number, std::string action) {
  ++revision_;
  auto found = std::ranges::find(recalled_, number, &Made::number);
  if (found != recalled_.end()) {
    auto made = std::move(*found);
    recalled_.erase(found);
    made.action = std::move(action);
    made.on_its_way = false;
    if (!made.action.empty()) take_back(std::move(made));
    return;
  }
  auto one = std::ranges::find(done_, number, &Made::number);
  if (one == done_.end()) return;
  one->action = std::move(action);
  one->on_its_way = false;
  if (one->action.empty()) done_.erase(one);
}

void Decisions::rate(std::span<const ItemIndex> items, int stars) {
  if (items.empty()) return;
  for (ItemIndex item : items) context_->catalogue.set_stars(item, stars);
  auto name = of_photos(items.size(), context_->catalogue, items.front());
  decide(
      "rate", items, ",\"rating\":" + std::to_string(stars),
      (stars == 0 ? std::string("no stars") : std::to_string(stars) + (stars == 1 ? " star" : " stars")) + ", " + name);
}

void Decisions::flag(std::span<const ItemIndex> items, Flag flag) {
  if (items.empty()) return;
  for (ItemIndex item : items) context_->catalogue.set_flag(item, flag);
  std::string word = flag == Flag::pick ? "pick" : flag == Flag::reject ? "reject" : "none";
  auto name = of_photos(items.size(), context_->catalogue, items.front());
  decide("flag", items, ",\"flag\":\"" + word + "\"", (word == "none" ? "no flag" : word) + ", " + name);
}

void Decisions::label(std::span<const ItemIndex> items, std::string_view label) {
  if (items.empty()) return;
  for (ItemIndex item : items) context_->catalogue.set_label(item, label);
  auto name = of_photos(items.size(), context_->catalogue, items.front());
  decide("label", items, ",\"label\":" + json_text(label),
         (label.empty() ? std::string("no label") : std::string(label)) + ", " + name);
}

void Decisions::exclude(std::span<const ItemIndex> items, std::string_view reason) {
  if (items.empty()) return;
  for (ItemIndex item : items) context_->catalogue.set_excluded(item, true);
  auto name = of_photos(items.size(), context_->catalogue, items.front());
  decide("exclude", items, reason.empty() ? std::string() : ",\"reason\":" + json_text(reason), "excluded, " + name);
}

void Decisions::include(std::span<const ItemIndex> items) {
  if (items.empty()) return;
  for (ItemIndex item : items) context_->catalogue.set_excluded(item, false);
  auto name = of_photos(items.size(), context_->catalogue, items.front());
  decide("exclude", items, ",\"include\":true", "included again, " + name);
}

void Decisions::made(std::string action, std::string text) {
  keep({.action = std::move(action), .text = std::move(text)});
}

void Decisions::made(FileWork work, std::string text) {
  keep({.text = std::move(text), .work = std::move(work)});
}

void Decisions::forget(std::string_view action) {
  std::erase_if(done_, [&](const Made &made) { return made.action == action; });
  ++revision_;
}

const std::string &Decisions::undo_text() const {
  static const std::string nothing;
  return done_.empty() ? nothing : done_.back().text;
}

// Back to where it was decided: who takes something back wants to decide anew.
void Decisions::look_at(const std::vector<ItemIndex> &items) {
  if (items.size() == 1)
    context_->shown.go_to(items.front());
  else if (!items.empty())
    context_->shown.select(items);
}

// What the library says of the photos, in place of what was shown meanwhile.
void Decisions::refresh_files(std::span<const std::string> files) {
  std::vector<ItemIndex> items;
  for (const auto &file : files)
    if (const auto item = context_->catalogue.with_path(file); item != no_item) items.push_back(item);
  refresh(std::move(items));
}

void Decisions::refresh(std::vector<ItemIndex> items) {
  if (items.empty() || !context_->session.library()) return;
  constexpr size_t piece = 2000;
  for (size_t at = 0; at < items.size(); at += piece) {
    auto part = std::span<const ItemIndex>(items).subspan(at, std::min(piece, items.size() - at));
    context_->jobs.ask(
        "info", paths_json(context_->catalogue, part),
        [this](const Answer &answer) {
          for (const auto &row : answer.rows) context_->catalogue.take(parse_row(row));
        },
        Lane::decisions);
  }
}

void Decisions::undo() {
  if (done_.empty()) return;
  const auto step = done_.back().step;
  do undo_one();
  while (step != 0 && !done_.empty() && done_.back().step == step);
}

void Decisions::redo() {
  if (undone_.empty()) return;
  const auto step = undone_.back().step;
  do redo_one();
  while (step != 0 && !undone_.empty() && undone_.back().step == step);
}

void Decisions::undo_one() {
  auto made = std::move(done_.back());
  done_.pop_back();
  ++revision_;
  if (made.work.operation > 0) return undo_work(std::move(made));
  if (made.on_its_way)
    recalled_.push_back(std::move(made));
  else
    take_back(std::move(made));
}

void Decisions::take_back(Made made) {
  auto parameters = "{\"action\":\"" + made.action + "\"}";
  context_->jobs.ask(
      "undo", std::move(parameters),
      [this, made = std::move(made)](const Answer &answer) mutable {
        ++revision_;
        if (!answer.ok()) {
          context_->complain("Not taken back: " + answer.message);
          // It still counts, unless somebody took it back meanwhile; the disk may have room the next time.
          if (answer.status != KALON_NOT_FOUND) done_.push_back(std::move(made));
          return;
        }
        context_->say("Taken back: " + made.text);
        look_at(made.items);
        refresh(made.items);
        made.action = action_in(answer.summary);
        undone_.push_back(std::move(made));
      },
      Lane::decisions);
}

void Decisions::redo_one() {
  auto made = std::move(undone_.back());
  undone_.pop_back();
  ++revision_;
  if (made.work.operation > 0) return redo_work(std::move(made));
  auto parameters = "{\"action\":\"" + made.action + "\"}";
  context_->jobs.ask(
      "undo", std::move(parameters),
      [this, made = std::move(made)](const Answer &answer) mutable {
        ++revision_;
        if (!answer.ok()) {
          context_->complain("Not made again: " + answer.message);
          if (answer.status != KALON_NOT_FOUND) undone_.push_back(std::move(made));
          return;
        }
        context_->say("Made again: " + made.text);
        look_at(made.items);
        refresh(made.items);
        made.action = action_in(answer.summary);
        done_.push_back(std::move(made));
      },
      Lane::decisions);
}

// Exactly this one, wherever it stands in the library's history: others may have worked on files since.
void Decisions::undo_work(Made made) {
  auto parameters = "{\"operation\":" + std::to_string(made.work.operation) + "}";
  context_->jobs.ask(
      "undo", std::move(parameters),
      [this, made = std::move(made)](const Answer &answer) mutable {
        ++revision_;
        if (!answer.ok()) {
          context_->complain("Not taken back: " + answer.message);
          // What is in its way can be taken back first; the disk may have room the next time.
          if (answer.status != KALON_NOT_FOUND) done_.push_back(std::move(made));
          return;
        }
        refresh_files(made.work.files);
        const auto text = made.text;
        undone_.push_back(std::move(made));
        if (answer.status != KALON_PARTIAL) return context_->say("Taken back: " + text);
        context_->complain("Taken back: " + text + "; but " + left_text(answer.rows));
      },
      Lane::decisions);
}

// The same request once more, as a new operation.
void Decisions::redo_work(Made made) {
  if (made.work.method.empty()) {
    context_->complain("Not made again: how it was done is known only where that was; do it anew");
    return;
  }
  auto method = made.work.method, parameters = made.work.parameters;
  context_->jobs.start("Again: " + made.text, std::move(method), std::move(parameters), {},
                       [this, made = std::move(made)](const Answer &answer) mutable {
                         ++revision_;
                         refresh_files(made.work.files);
                         const auto operation = operation_in(answer.summary);
                         if (!answer.ok() || operation == 0) {
                           context_->complain("Not made again: " +
                                              (answer.message.empty() ? "nothing was left to be done; the tasks say why"
                                                                      : answer.message));
                           return;
                         }
                         made.work.operation = operation;
                         if (answer.status == KALON_PARTIAL) {
                           context_->complain("Made again in part: " + made.text + "; the tasks say why");
                         } else {
                           context_->say("Made again: " + made.text);
                         }
                         done_.push_back(std::move(made));
                       });
}

void Decisions::undo_files(uint64_t operation, std::string text) {
  Made made{{}, std::move(text)};
  made.work.operation = operation;
  // Its own are made again by what it knows of them.
  const auto own =
      std::find_if(done_.begin(), done_.end(), [&](const Made &one) { return one.work.operation == operation; });
  if (own != done_.end()) {
    made = std::move(*own);
    done_.erase(own);
  }
  ++revision_;
  undo_work(std::move(made));
}

bool Decisions::can_redo_files(uint64_t operation) const {
  return std::any_of(undone_.begin(), undone_.end(),
                     [&](const Made &made) { return made.work.operation == operation && !made.work.method.empty(); });
}

void Decisions::redo_files(uint64_t operation) {
  const auto found =
      std::find_if(undone_.begin(), undone_.end(), [&](const Made &made) { return made.work.operation == operation; });
  if (found == undone_.end()) return;
  auto made = std::move(*found);
  undone_.erase(found);
  ++revision_;
  redo_work(std::move(made));
}

}  // namespace kalon::viewer
