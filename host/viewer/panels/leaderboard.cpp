#include "panels/leaderboard.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string ranks_text(const RankRow &row) {
  if (row.rank_low == 0 || row.rank_low == row.rank_high) return "rank " + std::to_string(row.rank);
  return "rank " + std::to_string(row.rank_low) + " to " + std::to_string(row.rank_high);
}

}  // namespace

void Leaderboard::draw(Context &context) {
  const auto &look = theme();
  if (!context.session.library()) {
    faint_text("Without a library nothing is ranked.");
    return;
  }
  if (!desk_.sessions_known() && !desk_.asking()) desk_.load_sessions();
  table_.keep_up();
  auto session = table_.session();
  if (desk_.sessions().size() > 1 || session.empty()) {
    ImGui::SetNextItemWidth(-1);
    auto now = session.empty() ? std::string("Choose a session") : shown_text(session);
    if (!desk_.sessions().empty() && ImGui::BeginCombo("##session", now.c_str())) {
      for (const auto &each : desk_.sessions())
        if (ImGui::Selectable(shown_text(each.name).c_str(), each.name == session)) {
          if (desk_.session().empty())
            table_.look_at(each.name);
          else
            desk_.open(each.name);
        }
      ImGui::EndCombo();
    }
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Whose order this is");
  }
  if (session.empty()) {
    if (desk_.sessions().empty()) faint_text("Nothing is ranked yet. Begin with Rank.");
    return;
  }
  if (!table_.problem().empty()) {
    faint_text(table_.problem());
    return;
  }
  if (!table_.known()) {
    faint_text("Being learned …");
    return;
  }
  if (table_.votes() == 0) {
    faint_text("No votes yet. The order shows up here as soon as there are some.");
    return;
  }
  faint_text(count_text(table_.votes()) + (table_.votes() == 1 ? " vote on " : " votes on ") +
             count_text(table_.pictures()) + " pictures. Lines are 90 % intervals.");
  command_button(context, "sort-by-rank", "Sort by rank");
  ImGui::Dummy({0, look.px(2)});

  const auto &rows = table_.rows();
  auto shown = std::min(rows.size(), RankTable::shown_rows);
  if (shown == 0) return;
  double low = rows[0].low, high = rows[0].high;
  for (size_t i = 0; i < shown; ++i) {
    low = std::min(low, rows[i].low);
    high = std::max(high, rows[i].high);
  }
  ImGui::BeginChild("rows", {0, 0}, false);
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown), look.px(52));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      draw_row(context, rows[static_cast<size_t>(i)], static_cast<float>(low), static_cast<float>(high));
      ImGui::PopID();
    }
  ImGui::EndChild();
}

void Leaderboard::draw_row(Context &context, const RankRow &row, float low, float high) {
  const auto &look = theme();
  auto at = ImGui::GetCursorScreenPos();
  float width = ImGui::GetContentRegionAvail().x, height = look.px(52) - ImGui::GetStyle().ItemSpacing.y;
  bool pressed = invisible_button("row", {width, height});
  bool hovered = ImGui::IsItemHovered();
  auto *list = ImGui::GetWindowDrawList();
  auto *view = context.interface.current();
  bool current = row.item == context.shown.current() && !(view && view->name() == "rank");
  if (hovered || current) list->AddRectFilled(at, {at.x + width, at.y + height}, hovered ? look.raised : look.selected);
  auto rank = std::to_string(row.rank);
  auto size = ImGui::CalcTextSize(rank.c_str());
  float rank_width = look.px(28), thumb = look.px(60);
  list->AddText({at.x + rank_width - look.px(4) - size.x, at.y + (height - size.y) / 2}, look.faint, rank.c_str());
  Area picture{{at.x + rank_width + look.px(4), at.y + look.px(2)},
               {at.x + rank_width + look.px(4) + thumb, at.y + height - look.px(2)}};
  if (row.item != no_item) draw_item(context, list, row.item, picture);

  // The interval on one scale for all rows, with the mean on it.
  float from = picture.max.x + look.px(12), to = at.x + width - look.px(8);
  if (to - from < look.px(20)) return;
  auto place = [&](double value) {
    float share = high > low ? (static_cast<float>(value) - low) / (high - low) : 0.5f;
    return from + share * (to - from);
  };
  float line = std::floor(at.y + look.px(14)) + 0.5f;
  if (low < 0 && high > 0) list->AddLine({place(0), at.y + look.px(4)}, {place(0), at.y + look.px(24)}, look.line);
  float left = place(row.low), right = place(row.high), end = look.px(4);
  if (row.high > row.low) {
    list->AddLine({left, line}, {right, line}, look.faint, look.px(1.5f));
    list->AddLine({left, line - end}, {left, line + end}, look.faint, look.px(1));
    list->AddLine({right, line - end}, {right, line + end}, look.faint, look.px(1));
  }
  list->AddCircleFilled({place(row.mean), line}, look.px(4), look.accent, 16);
  auto text = count_text(row.votes) + (row.votes == 1 ? " vote" : " votes") + "  ·  " + ranks_text(row);
  draw_text(list, {from, at.y + look.px(27)}, to - from, look.faint, text, look.small);
  if (hovered) {
    auto tip = row.item == no_item ? std::string("Not among the pictures that are open")
                                   : shown_text(name_of(context.catalogue.item(row.item)));
    tip += "\nmean " + rounded(row.mean);
    if (row.high > row.low) tip += ", with 90 % between " + rounded(row.low) + " and " + rounded(row.high);
    ImGui::SetTooltip("%s", tip.c_str());
  }
  if (pressed && row.item != no_item) context.commands.run(context, "leaderboard-show", rank);
}

void Leaderboard::describe(const Context &context, nlohmann::json &state) const {
  state["session"] = table_.session();
  state["votes"] = table_.votes();
  state["pictures"] = table_.pictures();
  state["refreshes"] = table_.refreshes();
  state["whole"] = table_.whole();
  auto &rows = state["rows"] = nlohmann::json::array();
  for (size_t i = 0; i < std::min(table_.rows().size(), RankTable::shown_rows); ++i) {
    const auto &row = table_.rows()[i];
    rows.push_back(
        {{"rank", row.rank},
         {"rank_low", row.rank_low},
         {"rank_high", row.rank_high},
         {"name", row.item == no_item ? std::string() : shown_text(name_of(context.catalogue.item(row.item)))},
         {"mean", row.mean},
         {"low", row.low},
         {"high", row.high},
         {"votes", row.votes}});
  }
}

}  // namespace kalon::viewer
