// The panel of what was done: by this viewer, by others on the same library; each can be taken back.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include <imgui/imgui.h>
#include <nlohmann/json.hpp>

#include "library/decisions.h"
#include "library/opening.h"
#include "panels/history_rows.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

// Many decisions in a row are one look at the history.
constexpr double quiet_seconds = 0.25;
constexpr size_t page = 200;

class HistoryPanel : public Panel {
 public:
  explicit HistoryPanel(Context &context) : context_(context) {}
  std::string_view name() const override { return "history"; }
  std::string_view title() const override { return "History"; }
  Side side() const override { return Side::right; }
  void draw(Context &context) override;
  void describe(const Context &context, nlohmann::json &json) const override;
  // A tab behind another is not drawn, and asks for nothing.
  bool busy() const override {
    return open && (asking_ || (context_.now - drawn_at_ < 2 * quiet_seconds && !(asked_ && seen_ == state())));
  }

  // row: from 1, the newest.
  void turn(size_t row);
  void select(size_t row);

 private:
  struct State {
    uint64_t decisions = 0, votes = 0, catalogue = 0;
    bool operator==(const State &) const = default;
  };
  State state() const {
    return {context_.decisions.revision(), context_.opening.votes_seen(), context_.catalogue.revision()};
  }
  void refresh();
  void ask(const std::string &before);
  void draw_row(size_t at);
  bool mine(const HistoryRow &row) const { return !row.writer.empty() && row.writer == writer_; }
  bool can_turn(const HistoryRow &row) const;
  const HistoryRow *next_undo() const;

  Context &context_;
  History history_;
  std::vector<const HistoryRow *> shown_;
  State seen_, waiting_for_;
  double quiet_from_ = 0, drawn_at_ = -1;
  std::string writer_, problem_;
  bool asking_ = false, more_ = false, asked_ = false;
};

void HistoryPanel::refresh() {
  if (context_.session.library() == nullptr || asking_) return;
  const auto now = state();
  if (asked_ && now == seen_) return;
  if (!(now == waiting_for_)) {
    waiting_for_ = now;
    quiet_from_ = context_.now;
  }
  if (asked_ && context_.now < quiet_from_ + quiet_seconds) {
    context_.draw_again_at(quiet_from_ + quiet_seconds);
    return;
  }
  seen_ = now;
  asked_ = true;
  ask({});
}

void HistoryPanel::ask(const std::string &before) {
  asking_ = true;
  auto parameters = "{\"limit\":" + std::to_string(page);
  if (!before.empty()) parameters += ",\"before\":" + json_text(before);
  // In the order of decisions, so that what was just done is in it.
  context_.jobs.ask(
      "history", parameters + "}",
      [this, first = before.empty()](const Answer &answer) {
        asking_ = false;
        problem_ = answer.ok() ? std::string() : answer.message;
        if (!answer.ok()) return;
        if (first) history_ = {};
        history_.add(answer.rows);
        shown_ = history_.shown();
        const auto summary = nlohmann::json::parse(answer.summary, nullptr, false);
        more_ = summary.is_object() && summary.value("more", false);
        const auto own = context_.decisions.undo_action();
        for (const auto &row : history_.all()) {
          if (!own.empty() && row.action == own) writer_ = row.writer;
        }
        context_.animate();
      },
      Lane::decisions);
}

bool HistoryPanel::can_turn(const HistoryRow &row) const {
  if (row.operation > 0) return !row.undone || context_.decisions.can_redo_files(row.operation);
  return !history_.way_back(row).empty();
}

// What Ctrl+Z would take back.
const HistoryRow *HistoryPanel::next_undo() const {
  if (const auto operation = context_.decisions.undo_operation(); operation > 0) return history_.work(operation);
  return history_.subject(context_.decisions.undo_action());
}

// Takes it back, or makes it again.
void HistoryPanel::turn(size_t row) {
  if (row == 0 || row > shown_.size()) {
    context_.complain("The history has no row " + std::to_string(row) + ".");
    return;
  }
  const auto &what = *shown_[row - 1];
  if (!can_turn(what)) {
    context_.complain(what.operation > 0 ? "It was taken back; how it was done is not known here any more. Do it anew."
                                         : "It was taken back too long ago to be found here.");
    return;
  }
  if (what.operation > 0) {
    if (what.undone) {
      context_.decisions.redo_files(what.operation);
    } else {
      context_.decisions.undo_files(what.operation, what.text);
    }
    return;
  }
  const auto action = history_.way_back(what);
  const bool undone = what.undone;
  context_.jobs.ask(
      "undo", "{\"action\":" + json_text(action) + "}",
      [this, undone, text = what.text](const Answer &answer) {
        if (!answer.ok()) {
          context_.complain((undone ? "Not made again: " : "Not taken back: ") + answer.message);
          return;
        }
        const auto summary = nlohmann::json::parse(answer.summary, nullptr, false);
        const auto made = summary.is_object() ? summary.value("action", std::string()) : std::string();
        if (!made.empty()) context_.decisions.made(made, undone ? text : "the undo of " + text);
        context_.say((undone ? "Made again: " : "Taken back: ") + text);
        asked_ = false;
        context_.animate();
      },
      Lane::decisions);
}

