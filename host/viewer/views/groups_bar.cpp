// The bar above the groups: what is looked for, and what was found.

#include <algorithm>
#include <cmath>

#include "library/stacks.h"
#include "shell/context.h"
#include "views/groups.h"
#include "widgets/view_bar.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

void tip(const char *text) {
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", text);
}

// What comes next stands beside what came before, or in a line of its own where there is no room for it.
void beside(float width) {
  float end = ImGui::GetItemRectMax().x + theme().px(8) + width;
  float left = ImGui::GetWindowPos().x + ImGui::GetWindowWidth() - theme().px(8);
  if (end <= left)
    ImGui::SameLine();
  else
    ImGui::SetCursorScreenPos({ImGui::GetWindowPos().x + view_bar_margin(), ImGui::GetCursorScreenPos().y});
}

void named(const char *name, float width) {
  beside(ImGui::CalcTextSize(name).x + theme().px(20) + width);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(name);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(width);
}

float button_width(const char *text) {
  return ImGui::CalcTextSize(text).x + 2 * ImGui::GetStyle().FramePadding.x;
}

}  // namespace

void GroupsView::draw_bar(Context &context, const Area &area) {
  const auto &look = theme();
  ImGui::PushClipRect(area.min, area.max, true);
  begin_view_bar(area);
  draw_wish(context);
  if (!left_.empty()) {
    ImGui::SetCursorScreenPos({area.min.x + view_bar_margin(), ImGui::GetCursorScreenPos().y + look.px(2)});
    draw_summary(context);
  }
  // As high as what it holds needed now.
  float height = std::max(std::round(ImGui::GetCursorScreenPos().y - area.min.y + look.px(4)), view_bar_height());
  if (height != bar_height_) context.animate();
  bar_height_ = height;
  ImGui::PopClipRect();
}

void GroupsView::draw_wish(Context &context) {
  const auto &look = theme();
  static constexpr const char *kinds[] = {"Duplicates", "Look-alikes", "Bursts", "Clusters"};
  int kind = static_cast<int>(wish_.kind);
  ImGui::SetNextItemWidth(look.px(124));
  if (ImGui::Combo("##kind", &kind, kinds, 4)) wish_.kind = static_cast<GroupKind>(kind);
  tip("What belongs together");
  auto level = [&](float &value, float least, const char *text) {
    named("Level", look.px(112));
    ImGui::SliderFloat("##level", &value, least, 1, "%.3f", ImGuiSliderFlags_AlwaysClamp);
    tip(text);
  };
  switch (wish_.kind) {
    case GroupKind::duplicates: {
      static constexpr const char *relations[] = {"Same bytes", "Same picture", "Similar"};
      static constexpr const char *rules[] = {"Most pixels", "Better format", "Sharper", "Oldest", "Newest"};
      beside(look.px(120));
      ImGui::SetNextItemWidth(look.px(120));
      ImGui::Combo("##relation", &wish_.relation, relations, 3);
      tip("How much two files must have in common: every byte, the picture (metadata may differ), or its look");
      if (wish_.relation == 2)
        level(wish_.duplicate_level, 0.7f, "How alike duplicates are at least: .98 almost identical, .90 very similar");
      named("Keep", look.px(124));
      ImGui::Combo("##keep", &wish_.keep, rules, 5);
      tip("What decides first which one is suggested to keep");
      break;
    }
    case GroupKind::similar:
      level(wish_.similar_level, 0.5f, "Every two pictures of a group are at least so alike");
      named("At least", look.px(72));
      ImGui::SliderInt("##size", &wish_.least_size, 2, 20, "%d", ImGuiSliderFlags_AlwaysClamp);
      tip("Pictures in a group");
      break;
    case GroupKind::bursts:
      named("Pause", look.px(112));
      ImGui::SliderFloat("##gap", &wish_.gap, 0.2f, 60, "%.1f s",
                         ImGuiSliderFlags_Logarithmic | ImGuiSliderFlags_AlwaysClamp);
      tip("A longer pause between two shots of a camera ends the burst");
      level(wish_.burst_level, 0, "How alike the shots of a burst are at least; 0: time alone decides");
      break;
    case GroupKind::clusters: {
      static constexpr const char *ways[] = {"All pictures", "Dense regions"};
      int way = wish_.density ? 1 : 0;
      beside(look.px(132));
      ImGui::SetNextItemWidth(look.px(132));
      if (ImGui::Combo("##way", &way, ways, 2)) wish_.density = way == 1;
      tip("Every picture in a cluster (k-means), or those alone that lie close together (HDBSCAN)");
      named(wish_.density ? "At least" : "Clusters", look.px(96));
      if (wish_.density)
        ImGui::SliderInt("##least", &wish_.least_cluster, 2, 100, "%d",
                         ImGuiSliderFlags_AlwaysClamp | ImGuiSliderFlags_Logarithmic);
      else
        ImGui::SliderInt("##clusters", &wish_.clusters, 0, 200, wish_.clusters == 0 ? "by number" : "%d",
                         ImGuiSliderFlags_AlwaysClamp);
      tip(wish_.density ? "Pictures in a cluster"
                        : "How many clusters; at the left end as many as suit the number of pictures");
      break;
    }
  }
  beside(button_width("Find"));
  command_button(context, "groups-find", "Find");
}

void GroupsView::draw_summary(Context &context) {
  const auto &look = theme();
  if (job_.running) {
    waiting_line(context, job_);
    return;
  }
  ImGui::AlignTextToFramePadding();
  auto text = count_text(left_.size()) + (left_.size() == 1 ? " group, " : " groups, ") + count_text(places_.size()) +
              " pictures";
  if (keeps_one() && redundant_ > 0) text += ", " + bytes_text(redundant_) + " redundant";
  ImGui::TextUnformatted(text.c_str());
  if (keeps_one()) {
    beside(button_width("Reject the others of all groups"));
    command_button(context, "groups-reject-others", "Reject the others of all groups");
  }
  beside(button_width("Stack them in the grid"));
  if (context.stacks.all().empty())
    command_button(context, "groups-stack", "Stack them in the grid");
  else
    command_button(context, "stack-none", "Unstack the grid");
  beside(look.px(96));
  ImGui::SetNextItemWidth(look.px(96));
  int cell = cell_;
  if (ImGui::SliderInt("##cell", &cell, 80, 400, "")) set_cell(context, cell);
  tip("Size of the pictures (Ctrl+wheel)");
}

}  // namespace kalon::viewer
