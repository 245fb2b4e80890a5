#include "views/rank_view.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "views/rank_actual_pixels.h"
#include "views/rank_panes.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr double lit_seconds = 0.12;

}  // namespace

// ---- what commands do

void RankView::light(unsigned slots, bool bad, double now) {
  lit_ = slots;
  lit_bad_ = bad;
  lit_until_ = now + lit_seconds;
}

// Whether the shown question may be answered now. needs_pictures: the answer is about what they look like.
bool RankView::judged(Context &context, bool needs_pictures) {
  const auto *question = desk_.hand().shown();
  if (!question) {
    if (!desk_.session().empty() && desk_.finished().empty()) ++waited_;
    return false;
  }
  // Nobody judges what was not on the screen yet.
  if (drawn_ == question->id) return true;
  if (unreadable_ == question->id) {
    if (!needs_pictures) return true;
    context.say("One of the pictures cannot be shown: skip it, or leave it out.");
  }
  return false;
}

bool RankView::vote(Context &context, std::string_view what) {
  RankAnswer answer;
  unsigned slots = 0;
  if (!judged(context, what != "skip")) return false;
  auto pictures = desk_.hand().shown()->pictures.size();
  std::vector<int> numbers;
  for (const auto &word : words_of(what)) {
    if (word.size() != 1 || word[0] < '1' || word[0] > '9') {
      numbers.clear();
      break;
    }
    numbers.push_back(word[0] - '0');
  }
  if (!numbers.empty()) {
    RankOrder order;
    for (int number : numbers)
      if (number > static_cast<int>(pictures) || !order.press(number)) {
        context.say("There are " + std::to_string(pictures) + " pictures, each named once at most.");
        return false;
      }
    slots = 1u << (numbers.front() - 1);
    if (pictures == 2)
      answer.outcome = numbers.front() == 1 ? "left" : "right";
    else if (numbers.size() == 1)
      answer.best = numbers.front();
    else
      answer.order = numbers;
  } else if (what == "left" || what == "right") {
    if (pictures != 2) {
      context.say("Of several pictures say the number of the best one.");
      return false;
    }
    answer.outcome = what;
    slots = what == "left" ? 1 : 2;
  } else if (what == "tie" || what == "both_bad" || what == "skip") {
    answer.outcome = what;
    slots = what == "skip" ? 0 : (1u << pictures) - 1;
  } else {
    context.say("A vote is left, right, tie, both_bad, skip, or numbers.");
    return false;
  }
  light(slots, answer.outcome == "both_bad", context.now);
  double milliseconds =
      drawn_.empty() ? 0 : std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since_).count();
  order_.clear();
  drawn_.clear();
  voted_ = std::chrono::steady_clock::now();
  desk_.vote(answer, milliseconds);
  context.animate();
  return true;
}

void RankView::press(Context &context, int number) {
  const auto *question = desk_.hand().shown();
  if (!question || number > static_cast<int>(question->pictures.size())) return;
  if (!ordering_ || question->pictures.size() == 2) {
    vote(context, std::to_string(number));
    return;
  }
  if (!judged(context, true) || !order_.press(number)) return;
  if (order_.slots().size() == question->pictures.size()) confirm_order(context);
}

void RankView::confirm_order(Context &context) {
  if (order_.slots().empty()) return;
  std::string text;
  for (int slot : order_.slots()) text += std::to_string(slot) + " ";
  vote(context, text);
}

void RankView::set_ordering(bool ordering) {
  ordering_ = ordering;
  order_.clear();
}

void RankView::exclude(Context &context, int slot, const std::string &reason) {
  if (!judged(context, false)) return;
  order_.clear();
  drawn_.clear();
  desk_.exclude(slot, reason);
  context.animate();
}

void RankView::undo() {
  if (order_.take_back()) return;
  drawn_.clear();
  desk_.undo();
}

// ---- the view

void RankView::enter(Context &context) {
  desk_.load_sessions();
  start_page_.prepare(context);
  drawn_.clear();
}