// Selects its pictures where they are shown.
void HistoryPanel::select(size_t row) {
  if (row == 0 || row > shown_.size()) return;
  std::vector<ItemIndex> items;
  for (const auto &uri : shown_[row - 1]->uris) {
    const auto item = context_.catalogue.with_path(path_of(uri));
    if (item != no_item && context_.shown.position(item) < context_.shown.items().size()) items.push_back(item);
  }
  if (items.empty()) {
    context_.complain("None of its pictures is shown now.");
    return;
  }
  context_.shown.go_to(items.front());
  if (items.size() > 1) context_.shown.select(items);
  context_.animate();
}

void HistoryPanel::draw(Context &context) {
  drawn_at_ = context.session.library() != nullptr ? context.now : -1;
  refresh();
  if (context.session.library() == nullptr) {
    faint_text("There is no library, so that nothing is remembered.");
    return;
  }
  command_button(context, "undo", "Undo");
  ImGui::SameLine();
  command_button(context, "redo", "Redo");
  if (!problem_.empty()) faint_text(problem_);
  if (shown_.empty() && problem_.empty()) {
    faint_text(
        asking_ || !asked_
            ? "Looking..."
            : "Nothing was decided yet. Stars, flags, labels and votes are listed here, and each can be taken back.");
    return;
  }
  ImGui::BeginChild("##history", {0, 0}, false, ImGuiWindowFlags_NoNav);
  const float high = 2 * ImGui::GetTextLineHeight() + theme().px(14);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {theme().px(4), 0});
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()), high);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      draw_row(static_cast<size_t>(i));
      ImGui::PopID();
    }
  }
  ImGui::PopStyleVar();
  if (more_ && ImGui::Button("Older") && !asking_) ask(history_.last());
  ImGui::EndChild();
}

void HistoryPanel::draw_row(size_t at) {
  const auto &look = theme();
  const auto &row = *shown_[at];
  auto *list = ImGui::GetWindowDrawList();
  const auto corner = ImGui::GetCursorScreenPos();
  const float wide = std::max(ImGui::GetContentRegionAvail().x, 1.0F);
  const float line = ImGui::GetTextLineHeight(), high = 2 * line + look.px(14);
  if (invisible_button("##row", {wide, high})) select(at + 1);
  ImGui::SetItemAllowOverlap();
  const bool hovered =
      ImGui::IsMouseHoveringRect(corner, {corner.x + wide, corner.y + high}) && ImGui::IsWindowHovered();
  if (hovered) list->AddRectFilled(corner, {corner.x + wide, corner.y + high}, look.raised);
  // Where Ctrl+Z stands.
  if (&row == next_undo()) {
    list->AddRectFilled({corner.x, corner.y + look.px(4)}, {corner.x + look.px(3), corner.y + high - look.px(4)},
                        look.accent);
  }
  const float left = corner.x + look.px(10), room = wide - look.px(14);
  draw_text(list, {left, corner.y + look.px(4)}, room, row.undone ? look.faint : look.text, row.text);
  auto second = time_text(microseconds_of(row.time));
  if (row.undone) second += ", taken back";
  if (!row.writer.empty() && !writer_.empty() && !mine(row)) second += ", not in this session";
  draw_text(list, {left, corner.y + line + look.px(8)}, room, look.faint, second, look.small);
  if (hovered && !context_.session.read_only() && can_turn(row)) {
    const char *text = row.undone ? "Make again" : "Take back";
    const float button = ImGui::CalcTextSize(text).x + look.px(16);
    ImGui::SetCursorScreenPos(
        {corner.x + wide - button - look.px(4), corner.y + high - ImGui::GetFrameHeight() - look.px(3)});
    if (ImGui::Button(text)) turn(at + 1);
    ImGui::SetCursorScreenPos({corner.x, corner.y + high});
  } else if (hovered) {
    ImGui::SetTooltip("%s", row.text.c_str());
  }
}

void HistoryPanel::describe(const Context &, nlohmann::json &json) const {
  const auto *next = next_undo();
  auto &rows = json["rows"] = nlohmann::json::array();
  for (size_t i = 0; i < std::min<size_t>(shown_.size(), 50); ++i) {
    const auto &row = *shown_[i];
    rows.push_back({{"text", row.text},
                    {"kind", row.kind},
                    {"count", row.count},
                    {"undone", row.undone},
                    {"next_undo", &row == next},
                    {"can_turn", can_turn(row)},
                    {"mine", mine(row)}});
  }
  json["count"] = shown_.size();
  json["more"] = more_;
  json["problem"] = problem_;
}

size_t row_in(std::string_view argument) {
  size_t row = 1;
  std::from_chars(argument.data(), argument.data() + argument.size(), row);
  return row;
}

}  // namespace

void add_history(Context &context) {
  auto &panel = context.interface.add_panel<HistoryPanel>(context);
  const auto toggle = [&panel](Context &now, std::string_view) {
    panel.open = !panel.open;
    if (panel.open) now.fresh_panel = panel.name();
    now.animate();
  };
  const auto is_open = [&panel](const Context &) { return panel.open; };
  const auto turn = [&panel](Context &, std::string_view argument) { panel.turn(row_in(argument)); };
  const auto select = [&panel](Context &, std::string_view argument) { panel.select(row_in(argument)); };
  if (context.commands.find("history") == nullptr) {
    context.commands.add({"history", "History", "Panels", "", "", toggle, nullptr, is_open});
  }
  context.commands.add(
      {"history-turn", "Take back or make again a row of the history", "", "", "ROW", turn, is_open, nullptr});
  context.commands.add(
      {"history-select", "Select the pictures of a row of the history", "", "", "ROW", select, is_open, nullptr});
}

}  // namespace kalon::viewer
