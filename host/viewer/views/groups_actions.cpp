// Finding groups, and what is done with one.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "library/decisions.h"
#include "library/opening.h"
#include "panels/send.h"
#include "shell/context.h"
#include "views/compare.h"
#include "views/groups.h"

namespace kalon::viewer {
namespace {

std::string decimal(float number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", static_cast<double>(number));
  return text;
}

std::string photos(size_t count) {
  return std::to_string(count) + (count == 1 ? " photo" : " photos");
}

}  // namespace

std::string GroupWish::members() const {
  static constexpr const char *relations[] = {"same_bytes", "same_payload", "similar"};
  static constexpr const char *rules[] = {"pixels", "format", "sharpness", "oldest", "newest"};
  switch (kind) {
    case GroupKind::duplicates: {
      std::string text = "\"action\":\"list\",\"relation\":\"" + std::string(relations[std::clamp(relation, 0, 2)]) +
                         "\",\"keep\":\"" + rules[std::clamp(keep, 0, 4)] + "\"";
      return relation == 2 ? text + ",\"level\":" + decimal(duplicate_level) : text;
    }
    case GroupKind::similar:
      return "\"by\":\"similarity\",\"level\":" + decimal(similar_level) +
             ",\"min_size\":" + std::to_string(least_size);
    case GroupKind::bursts:
      return "\"by\":\"burst\",\"gap\":" + decimal(gap) + ",\"level\":" + decimal(burst_level);
    case GroupKind::clusters: {
      std::string text = "\"by\":\"cluster\"";
      if (density) return text + ",\"algorithm\":\"density\",\"min_size\":" + std::to_string(least_cluster);
      return clusters > 0 ? text + ",\"clusters\":" + std::to_string(clusters) : text;
    }
  }
  return {};
}

void GroupsView::find(Context &context, bool stack_them) {
  static constexpr const char *titles[] = {"Duplicates", "Look-alikes", "Bursts", "Clusters"};
  auto kind = wish_.kind;
  auto found = std::make_shared<std::vector<std::string>>();
  start_view_job(
      context, job_, titles[static_cast<size_t>(kind)], kind == GroupKind::duplicates ? "duplicates" : "groups",
      "{" + wish_.members() + choice_members(context) + "}", "Groups could not be found",
      [found](std::string_view row) { found->emplace_back(row); },
      [this, found, kind, stack_them, &context](const Answer &answer) {
        groups_.clear();
        for (const auto &row : *found)
          if (auto group = group_of_row(kind, row, context.catalogue); group && group->members.size() > 1) {
            prefer_decided(*group, context.catalogue);
            groups_.push_back(std::move(*group));
          }
        found_ = true;
        of_paths_ = context.opening.paths();
        found_note_.clear();
        auto summary = nlohmann::json::parse(answer.summary, nullptr, false);
        auto count = [&](const char *name) {
          return summary.is_object() && summary.contains(name) && summary[name].is_number_unsigned()
                     ? summary[name].get<size_t>()
                     : 0;
        };
        if (auto timeless = count("without_time"); kind == GroupKind::bursts && timeless > 0 && groups_.empty())
          found_note_ = photos(timeless) + " have no time of the shot, without which no burst can be told.";
        if (auto missing = count("without_vector") + count("missing"); missing > 0)
          found_note_ +=
              (found_note_.empty() ? "" : " ") + photos(missing) + " were not looked at: they are not indexed yet.";
        settle(context);
        scroll_.jump(0);
        if (!places_.empty() && context.interface.current() == this) make_current(context, 0);
        if (stack_them) {
          stack(context);
          if (context.stacks.all().empty()) context.say("Nothing belongs together: there is nothing to stack.");
        }
      });
}

void GroupsView::stack(Context &context) {
  static constexpr const char *kinds[] = {"duplicates", "similar", "burst", "cluster"};
  stacked_ = true;
  auto kind = groups_.empty() ? wish_.kind : groups_.front().kind;
  // Stacks that were opened stay open.
  std::unordered_set<ItemIndex> opened;
  for (const auto &stack : context.stacks.all())
    if (stack.open) opened.insert(stack.items.begin(), stack.items.end());
  auto stacks = stacks_of(groups_, context.catalogue);
  for (auto &stack : stacks) stack.open = opened.contains(stack.items.front());
  context.stacks.set(kinds[static_cast<size_t>(kind)], std::move(stacks));
}

// A change of a group, with everything that follows from it.
void GroupsView::change(Context &context, size_t left, const std::function<void(Group &)> &work) {
  work(groups_[left_[left].group]);
  settle(context);
  if (stacked_ && !context.stacks.all().empty()) stack(context);
  context.animate();
}

void GroupsView::keep_current(Context &context) {
  auto left = current_group();
  if (left == none) return;
  auto member = left_[left].members[places_[current_].member];
  current_ -= places_[current_].member;  // it comes first now
  change(context, left, [&](Group &group) { choose_keeper(group, member, context.catalogue); });
  auto first = std::ranges::find_if(places_, [&](const Place &place) { return place.left == left; });
  make_current(context, static_cast<size_t>(first - places_.begin()));
}

// The next group that is still to be decided comes to hand, as the next picture does after a rating.
void GroupsView::next_after(Context &context, size_t left) {
  if (context.settings.auto_advance && left + 1 < left_.size()) step_group(context, 1);
}

void GroupsView::reject_others(Context &context) {
  auto left = current_group();
  if (left == none || !keeps_one()) return;
  auto items = others_to_reject(group_of(left), left_[left].members);
  if (items.empty()) {
    context.say("The others are copies of the same photo; move them to the trash instead.");
    return;
  }
  context.decisions.flag(items, Flag::reject);
  context.say("Rejected " + photos(items.size()) + ". Nothing was deleted.");
  next_after(context, left);
}

void GroupsView::reject_all_others(Context &context) {
  if (!keeps_one()) return;
  // What one group keeps is not rejected for another.
  std::unordered_set<ItemIndex> kept, met;
  for (size_t i = 0; i < left_.size(); ++i) kept.insert(group_of(i).members[left_[i].members.front()].item);
  std::vector<ItemIndex> items;
  for (size_t i = 0; i < left_.size(); ++i)
    for (auto item : others_to_reject(group_of(i), left_[i].members))
      if (!kept.contains(item) && met.insert(item).second) items.push_back(item);
  if (items.empty()) return;
  context.decisions.flag(items, Flag::reject);
  context.say("Rejected " + photos(items.size()) + " of " + std::to_string(left_.size()) +
              (left_.size() == 1 ? " group" : " groups") + ". Nothing was deleted.");
}

void GroupsView::not_duplicates(Context &context) {
  auto left = current_group();
  if (left == none || !of_duplicates()) return;
  auto paths = distinct_paths(group_of(left), left_[left].members);
  if (paths.size() < 2) {
    context.say("These files are copies of one photo; there is nothing to tell apart.");
    return;
  }
  std::string parameters = "{\"paths\":[";
  for (size_t i = 0; i < paths.size(); ++i) parameters += (i > 0 ? "," : "") + json_text(uri_of(paths[i]));
  parameters += "]}";
  auto number = left_[left].group;
  auto first = group_of(left).members.front().path;
  context.jobs.ask(
      "not_duplicates", parameters,
      [this, &context, number, first, count = paths.size()](const Answer &answer) {
        if (!answer.ok()) {
          context.complain("Not stored: " + answer.message);
          return;
        }
        auto summary = nlohmann::json::parse(answer.summary, nullptr, false);
        std::string action;
        if (summary.is_object() && summary.contains("action") && summary["action"].is_string())
          action = summary["action"];
        context.decisions.made(action, "not duplicates, " + photos(count));
        context.say("These " + photos(count) + " will not be called duplicates again.");
        // The list may have been made anew meanwhile.
        if (number >= groups_.size() || groups_[number].members.front().path != first) return;
        auto at = std::ranges::find(left_, number, &Left::group);
        if (at == left_.end()) return;
        auto was = static_cast<size_t>(at - left_.begin());
        change(context, was, [](Group &group) { group.members.resize(1); });
        if (!left_.empty()) {
          current_ = none;
          auto next = std::ranges::find_if(
              places_, [&](const Place &place) { return place.left >= std::min(was, left_.size() - 1); });
          make_current(context, static_cast<size_t>(next - places_.begin()));
        }
      },
      Lane::decisions);
}

void GroupsView::trash_others(Context &context) {
  auto left = current_group();
  if (left == none || !keeps_one()) return;
  const auto &group = group_of(left);
  auto paths = others_to_trash(group, left_[left].members);
  auto *overlay = static_cast<SendOverlay *>(context.interface.overlay("send"));
  if (paths.empty() || !overlay) return;
  auto kept = group.members[left_[left].members.front()].path;
  overlay->ask_trash(context, std::move(paths), "Kept: " + shown_text(kept));
}

void GroupsView::compare(Context &context) {
  auto left = current_group();
  if (left == none) return;
  auto items = items_to_compare(group_of(left), left_[left].members);
  if (items.size() < 2) {
    context.say("These files are copies of one photo; they look the same.");
    return;
  }
  // A closed stack would hide the others from the selection.
  bool opened = false;
  for (auto item : items)
    if (const auto *stack = context.stacks.of(item); stack && !stack->open)
      opened = context.stacks.toggle(item) || opened;
  if (opened) context.shown.update(context.now);
  context.shown.select(items);
  seen_selection_ = context.shown.selection();
  context.interface.show(context, "compare");
  // Not in the order of the grid.
  if (auto *compare = static_cast<Compare *>(context.interface.view("compare"))) compare->compare(context, items);
}

void GroupsView::take_out(Context &context) {
  auto left = current_group();
  if (left == none) return;
  auto member = left_[left].members[places_[current_].member];
  auto kept = current_;
  change(context, left, [&](Group &group) {
    group.members.erase(group.members.begin() + static_cast<std::ptrdiff_t>(member));
    // The least of fewer pairs is not known, and at least as large.
    if (group.members.size() > 1) group.least_similarity = std::nan("");
  });
  if (!places_.empty()) make_current(context, std::min(kept, places_.size() - 1));
}

}  // namespace kalon::viewer
