#include "views/rank_start_page.h"

#include <algorithm>

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "commands/wording.h"
#include "library/opening.h"
#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

void tip(const char *text) {
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", text);
}

// The name of a control above it, in small letters.
void caption(const char *text) {
  ImGui::Dummy({0, theme().px(4)});
  ImGui::PushFont(theme().small);
  ImGui::PushStyleColor(ImGuiCol_Text, theme().faint);
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

// A list of choices, with the sentence of the one that is chosen below.
void choose(const char *id, std::span<const RankChoice> choices, std::string &chosen) {
  const auto *now = rank_choice(choices, chosen);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::BeginCombo(id, now ? now->title : chosen.c_str(), ImGuiComboFlags_HeightLargest)) {
    for (const auto &choice : choices) {
      bool is = chosen == choice.name;
      if (ImGui::Selectable(choice.title, is)) chosen = choice.name;
      tip(choice.sentence);
      if (is) ImGui::SetItemDefaultFocus();
    }
    ImGui::EndCombo();
  }
  if (now) faint_text(now->sentence);
}

void number(const char *label, int &value, int least, int most, const char *explanation) {
  ImGui::SetNextItemWidth(theme().px(120));
  ImGui::InputInt(label, &value, 1, 10);
  value = std::clamp(value, least, most);
  tip(explanation);
}

void column(Context &context, const char *label, std::string &chosen, const char *none) {
  ImGui::SetNextItemWidth(theme().px(240));
  if (!ImGui::BeginCombo(label, chosen.empty() ? none : chosen.c_str())) return;
  if (*none && ImGui::Selectable(none, chosen.empty())) chosen.clear();
  for (const auto &each : context.catalogue.columns())
    if (each.numeric && ImGui::Selectable(each.name.c_str(), chosen == each.name)) chosen = each.name;
  ImGui::EndCombo();
}

}  // namespace

void RankStartPage::prepare(const Context &context) {
  annotator_ = desk_.annotator();
  of_ = context.shown.selected_count() > 1 ? "selection" : "shown";
  if (named_) return;
  std::string base = "ranking";
  if (!context.opening.paths().empty()) {
    const auto &path = context.opening.paths().front();
    auto name = path.substr(path.rfind('/') + 1);
    if (!name.empty()) base = shown_text(name);
  }
  const auto &sessions = desk_.sessions();
  auto taken = [&](const std::string &name) {
    return std::any_of(sessions.begin(), sessions.end(), [&](const auto &each) { return each.name == name; });
  };
  session_ = base;
  for (int number = 2; taken(session_); ++number) session_ = base + " " + std::to_string(number);
}

RankRequest RankStartPage::request() const {
  RankRequest request;
  request.session = session_;
  request.of = of_;
  request.annotator = annotator_;
  auto &all = request.parameters;
  if (session_.empty()) request.problem = "Give the session a name.";
  if (!criterion_.empty()) all.emplace_back("criterion", criterion_);
  all.emplace_back("strategy", strategy_);
  all.emplace_back("estimator", estimator_);
  if (estimator_ == "bradley-terry") all.emplace_back("prior_variance", std::to_string(variance_));
  if (strategy_ == "top-k") all.emplace_back("top", std::to_string(top_));
  if (strategy_ == "smart-shuffle") all.emplace_back("auto_shuffle", std::to_string(shuffle_));
  if (strategy_ == "within-groups") {
    all.emplace_back("groups", groups_);
    all.emplace_back("keep", std::to_string(keep_));
  }
  if (strategy_ == "same-score") {
    all.emplace_back("bins", std::to_string(bins_));
    if (!scores_.empty()) all.emplace_back("scores", scores_);
  }
  if (strategy_ == "same-cluster") all.emplace_back("clusters", std::to_string(clusters_));
  if (strategy_ == "same-prompt") all.emplace_back("attribute", attribute_);
  if (overlap_ > 1) all.emplace_back("overlap", std::to_string(overlap_));
  if (votes_ > 0) all.emplace_back("votes", std::to_string(votes_));
  return request;
}

void RankStartPage::draw(Context &context, const Area &area) {
  const auto &look = theme();
  float width = std::min(area.width() - look.px(48), look.px(1000));
  ImGui::SetCursorScreenPos({area.min.x + (area.width() - width) / 2, area.min.y + look.px(24)});
  ImGui::BeginChild("rank start", {width, area.height() - look.px(32)}, false);
  ImGui::PushFont(look.large);
  ImGui::TextUnformatted("Rank by comparing");
  ImGui::PopFont();
  faint_text(
      "Two pictures at a time, you say which is better. From few votes comes an order of all, and how certain it is.");
  ImGui::Dummy({0, look.px(12)});
  if (!context.session.library()) {
    ImGui::TextWrapped("There is no library to keep votes in: %s",
                       said_here(context.commands, context.keys, context.session.failure()).c_str());
  } else if (context.session.read_only()) {
    ImGui::TextWrapped(
        "The library is open for reading only, so no vote can be stored. Open it where it may be written.");
  } else {
    float gap = look.px(40), left = (width - gap) * 0.42f;
    float height = ImGui::GetContentRegionAvail().y;
    ImGui::BeginChild("rank sessions", {left, height}, false);
    draw_sessions();
    ImGui::EndChild();
    ImGui::SameLine(0, gap);
    ImGui::BeginChild("rank new", {width - left - gap, height}, false);
    draw_form(context);
    ImGui::EndChild();
  }
  ImGui::EndChild();
}

