#include "views/groups.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "widgets/view_bar.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr int least_cell = 80, most_cell = 400, usual_cell = 140;
// While files come and go, what is left of groups is looked at so often.
constexpr double settle_interval = 0.25;

}  // namespace

void GroupsView::enter(Context &) {
  seen_selection_ = 0;
}

void GroupsView::set_cell(Context &context, int cell) {
  cell_ = std::clamp(cell, least_cell, most_cell);
  context.settings.more["groups.cell"] = std::to_string(cell_);
}

void GroupsView::follow(Context &context) {
  if (cell_ == 0) {
    auto kept = context.settings.more.find("groups.cell");
    cell_ = std::clamp(kept == context.settings.more.end() ? usual_cell : std::atoi(kept->second.c_str()), least_cell,
                       most_cell);
  }
  if (found_ && of_paths_ != context.opening.paths()) {
    groups_.clear();
    found_ = false;
    settle(context);
  }
  bool again = seen_generation_ != context.opening.generation();
  if (again || (seen_structure_ != context.catalogue.structure() && context.now >= settled_at_ + settle_interval)) {
    // Rows may come later than this; who was met before keeps its place.
    for (auto &group : groups_)
      for (auto &member : group.members)
        if (member.item == no_item) member.item = context.catalogue.with_path(member.path);
    settle(context);
  } else if (seen_structure_ != context.catalogue.structure()) {
    context.draw_again_at(settled_at_ + settle_interval);
  }
  // The current picture may have been chosen elsewhere; a copy of it is as good.
  if (seen_selection_ != context.shown.selection()) {
    bool first = seen_selection_ == 0;
    seen_selection_ = context.shown.selection();
    auto item = context.shown.current();
    auto item_at = [&](size_t position) {
      const auto &place = places_[position];
      return group_of(place.left).members[left_[place.left].members[place.member]].item;
    };
    if (current_ >= places_.size() || item_at(current_) != item) {
      current_ = none;
      for (size_t i = 0; i < places_.size() && current_ == none; ++i)
        if (item_at(i) == item) current_ = i;
      lay_out(laid_out_width_);
      if (current_ != none) reveal(current_, first);
    }
  }
}

// What is left of the groups: members that are still there, in groups of two and more.
void GroupsView::settle(Context &context) {
  seen_structure_ = context.catalogue.structure();
  seen_generation_ = context.opening.generation();
  settled_at_ = context.now;
  auto before = current_ < places_.size() ? left_[places_[current_].left].group : none;
  auto before_member =
      current_ < places_.size() ? left_[places_[current_].left].members[places_[current_].member] : none;
  left_.clear();
  places_.clear();
  redundant_ = 0;
  redundant_files_ = 0;
  current_ = none;
  for (size_t i = 0; i < groups_.size(); ++i) {
    auto present = present_members(groups_[i], context.catalogue);
    if (present.size() < 2) continue;
    redundant_ += redundant_bytes(groups_[i], present);
    redundant_files_ += others_to_trash(groups_[i], present).size();
    for (size_t m = 0; m < present.size(); ++m) {
      if (i == before && present[m] == before_member) current_ = places_.size();
      places_.push_back({static_cast<uint32_t>(left_.size()), static_cast<uint32_t>(m)});
    }
    left_.push_back({i, std::move(present)});
  }
  lay_out_again_ = true;
}

void GroupsView::lay_out(float width) {
  if (width < 1 || (!lay_out_again_ && width == laid_out_width_ && cell_ == laid_out_cell_)) return;
  const auto &look = theme();
  std::vector<float> aspects;
  std::vector<size_t> begins;
  aspects.reserve(places_.size());
  // Captions want some width below tall pictures.
  float least = look.px(144) / look.px(static_cast<float>(cell_));
  for (size_t i = 0; i < places_.size(); ++i) {
    const auto &place = places_[i];
    const auto &member = group_of(place.left).members[left_[place.left].members[place.member]];
    float aspect = member.height > 0 ? static_cast<float>(member.width) / static_cast<float>(member.height) : 1.5f;
    aspects.push_back(std::max(aspect, least));
    if (place.member == 0) begins.push_back(i);
  }
  StripOptions options;
  options.width = width;
  options.row_height = look.px(static_cast<float>(cell_));
  options.gap = look.px(8);
  options.heading = look.px(12);
  options.caption = look.px(40);
  options.section_gap = look.px(8);
  options.least_section = look.px(180);
  options.justified = false;
  layout_ = lay_out_strip(aspects, begins, options);
  laid_out_width_ = width;
  laid_out_cell_ = cell_;
  lay_out_again_ = false;
}

size_t GroupsView::current_group() const {
  return current_ < places_.size() ? places_[current_].left : none;
}

void GroupsView::reveal(size_t position, bool at_once) {
  auto row = layout_.row_of(position);
  if (row >= layout_.rows.size()) return;
  const auto &section = layout_.sections[layout_.rows[row].section];
  const auto &look = theme();
  if (section.bottom - section.top <= view_height_)
    scroll_.reveal(section.top, section.bottom, view_height_, look.px(8));
  else
    scroll_.reveal(layout_.rows[row].top, layout_.rows[row].top + layout_.rows[row].height + look.px(40), view_height_,
                   look.px(8));
  if (at_once) scroll_.jump(scroll_.target());
}

