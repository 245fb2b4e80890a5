// What stands around the pictures of the voting view: what is asked, how far it is, and what can be answered.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "shell/context.h"
#include "views/rank_view.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

std::string percent(double share) {
  // What is not all must not look like all.
  return std::to_string(share >= 1 ? 100 : std::min(99, static_cast<int>(std::lround(share * 100)))) + " %";
}

// Chords as they are drawn on keys.
std::string key_text(const std::string &chord) {
  static const std::pair<const char *, const char *> arrows[] = {
      {"Left", "←"}, {"Right", "→"}, {"Up", "↑"}, {"Down", "↓"}};
  auto plus = chord.rfind('+');
  auto begin = plus == std::string::npos || plus + 1 == chord.size() ? 0 : plus + 1;
  for (const auto &[name, arrow] : arrows)
    if (chord.compare(begin, std::string::npos, name) == 0) return chord.substr(0, begin) + arrow;
  return chord;
}

std::string votes_text(uint64_t votes) {
  return count_text(votes) + (votes == 1 ? " vote" : " votes");
}

// How much is still to do, as far as anybody can say.
std::string left_text(const RankProgress &progress) {
  if (progress.most_votes > progress.votes_now) return count_text(progress.most_votes - progress.votes_now) + " to go";
  if (progress.left) return *progress.left == 0 ? "nothing left to ask" : count_text(*progress.left) + " to go";
  if (progress.top_settled) return "the best " + count_text(progress.top) + " are settled";
  if (progress.to_settle_low && progress.to_settle_high)
    return "about " + count_text(*progress.to_settle_low) + " to " + count_text(*progress.to_settle_high) +
           " more settle the best " + count_text(progress.top);
  return {};
}

}  // namespace

void RankView::draw_top(Context &context, const Area &area) {
  const auto &look = theme();
  const auto &progress = desk_.progress();
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(area.min, area.max, look.surface);

  ImGui::SetCursorScreenPos(
      {area.min.x + look.px(8), std::round(area.min.y + (area.height() - look.px(4) - ImGui::GetFrameHeight()) / 2)});
  auto name = shown_text(desk_.session()) + "  ▾";
  if (ImGui::Button((name + "###session").c_str())) ImGui::OpenPopup("session menu");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("The session, who votes, and how");
  draw_menu(context);
  float left = ImGui::GetItemRectMax().x + look.px(16);

  const auto *about = desk_.about();
  std::string asked = desk_.size() == 2 ? "Which is better?" : "Which is the best?";
  if (about && !about->criterion.empty())
    asked = (desk_.size() == 2 ? "Which is better: " : "Which is the best: ") + shown_text(about->criterion) + "?";
  auto size = ImGui::CalcTextSize(asked.c_str());
  float text_y = area.min.y + (area.height() - look.px(4) - size.y) / 2;

  // On the right, what weighs least is left out first where there is no room.
  std::vector<std::string> facts{votes_text(progress.votes_now)};
  if (progress.settled) facts.push_back(percent(*progress.settled) + " settled");
  if (auto text = left_text(progress); !text.empty()) facts.push_back(text);
  if (desk_.votes_here() > 0 && desk_.looked_seconds() > 0) {
    char each[64];
    std::snprintf(each, sizeof each, "%.1f s each", desk_.looked_seconds() / static_cast<double>(desk_.votes_here()));
    facts.push_back(each);
    facts.push_back(duration_text(context.now - desk_.sitting_since()) + " of voting");
  }
  std::string told;
  float room = area.max.x - look.px(16) - left - size.x - look.px(32);
  for (const auto &fact : facts) {
    auto more = told.empty() ? fact : told + "   ·   " + fact;
    if (ImGui::CalcTextSize(more.c_str()).x > room) break;
    told = more;
  }
  auto told_size = ImGui::CalcTextSize(told.c_str());
  list->AddText({area.max.x - look.px(16) - told_size.x, text_y}, look.faint, told.c_str());
  float middle = (area.min.x + area.max.x - size.x) / 2;
  float latest = area.max.x - look.px(16) - told_size.x - look.px(32) - size.x;
  list->AddText({std::floor(std::max(left, std::min(middle, latest))), text_y}, look.text, asked.c_str());

  // The settled share, as a line along the whole width.
  float bar = area.max.y - look.px(3);
  list->AddRectFilled({area.min.x, bar}, area.max, look.line);
  if (progress.settled)
    list->AddRectFilled(
        {area.min.x, bar},
        {area.min.x + area.width() * static_cast<float>(std::clamp(*progress.settled, 0.0, 1.0)), area.max.y},
        look.accent);
  if (ImGui::IsMouseHoveringRect({left, area.min.y}, area.max) && ImGui::IsWindowHovered()) {
    std::string tip = "Settled: the share of neighbours in the order of which it is 95 % sure which is better";
    if (progress.pictures > 0)
      tip += "\n" + count_text(progress.pictures) + " pictures, " + count_text(progress.unvoted) + " without a vote";
    ImGui::SetTooltip("%s", tip.c_str());
  }
}

