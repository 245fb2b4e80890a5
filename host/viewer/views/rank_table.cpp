#include "views/rank_table.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "views/rank_desk.h"

namespace kalon::viewer {
namespace {

constexpr const char *last_setting = "rank.session";
constexpr double least_interval = 0.5, most_interval = 30;  // seconds between two requests

double number(const nlohmann::json &json, const char *name) {
  auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

std::string RankTable::session() const {
  if (!desk_.session().empty()) return desk_.session();
  if (!looked_at_.empty()) return looked_at_;
  auto last = context_.settings.more.find(last_setting);
  auto is_there = [&](const std::string &name) {
    return std::any_of(desk_.sessions().begin(), desk_.sessions().end(),
                       [&](const auto &session) { return session.name == name; });
  };
  if (last != context_.settings.more.end() && is_there(last->second)) return last->second;
  return desk_.sessions().size() == 1 ? desk_.sessions().front().name : std::string();
}

void RankTable::look_at(std::string session) {
  looked_at_ = std::move(session);
}

uint64_t RankTable::votes_made() const {
  return context_.opening.votes_seen() + desk_.progress().votes_now;
}

void RankTable::keep_up() {
  if (!desk_.session().empty()) {
    looked_at_ = desk_.session();
    context_.settings.more[last_setting] = looked_at_;
  }
  auto name = session();
  if (asking_ || name.empty()) return;
  if (generation_ != context_.opening.generation() && known_) {
    // Another folder was opened: its photos have other places in the catalogue.
    generation_ = context_.opening.generation();
    seen_votes_ = ~uint64_t{0};
  }
  if (name == of_ && seen_votes_ == votes_made()) return;
  auto due = name == of_ ? asked_at_ + std::clamp(4 * cost_, least_interval, most_interval) : context_.now;
  if (context_.now >= due)
    refresh(false);
  else
    context_.draw_again_at(due);
}

void RankTable::refresh(bool whole) {
  auto name = session();
  if (name.empty()) return;
  if (asking_) {
    again_ = true;
    again_whole_ |= whole;
    return;
  }
  asking_ = true;
  asked_at_ = context_.now;
  seen_votes_ = votes_made();
  generation_ = context_.opening.generation();
  if (name != of_) {
    rows_.clear();
    known_ = false;
    of_ = name;
  }
  whole |= context_.catalogue.count() <= whole_up_to;
  auto parameters = "{\"session\":" + json_text(name);
  parameters += (whole ? std::string("}") : ",\"limit\":" + std::to_string(shown_rows) + "}");
  auto rows = std::make_shared<std::vector<RankRow>>();
  context_.jobs.ask_streaming(
      "rank_table", std::move(parameters),
      [rows](std::string_view text) {
        if (auto row = rank_row(text)) rows->push_back(std::move(*row));
      },
      [this, rows, whole, name](const Answer &answer) {
        asking_ = false;
        cost_ = context_.now - asked_at_;
        if (name == of_) take(std::move(*rows), answer, whole);
        if (again_) {
          again_ = false;
          refresh(std::exchange(again_whole_, false));
        }
      });
}

void RankTable::take(std::vector<RankRow> rows, const Answer &answer, bool whole) {
  problem_ = answer.ok() ? std::string() : answer.message;
  known_ = true;
  if (!answer.ok()) return;
  ++refreshes_;
  for (auto &row : rows) row.item = context_.catalogue.with_photo(row.photo);
  rows_ = std::move(rows);
  whole_ = whole;
  auto summary = nlohmann::json::parse(answer.summary, nullptr, false);
  if (summary.is_object()) {
    votes_ = static_cast<uint64_t>(number(summary, "votes"));
    pictures_ = static_cast<uint64_t>(number(summary, "pictures"));
    if (summary.contains("settled") && of_ == desk_.session()) desk_.set_settled(number(summary, "settled"));
  }
  if (whole_) fill_columns();
  if (whole_ && order_wanted_) apply_order();
}

void RankTable::fill_columns() {
  context_.catalogue.put_column(column_names::rank_mean);
  context_.catalogue.put_column(column_names::rank_votes);
  for (const auto &row : rows_) {
    if (row.item == no_item) continue;
    context_.catalogue.set_number(column_names::rank_mean, row.item, row.mean);
    context_.catalogue.set_number(column_names::rank_votes, row.item, row.votes);
  }
}

void RankTable::sort_by_rank() {
  if (session().empty()) {
    context_.say("Nothing is ranked yet: begin with Rank.");
    return;
  }
  order_wanted_ = true;
  if (whole_ && known_ && session() == of_ && seen_votes_ == votes_made() && !asking_)
    apply_order();
  else
    refresh(true);
}

void RankTable::apply_order() {
  order_wanted_ = false;
  std::vector<ItemIndex> order;
  order.reserve(rows_.size());
  for (const auto &row : rows_)
    if (row.item != no_item) order.push_back(row.item);
  context_.shown.set_order(std::move(order));
  context_.shown.set_sorting({"order", false});
}

}  // namespace kalon::viewer
