// How far a session of ranking is, asked for now and then.

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "views/rank_desk.h"

namespace kalon::viewer {
namespace {

constexpr double quick_interval = 3, whole_interval = 20;  // seconds between two requests of the figures, at least

// Numbers that may be missing or null.
template <class Number>
std::optional<Number> number_of(const nlohmann::json &json, const char *name) {
  auto found = json.find(name);
  if (found == json.end() || !found->is_number()) return std::nullopt;
  return found->get<Number>();
}

}  // namespace

void RankDesk::status(bool whole) {
  if (status_running_ || session_.empty()) return;
  status_running_ = true;
  status_at_[whole] = context_.now;
  status_votes_[whole] = progress_.votes_now + context_.opening.votes_seen();
  context_.jobs.ask("rank_status", "{\"session\":" + json_text(session_) + (whole ? "}" : ",\"quick\":true}"),
                    [this, whole, epoch = epoch_, votes = progress_.votes_now](const Answer &answer) {
                      if (epoch != epoch_) return;
                      status_running_ = false;
                      status_cost_[whole] = context_.now - status_at_[whole];
                      if (!answer.ok()) return;  // figures are no reason to disturb a voter
                      auto json = nlohmann::json::parse(answer.summary, nullptr, false);
                      if (!json.is_object()) return;
                      const bool was_ended = progress_.ended;
                      const auto votes_before = progress_.votes;
                      progress_.pictures = number_of<uint64_t>(json, "pictures").value_or(0);
                      progress_.unvoted = number_of<uint64_t>(json, "unvoted").value_or(0);
                      progress_.votes = number_of<uint64_t>(json, "votes").value_or(0);
                      if (votes == progress_.votes_now) progress_.votes_now = progress_.votes;
                      progress_.left = number_of<uint64_t>(json, "votes_left");
                      progress_.settled = number_of<double>(json, "settled");
                      progress_.top = number_of<uint64_t>(json, "top").value_or(0);
                      progress_.top_settled = json.value("top_settled", false);
                      progress_.most_votes = number_of<uint64_t>(json, "most_votes").value_or(0);
                      progress_.most_minutes = number_of<double>(json, "most_minutes").value_or(0);
                      progress_.ended = json.contains("ended");
                      // A vote was taken back elsewhere, or the session was given more: there may be something to ask.
                      if (!finished_.empty() && !progress_.ended && (was_ended || progress_.votes < votes_before)) {
                        finished_.clear();
                        ask_next(true);
                      }
                      if (!whole) return;
                      auto settle = json.value("votes_to_settle_top", nlohmann::json::object());
                      progress_.to_settle_low = number_of<uint64_t>(settle, "low");
                      progress_.to_settle_high = number_of<uint64_t>(settle, "high");
                    });
}

void RankDesk::keep_up() {
  if (session_.empty() || status_running_) return;
  auto votes = progress_.votes_now + context_.opening.votes_seen();
  for (bool whole : {false, true}) {
    if (votes == status_votes_[whole]) continue;
    if (whole && progress_.votes_now < 10) continue;  // too early to say
    auto due = status_at_[whole] + std::max(whole ? whole_interval : quick_interval, 20 * status_cost_[whole]);
    if (context_.now >= due) {
      status(whole);
      return;
    }
    context_.draw_again_at(due);
  }
}

}  // namespace kalon::viewer
