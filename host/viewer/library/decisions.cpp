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

}  // namespace

void Decisions::decide(std::string method, std::span<const ItemIndex> items, std::string members, std::string text) {
  auto begin = std::chrono::steady_clock::now();
  std::vector<ItemIndex> about(items.begin(), items.end());
  auto parameters = paths_json(context_->catalogue, items, members);
  context_->jobs.ask(
      std::move(method), std::move(parameters),
      [this, begin, step = step_, about = std::move(about), text = std::move(text)](const Answer &answer) mutable {
        last_milliseconds_ =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
        if (!answer.ok()) {
          context_->complain("Not stored: " + answer.message);
          refresh(std::move(about));
          return;
        }
        if (answer.status == KALON_PARTIAL) {
          context_->complain(std::to_string(answer.rows.size()) +
                             " photos are not in the library yet, so that nothing could be stored of them");
          refresh(about);
        }
        done_.push_back({action_in(answer.summary), std::move(text), std::move(about), step});
        if (done_.size() > most_steps) done_.erase(done_.begin());
        undone_.clear();
        ++revision_;
      },
      Lane::decisions);
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
  done_.push_back({std::move(action), std::move(text), {}, 0});
  undone_.clear();
  ++revision_;
}

void Decisions::forget(std::string_view action) {
  std::erase_if(done_, [&](const Made &made) { return made.action == action; });
  ++revision_;
}

const std::string &Decisions::undo_text() const {
  static const std::string nothing;
  return done_.empty() ? nothing : done_.back().text;
}

// What the library says of the photos, in place of what was shown meanwhile.
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
  auto parameters = made.action.empty() ? std::string("{}") : "{\"action\":\"" + made.action + "\"}";
  context_->jobs.ask(
      "undo", std::move(parameters),
      [this, made = std::move(made)](const Answer &answer) mutable {
        if (!answer.ok()) {
          context_->complain("Not taken back: " + answer.message);
          return;
        }
        context_->say("Taken back: " + made.text);
        refresh(made.items);
        undone_.push_back({action_in(answer.summary), std::move(made.text), std::move(made.items), made.step});
        ++revision_;
      },
      Lane::decisions);
}

void Decisions::redo_one() {
  auto made = std::move(undone_.back());
  undone_.pop_back();
  ++revision_;
  if (made.action.empty()) {
    context_->complain("This cannot be made again; do it anew");
    return;
  }
  auto parameters = "{\"action\":\"" + made.action + "\"}";
  context_->jobs.ask(
      "undo", std::move(parameters),
      [this, made = std::move(made)](const Answer &answer) mutable {
        if (!answer.ok()) {
          context_->complain("Not made again: " + answer.message);
          return;
        }
        context_->say("Made again: " + made.text);
        refresh(made.items);
        done_.push_back({action_in(answer.summary), std::move(made.text), std::move(made.items), made.step});
        ++revision_;
      },
      Lane::decisions);
}

}  // namespace kalon::viewer