void RankView::leave(Context &) {
  peek_ = 0;
  drawn_.clear();
  // What the votes say is there for the other views, as columns.
  if (desk_.votes_here() > 0) table_.refresh(false);
}

void RankView::draw(Context &context, const Area &area) {
  if (desk_.session().empty())
    start_page_.draw(context, area);
  else
    draw_voting(context, area);
}

void RankView::draw_voting(Context &context, const Area &area) {
  const auto &look = theme();
  desk_.keep_up();
  float top = look.px(44), bottom = look.px(48), edge = look.px(8);
  Area middle{{area.min.x + edge, area.min.y + top + edge}, {area.max.x - edge, area.max.y - bottom}};
  ImGui::GetWindowDrawList()->AddRectFilled(area.min, area.max, look.background);
  draw_top(context, {area.min, {area.max.x, area.min.y + top}});
  if (desk_.hand().shown()) {
    draw_panes(context, middle);
    draw_keys(context, {{area.min.x, area.max.y - bottom}, area.max});
  } else {
    drawn_.clear();
    if (!desk_.finished().empty()) voted_.reset();
    draw_finished(context, middle);
  }
  draw_reason(context);
  if (lit_until_ > context.now) context.draw_again_at(lit_until_);
}

void RankView::draw_panes(Context &context, const Area &area) {
  const auto question = *desk_.hand().shown();
  auto items = desk_.items(question);
  auto *list = ImGui::GetWindowDrawList();
  bool missing = std::find(items.begin(), items.end(), no_item) != items.end();
  if (missing) {
    drawn_.clear();
    unreadable_ = question.id;
    ImGui::SetCursorScreenPos({area.min.x + theme().px(24), area.min.y + theme().px(24)});
    ImGui::BeginGroup();
    ImGui::TextUnformatted(context.opening.loading() ? "The pictures are being looked for …"
                                                     : "This session asks about pictures that are not open.");
    if (!context.opening.loading() && ImGui::Button("Open the whole library")) context.opening.open({}, false);
    ImGui::EndGroup();
    return;
  }
  std::vector<ImVec2> sizes;
  for (auto item : items) {
    auto [width, height] = context.pictures.size_of(item);
    sizes.push_back(width && height ? ImVec2(static_cast<float>(width), static_cast<float>(height)) : ImVec2(3, 2));
  }
  auto panes = rank_panes(area, items.size(), sizes, theme().px(8));
  if (peek_ > 0 && peek_ <= static_cast<int>(items.size())) {
    draw_actual_pixels(context, list, items[static_cast<size_t>(peek_ - 1)], area);
    return;
  }
  bool all = true, failed = false;
  for (size_t i = 0; i < items.size(); ++i) {
    draw_pane(context, question, static_cast<int>(i) + 1, items[i], panes[i]);
    bool unreadable = !context.pictures.failure(items[i]).empty();
    failed |= unreadable;
    all &= context.pictures.any(items[i]) != nullptr && !unreadable;
  }
  if (all && drawn_ != question.id) {
    drawn_ = question.id;
    since_ = std::chrono::steady_clock::now();
    if (voted_) {
      next_ms_ = std::chrono::duration<double, std::milli>(since_ - *voted_).count();
      slowest_next_ms_ = std::max(slowest_next_ms_, next_ms_);
      voted_.reset();
    }
  }
  if (failed) unreadable_ = question.id;
  // What comes next is decoded while this is looked at.
  auto side = static_cast<int>(std::ceil(std::max(panes[0].width(), panes[0].height())));
  const auto &hand = desk_.hand().questions();
  for (size_t next = 1; next < hand.size(); ++next)
    for (auto item : desk_.items(hand[next]))
      if (item != no_item) context.pictures.prefetch(item, side, next == 1 ? Urgency::next : Urgency::later);
}