void RankView::draw_menu(Context &context) {
  const auto &look = theme();
  if (!ImGui::BeginPopup("session menu")) return;
  const auto *about = desk_.about();
  if (about) {
    const auto *strategy = rank_choice(rank_strategies(), about->strategy);
    const auto *estimator = rank_choice(rank_estimators(), about->estimator);
    fact("Strategy", strategy ? strategy->title : about->strategy.c_str());
    fact("Estimator", estimator ? estimator->title : about->estimator.c_str());
    fact("Criterion", about->criterion.empty() ? "none" : shown_text(about->criterion));
    ImGui::Separator();
  }
  if (ImGui::IsWindowAppearing()) annotator_ = desk_.annotator();
  ImGui::SetNextItemWidth(look.px(180));
  bool entered = ImGui::InputText("votes now", &annotator_, ImGuiInputTextFlags_EnterReturnsTrue);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Who votes. Enter changes it at once");
  if ((entered || ImGui::IsItemDeactivatedAfterEdit()) && !annotator_.empty() && annotator_ != desk_.annotator())
    desk_.set_annotator(annotator_);
  ImGui::Separator();
  if (ImGui::MenuItem("Two at a time", nullptr, desk_.size() == 2)) desk_.set_size(2);
  if (ImGui::MenuItem("Three at a time", nullptr, desk_.size() == 3)) desk_.set_size(3);
  if (ImGui::MenuItem("Four at a time", nullptr, desk_.size() == 4)) desk_.set_size(4);
  if (ImGui::MenuItem("Put several in order", nullptr, ordering_, desk_.size() > 2)) set_ordering(!ordering_);
  if (ImGui::MenuItem("Names", nullptr, show_names)) context.commands.run(context, "rank-names", {});
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Names tell who took a picture, and that sways the vote");
  if (ImGui::MenuItem("Leaderboard")) context.commands.run(context, "leaderboard", {});
  ImGui::Separator();
  if (ImGui::MenuItem("Another session or strategy …")) context.commands.run(context, "rank-sessions", {});
  ImGui::EndPopup();
}

void RankView::draw_keys(Context &context, const Area &area) {
  const auto &look = theme();
  struct Key {
    const char *command, *text;
  };
  static constexpr Key pair[] = {{"vote-left", "Left"},
                                 {"vote-tie", "Equal"},
                                 {"vote-both-bad", "Both bad"},
                                 {"vote-skip", "Skip"},
                                 {"vote-right", "Right"},
                                 {"rank-undo", "Undo"},
                                 {"rank-exclude-left", "Leave out left"},
                                 {"rank-exclude-right", "Leave out right"}};
  static constexpr Key several[] = {{"vote-1", "1"},           {"vote-2", "2"},
                                    {"vote-3", "3"},           {"vote-4", "4"},
                                    {"vote-tie", "All equal"}, {"vote-both-bad", "All bad"},
                                    {"vote-skip", "Skip"},     {"rank-order", "In order"},
                                    {"rank-undo", "Undo"}};
  bool two = desk_.size() == 2;
  std::vector<Key> keys(two ? std::begin(pair) : std::begin(several), two ? std::end(pair) : std::end(several));
  if (desk_.size() == 3) keys.erase(keys.begin() + 3);
  auto label = [&](const Key &button) {
    auto chords = context.keys.chords(button.command);
    std::string text = button.text;
    if (auto key = chords.empty() ? std::string() : key_text(chords.front()); !key.empty() && key != text)
      text += "   " + key;
    return text;
  };
  const auto &style = ImGui::GetStyle();
  auto width_of = [&](size_t count) {
    float width = 0;
    for (size_t i = 0; i < count; ++i)
      width += ImGui::CalcTextSize(label(keys[i]).c_str()).x + 2 * style.FramePadding.x + (i ? look.px(8) : 0);
    return width;
  };
  size_t count = keys.size();
  while (count > 1 && width_of(count) > area.width() - look.px(16)) --count;
  ImGui::SetCursorScreenPos({std::floor(area.min.x + (area.width() - width_of(count)) / 2), area.min.y + look.px(10)});
  for (size_t i = 0; i < count; ++i) {
    if (i) ImGui::SameLine(0, look.px(8));
    command_button(context, keys[i].command, label(keys[i]).c_str());
  }
}