void RankStartPage::draw_sessions() {
  const auto &look = theme();
  heading("Go on with");
  if (!desk_.sessions_known()) {
    faint_text("Looking for sessions …");
    return;
  }
  if (desk_.sessions().empty()) faint_text("Nothing was ranked yet. Begin a session on the right.");
  std::string chosen;
  for (const auto &session : desk_.sessions()) {
    ImGui::PushID(session.name.c_str());
    auto at = ImGui::GetCursorScreenPos();
    float width = ImGui::GetContentRegionAvail().x, height = look.px(52);
    if (invisible_button("open", {width, height}) && session.problem.empty()) chosen = session.name;
    bool hovered = ImGui::IsItemHovered();
    auto *list = ImGui::GetWindowDrawList();
    list->AddRectFilled(at, {at.x + width, at.y + height}, hovered ? look.selected : look.raised, look.px(3));
    draw_text(list, {at.x + look.px(12), at.y + look.px(8)}, width - look.px(24), look.text, shown_text(session.name));
    const auto *strategy = rank_choice(rank_strategies(), session.strategy);
    auto about = session.criterion.empty() ? std::string("Which is better") : shown_text(session.criterion);
    about += " · " + std::string(strategy ? strategy->title : session.strategy.c_str());
    about += " · begun " + session.created.substr(0, std::min<size_t>(10, session.created.size()));
    if (!session.problem.empty()) about = "Cannot be read: " + session.problem;
    draw_text(list, {at.x + look.px(12), at.y + look.px(29)}, width - look.px(24), look.faint, about, look.small);
    if (hovered) ImGui::SetTooltip("%s", ("Vote on: " + about).c_str());
    ImGui::PopID();
    ImGui::Dummy({0, look.px(2)});
  }
  if (!chosen.empty()) desk_.open(chosen);
}

void RankStartPage::draw_strategy() {
  caption("Which pairs are asked");
  choose("##strategy", rank_strategies(), strategy_);
}

void RankStartPage::draw_estimator() {
  caption("How the order is learned");
  choose("##estimator", rank_estimators(), estimator_);
  if (estimator_ == "bradley-terry") {
    ImGui::SetNextItemWidth(theme().px(120));
    ImGui::InputFloat("prior variance", &variance_, 0, 0, "%.3g");
    variance_ = std::clamp(variance_, 1e-6f, 1e6f);
    tip("How far utilities are expected to lie apart");
  }
}

void RankStartPage::draw_pictures(Context &context) {
  caption("Pictures");
  auto selected = context.shown.selected_count();
  auto radio = [&](const char *value, const std::string &text, bool enabled) {
    if (!enabled) ImGui::BeginDisabled();
    if (ImGui::RadioButton(text.c_str(), of_ == value)) of_ = value;
    if (!enabled) ImGui::EndDisabled();
  };
  radio("shown", "All that are shown (" + count_text(context.shown.items().size()) + ")", true);
  tip("What the filter lets through now");
  radio("selection", "The selected ones (" + count_text(selected) + ")", selected > 1);
  radio("library", "The whole library", true);
  tip("Also what is in folders that are not open");
}

void RankStartPage::draw_form(Context &context) {
  const auto &look = theme();
  heading("Begin a session");
  caption("Name");
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputText("##name", &session_)) named_ = true;
  tip("To go on with it later");
  caption("What is asked");
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##criterion", "Which is better? Or as: sharpness", &criterion_);
  tip("Votes on different criteria are kept apart; votes on one count in every session of it");
  draw_strategy();
  if (strategy_ == "top-k") number("best ones", top_, 1, 1 << 20, "How many are to be found");
  if (strategy_ == "smart-shuffle")
    number("votes until the order is made anew", shuffle_, 0, 1000, "0: it stays as it is");
  if (strategy_ == "within-groups") {
    column(context, "column of groups", groups_, "");
    number("to keep of each", keep_, 1, 1000, "How many of each group are to be found");
  }
  if (strategy_ == "same-score") {
    column(context, "scores", scores_, "What the votes say so far");
    number("bins", bins_, 1, 1000, "Pairs come from one bin");
  }
  if (strategy_ == "same-cluster") number("clusters", clusters_, 1, 100000, "How many kinds of pictures there are");
  if (strategy_ == "same-prompt") {
    ImGui::SetNextItemWidth(look.px(240));
    ImGui::InputText("attribute", &attribute_);
    tip("What both pictures have in common");
  }
  draw_estimator();
  draw_pictures(context);
  caption("Who votes");
  ImGui::SetNextItemWidth(-1);
  ImGui::InputText("##annotator", &annotator_);
  tip("Votes are kept by name, so that several people can rank the same pictures");
  ImGui::Dummy({0, look.px(4)});
  if (ImGui::TreeNodeEx("For studies", ImGuiTreeNodeFlags_NoTreePushOnOpen)) {
    number("annotators for each pair", overlap_, 1, 1000, "More than one tells how far people agree");
    number("votes until it ends", votes_, 0, 1 << 30, "0: it ends when nothing is left to ask");
  }
  ImGui::Dummy({0, look.px(12)});
  auto request = this->request();
  bool ready = request.problem.empty() && !desk_.asking();
  if (!ready) ImGui::BeginDisabled();
  ImGui::PushStyleColor(ImGuiCol_Button, look.accent);
  ImGui::PushStyleColor(ImGuiCol_Text, look.background);
  if (ImGui::Button("Begin to vote", {look.px(160), look.px(36)})) {
    named_ = false;
    desk_.start(request);
  }
  ImGui::PopStyleColor(2);
  if (!ready) ImGui::EndDisabled();
  tip("rank-new NAME ... does the same");
  if (!desk_.problem().empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, look.warning);
    ImGui::TextWrapped("%s", desk_.problem().c_str());
    ImGui::PopStyleColor();
  }
}

}  // namespace kalon::viewer