void RankView::draw_pane(Context &context, const Question &question, int slot, ItemIndex item, const Area &pane) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  auto name = shown_text(name_of(context.catalogue.item(item)));
  float line = show_names ? look.px(20) : 0;
  Area inner{pane.min, {pane.max.x, pane.max.y - line}};
  Area at = inner;
  if (peek_ == all_slots)
    draw_actual_pixels(context, list, item, inner);
  else
    at = draw_item(context, list, item, inner, true);
  if (show_names) draw_text(list, {at.min.x, at.max.y + look.px(4)}, pane.width(), look.faint, name, look.small);
  if (question.pictures.size() > 2) {
    auto place = order_.place(slot);
    static constexpr const char *places[] = {"", "1st", "2nd", "3rd", "4th"};
    auto number = place > 0 ? std::string(places[std::min(place, 4)]) : std::to_string(slot);
    draw_badge(list, {at.min.x + look.px(8), at.min.y + look.px(8)}, number, place > 0 ? look.background : look.text,
               place > 0 ? look.accent : look.surface);
  }
  ImGui::SetCursorScreenPos(inner.min);
  ImGui::PushID(slot);
  if (invisible_button("picture", {inner.width(), inner.height()})) press(context, slot);
  if (ImGui::BeginPopupContextItem("picture menu")) {
    if (ImGui::MenuItem("This one is better")) vote(context, std::to_string(slot));
    if (ImGui::MenuItem("Leave it out …")) reason_of_ = slot;
    if (ImGui::MenuItem("Open in loupe")) {
      context.shown.go_to(item);
      context.interface.show(context, "loupe");
    }
    ImGui::EndPopup();
  }
  ImGui::PopID();
  if (lit_until_ > context.now && (lit_ >> (slot - 1) & 1))
    list->AddRect({at.min.x - look.px(3), at.min.y - look.px(3)}, {at.max.x + look.px(3), at.max.y + look.px(3)},
                  lit_bad_ ? look.reject : look.accent, 0, 0, look.px(3));
}

bool RankView::busy() const {
  if (desk_.session().empty()) return desk_.asking();
  const auto *question = desk_.hand().shown();
  if (!question) return desk_.asking();
  return drawn_ != question->id && unreadable_ != question->id;
}

void RankView::describe(const Context &context, nlohmann::json &state) const {
  const auto &progress = desk_.progress();
  state["page"] = desk_.session().empty()    ? "start"
                  : desk_.hand().shown()     ? "voting"
                  : desk_.finished().empty() ? "waiting"
                                             : "finished";
  auto &sessions = state["sessions"] = nlohmann::json::array();
  for (const auto &session : desk_.sessions()) sessions.push_back(session.name);
  state["annotator"] = desk_.annotator();
  state["problem"] = desk_.problem();
  if (desk_.session().empty()) return;
  state["session"] = desk_.session();
  if (const auto *about = desk_.about()) {
    state["criterion"] = about->criterion;
    state["strategy"] = about->strategy;
    state["estimator"] = about->estimator;
  }
  state["size"] = desk_.size();
  state["finished"] = desk_.finished();
  state["in_hand"] = desk_.hand().questions().size();
  state["unconfirmed"] = desk_.hand().sent();
  state["votes_here"] = desk_.votes_here();
  state["votes"] = progress.votes_now;
  state["waited"] = waited_;
  state["next_ms"] = next_ms_;
  state["slowest_next_ms"] = slowest_next_ms_;
  if (progress.settled) state["settled"] = *progress.settled;
  if (progress.left) state["votes_left"] = *progress.left;
  state["names"] = show_names;
  state["ordering"] = ordering_;
  state["order"] = order_.slots();
  state["peek"] = peek_;
  if (const auto *question = desk_.hand().shown()) {
    state["question"] = question->id;
    state["kind"] = question->kind;
    state["on_screen"] = drawn_ == question->id;
    auto &pictures = state["pictures"] = nlohmann::json::array();
    for (auto item : desk_.items(*question))
      pictures.push_back(item == no_item ? std::string() : shown_text(name_of(context.catalogue.item(item))));
  }
}

}  // namespace kalon::viewer