void RankView::draw_reason(Context &context) {
  const auto &look = theme();
  if (reason_of_ > 0 && !ImGui::IsPopupOpen("Leave out")) {
    reason_.clear();
    reason_slot_ = reason_of_;
    reason_of_ = 0;
    ImGui::OpenPopup("Leave out");
  }
  auto corner = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  ImGui::SetNextWindowPos({corner.x + size.x / 2, corner.y + size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  if (!ImGui::BeginPopup("Leave out")) return;
  const auto *question = desk_.hand().shown();
  if (!question) {
    ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
    return;
  }
  const char *which = question->pictures.size() > 2 ? "this picture"
                      : reason_slot_ == 1           ? "the left picture"
                                                    : "the right picture";
  ImGui::Text("Leave %s out of every ranking", which);
  faint_text("Its votes stay, and so does the file. Undo brings it back.");
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(look.px(320));
  bool entered = ImGui::InputTextWithHint("##reason", "Why, as: blurred (may be empty)", &reason_,
                                          ImGuiInputTextFlags_EnterReturnsTrue);
  bool cancelled = false;
  for (const auto &key : context.pressed) {
    entered |= key.chord == "Enter";
    cancelled |= key.chord == "Escape";
  }
  if (ImGui::Button("Leave it out") || entered) {
    exclude(context, reason_slot_, reason_);
    ImGui::CloseCurrentPopup();
  }
  ImGui::SameLine();
  if (ImGui::Button("Cancel") || cancelled) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

// Nothing is asked: it is over, or something went wrong, or the next question is being chosen.
void RankView::draw_finished(Context &context, const Area &area) {
  const auto &look = theme();
  if (desk_.finished().empty() && desk_.problem().empty()) {
    const char *text = "The next question is being chosen …";
    auto size = ImGui::CalcTextSize(text);
    ImGui::GetWindowDrawList()->AddText(
        {std::floor((area.min.x + area.max.x - size.x) / 2), std::floor((area.min.y + area.max.y) / 2)}, look.faint,
        text);
    return;
  }
  const auto &progress = desk_.progress();
  float width = std::min(look.px(560), area.width() - look.px(32));
  ImGui::SetCursorScreenPos(
      {std::floor((area.min.x + area.max.x - width) / 2), std::floor(area.min.y + area.height() * 0.25f)});
  ImGui::BeginChild("finished", {width, area.height() * 0.7f}, false);
  bool by_votes = progress.ended && progress.most_votes > 0 && progress.votes >= progress.most_votes;
  bool by_time = progress.ended && !by_votes;
  ImGui::PushFont(look.large);
  ImGui::TextUnformatted(desk_.finished().empty() ? "The next question did not come" : "All is asked");
  ImGui::PopFont();
  std::string why = desk_.finished().empty() ? desk_.problem()
                    : by_votes ? "The session has the " + votes_text(progress.most_votes) + " it was begun for."
                    : by_time  ? "The time of this session is over."
                               : "The strategy has no pair left to ask " + desk_.annotator() + ".";
  ImGui::TextWrapped("%s", why.c_str());
  std::string so_far = votes_text(progress.votes_now);
  if (progress.settled) so_far += ", " + percent(*progress.settled) + " of the order settled";
  faint_text(so_far + ".");
  ImGui::Dummy({0, look.px(12)});
  if (by_votes && ImGui::Button(("Go on with " + count_text(progress.most_votes) + " more").c_str()))
    desk_.resume("\"votes\":" + std::to_string(progress.votes + progress.most_votes));
  if (by_time && ImGui::Button("Go on for the same time again")) desk_.resume({});
  if (desk_.finished().empty() && ImGui::Button("Ask again")) desk_.open(std::string(desk_.session()));
  command_button(context, "sort-by-rank", "See all in their order");
  ImGui::SameLine();
  command_button(context, "rank-sessions", "Another session");
  ImGui::SameLine();
  command_button(context, "rank-undo", "Undo the last vote");
  ImGui::Dummy({0, look.px(16)});
  heading("In a terminal");
  auto quoted = "\"" + shown_text(desk_.session()) + "\"";
  for (const auto &[command, what] :
       {std::pair<std::string, const char *>{"kalon rank table --session " + quoted,
                                             "the order, and what is certain of it"},
        {"kalon rank report --session " + quoted + " --to report.html", "how good the votes are"},
        {"kalon rank export --session " + quoted + " --format dpo --to pairs.jsonl", "pairs for training"}}) {
    ImGui::PushFont(look.mono);
    auto text = command;
    ImGui::SetNextItemWidth(-1);
    ImGui::PushID(what);
    ImGui::InputText("##command", &text, ImGuiInputTextFlags_ReadOnly);
    ImGui::PopID();
    ImGui::PopFont();
    faint_text(what);
  }
  ImGui::EndChild();
}

}  // namespace kalon::viewer