void GroupsView::make_current(Context &context, size_t position) {
  if (position >= places_.size()) return;
  current_ = position;
  const auto &place = places_[position];
  auto item = group_of(place.left).members[left_[place.left].members[place.member]].item;
  if (item != no_item) context.shown.go_to(item);
  seen_selection_ = context.shown.selection();
  reveal(position, false);
  context.animate();
}

void GroupsView::step(Context &context, int places, int rows) {
  if (places_.empty()) return;
  auto at = current_;
  if (at >= places_.size())
    at = 0;
  else if (rows != 0)
    at = layout_.rows_away(at, rows);
  else
    at = static_cast<size_t>(
        std::clamp(static_cast<int64_t>(at) + places, int64_t{0}, static_cast<int64_t>(places_.size()) - 1));
  make_current(context, at);
}

void GroupsView::step_group(Context &context, int groups) {
  if (left_.empty()) return;
  auto at = current_group();
  auto to = at == none ? int64_t{0} : static_cast<int64_t>(at) + groups;
  to = std::clamp(to, int64_t{0}, static_cast<int64_t>(left_.size()) - 1);
  auto first =
      std::ranges::find_if(places_, [&](const Place &place) { return place.left == static_cast<uint32_t>(to); });
  make_current(context, static_cast<size_t>(first - places_.begin()));
}

void GroupsView::draw(Context &context, const Area &area) {
  follow(context);
  Area bar{area.min, {area.max.x, area.min.y + std::max(bar_height_, view_bar_height())}};
  Area list{{area.min.x, bar.max.y}, area.max};
  auto no_library = without_library(context);
  if (!no_library.empty()) {
    draw_message(context, area, "No groups", no_library);
    return;
  }
  draw_bar(context, bar);
  if (!left_.empty()) {
    draw_list(context, list);
  } else if (job_.running) {
    draw_waiting(context, list, job_);
  } else if (!job_.problem.empty()) {
    draw_message(context, list, "Groups could not be found", job_.problem);
  } else if (!groups_.empty()) {
    draw_message(context, list, "Nothing is left to decide", "Of every group no more than one picture is left.");
  } else if (found_) {
    static constexpr const char *nothing[] = {"No duplicates were found", "No look-alikes were found",
                                              "No bursts were found", "No clusters were found"};
    draw_message(context, list, nothing[static_cast<size_t>(wish_.kind)],
                 found_note_.empty() ? "A lower level finds pictures that are less alike." : found_note_);
  } else {
    draw_message(
        context, list, "Groups and duplicates",
        "Finds pictures that are there more than once, look-alikes, bursts and clusters, and suggests which one "
        "to keep. Nothing is changed by looking.",
        {"groups-duplicates:Duplicates", "groups-similar:Look-alikes", "groups-bursts:Bursts",
         "groups-clusters:Clusters"});
  }
}

void GroupsView::describe(const Context &context, nlohmann::json &told) const {
  told["kind"] = group_kind_name(groups_.empty() ? wish_.kind : groups_.front().kind);
  told["groups"] = left_.size();
  told["pictures"] = places_.size();
  told["redundant_files"] = redundant_files_;
  told["redundant_bytes"] = redundant_;
  told["running"] = job_.running;
  told["problem"] = job_.problem;
  told["stacked"] = stacked_;
  told["current_group"] = current_group() == none ? -1 : static_cast<int64_t>(current_group());
  told["scroll"] = scroll_.at();
  auto name = [&](const GroupMember &member) { return shown_text(member.path.substr(member.path.rfind('/') + 1)); };
  auto list = nlohmann::json::array();
  for (size_t i = 0; i < std::min<size_t>(left_.size(), 100); ++i) {
    const auto &group = group_of(i);
    nlohmann::json one{{"relation", group.relation},
                       {"why", group.why},
                       {"chosen", group.chosen},
                       {"redundant_bytes", redundant_bytes(group, left_[i].members)}};
    if (!std::isnan(group.least_similarity)) one["least_similarity"] = group.least_similarity;
    auto members = nlohmann::json::array();
    for (auto m : left_[i].members) {
      const auto &member = group.members[m];
      nlohmann::json file{{"name", name(member)}, {"relation", member.relation}, {"guarded", member.guarded}};
      if (!std::isnan(member.similarity)) file["similarity"] = member.similarity;
      if (member.item != no_item) file["rejected"] = context.catalogue.item(member.item).flag == Flag::reject;
      members.push_back(std::move(file));
    }
    one["members"] = std::move(members);
    list.push_back(std::move(one));
  }
  told["list"] = std::move(list);
  if (current_ < places_.size())
    told["current"] =
        name(group_of(places_[current_].left).members[left_[places_[current_].left].members[places_[current_].member]]);
}

}  // namespace kalon::viewer
