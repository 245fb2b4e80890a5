#include <algorithm>
#include <charconv>

#include "library/stacks.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "views/groups.h"

namespace kalon::viewer {
namespace {

using Argument = std::string_view;

// The number in the text, within bounds; what it was when there is none.
template <class Number>
void take_number(Argument text, Number &number, Number least, Number most) {
  Number read{};
  auto result = std::from_chars(text.data(), text.data() + text.size(), read);
  if (result.ec == std::errc()) number = std::clamp(read, least, most);
}

void wish_for(GroupWish &wish, GroupKind kind, Argument argument) {
  wish.kind = kind;
  switch (kind) {
    case GroupKind::duplicates:
      if (argument == "same_bytes" || argument == "same_payload") {
        wish.relation = argument == "same_bytes" ? 0 : 1;
      } else if (!argument.empty()) {
        wish.relation = 2;
        take_number(argument, wish.duplicate_level, 0.0f, 1.0f);
      }
      break;
    case GroupKind::similar:
      take_number(argument, wish.similar_level, 0.0f, 1.0f);
      break;
    case GroupKind::bursts: {
      take_number(argument, wish.gap, 0.01f, 3600.0f);
      if (auto blank = argument.find(' '); blank != Argument::npos)
        take_number(argument.substr(blank + 1), wish.burst_level, 0.0f, 1.0f);
      break;
    }
    case GroupKind::clusters:
      wish.density = argument == "density";
      take_number(argument, wish.clusters, 0, 100000);
      break;
  }
}

void add_finding(Context &context, GroupsView &view) {
  auto can_find = [](const Context &of) { return of.session.library() != nullptr && of.catalogue.count() > 0; };
  auto &commands = context.commands;
  commands.add({"groups", "Groups and duplicates", "View", "", "",
                [](Context &of, Argument) { of.interface.show(of, "groups"); }, nullptr,
                [&view](const Context &of) { return of.interface.current() == &view; }});
  commands.add({"groups-find", "Find groups again", "Groups", "", "",
                [&view](Context &of, Argument) { view.find(of, false); }, can_find, nullptr});
  struct Finding {
    const char *command, *stack, *title, *stack_title, *argument;
    GroupKind kind;
  };
  static constexpr Finding findings[] = {
      {"groups-duplicates", "stack-duplicates", "Find duplicates", "Stack duplicates in the grid", "LEVEL",
       GroupKind::duplicates},
      {"groups-similar", "stack-similar", "Find look-alikes", "Stack look-alikes in the grid", "LEVEL",
       GroupKind::similar},
      {"groups-bursts", "stack-bursts", "Find bursts", "Stack bursts in the grid", "SECONDS", GroupKind::bursts},
      {"groups-clusters", nullptr, "Find clusters", nullptr, "NUMBER", GroupKind::clusters}};
  for (const auto &finding : findings) {
    commands.add({finding.command, finding.title, "Groups", "", finding.argument,
                  [&view, &finding](Context &of, Argument argument) {
                    wish_for(view.wish(), finding.kind, argument);
                    of.interface.show(of, "groups");
                    view.find(of, false);
                  },
                  can_find, nullptr});
    if (finding.stack)
      commands.add({finding.stack, finding.stack_title, "Stacks", "", finding.argument,
                    [&view, &finding](Context &of, Argument argument) {
                      wish_for(view.wish(), finding.kind, argument);
                      view.find(of, true);
                    },
                    can_find, nullptr});
  }
}

void add_stacking(Context &context, GroupsView &view) {
  auto &commands = context.commands;
  auto has_stacks = [](const Context &of) { return !of.stacks.all().empty(); };
  auto in_stack = [](const Context &of) { return of.shown.current() != no_item && of.stacks.of(of.shown.current()); };
  commands.add({"groups-stack", "Stack the groups in the grid", "Stacks", "", "",
                [&view](Context &of, Argument) { view.stack(of); }, [&view](const Context &) { return view.there(); },
                nullptr});
  commands.add({"stack-none", "Show all pictures without stacks", "Stacks", "", "",
                [](Context &of, Argument) { of.stacks.clear(); }, has_stacks, nullptr});
  commands.add({"stack-toggle", "Open or close this stack", "Stacks", "", "",
                [](Context &of, Argument) { of.stacks.toggle(of.shown.current()); }, in_stack,
                [](const Context &of) {
                  const auto *stack = of.shown.current() == no_item ? nullptr : of.stacks.of(of.shown.current());
                  return stack && stack->open;
                }});
  commands.add({"stacks-open-all", "Open all stacks", "Stacks", "", "",
                [](Context &of, Argument) { of.stacks.open_all(true); }, has_stacks, nullptr});
  commands.add({"stacks-close-all", "Close all stacks", "Stacks", "", "",
                [](Context &of, Argument) { of.stacks.open_all(false); }, has_stacks, nullptr});
  commands.add({"unstack", "Take it out of its stack", "Stacks", "", "",
                [](Context &of, Argument) {
                  auto items = of.shown.targets();
                  for (auto item : items) of.stacks.remove(item);
                },
                in_stack, nullptr});
}

void add_actions(Context &context, GroupsView &view) {
  auto &commands = context.commands;
  auto has_current = [&view](const Context &of) { return view.has_current(of); };
  auto keeps = [&view](const Context &of) { return view.has_current(of) && view.keeps_one(); };
  struct Action {
    const char *name, *title;
    void (GroupsView::*work)(Context &);
    bool of_keeping;
  };
  static constexpr Action actions[] = {
      {"group-keeper", "Keep this picture of the group", &GroupsView::keep_current, true},
      {"group-reject-others", "Reject the others of the group", &GroupsView::reject_others, true},
      {"group-trash-others", "Move the others to the trash", &GroupsView::trash_others, true},
      {"group-compare", "Compare the pictures of the group", &GroupsView::compare, false},
      {"group-remove", "Take this picture out of the group", &GroupsView::take_out, false}};
  for (const auto &action : actions)
    commands.add({action.name, action.title, "Groups", "groups", "",
                  [&view, &action](Context &of, Argument) { (view.*action.work)(of); },
                  action.of_keeping ? std::function<bool(const Context &)>(keeps)
                                    : std::function<bool(const Context &)>(has_current),
                  nullptr});
  commands.add({"group-not-duplicates", "These are not duplicates", "Groups", "groups", "",
                [&view](Context &of, Argument) { view.not_duplicates(of); },
                [&view](const Context &of) { return view.has_current(of) && view.of_duplicates(); }, nullptr});
  commands.add({"groups-reject-others", "Reject the others of all groups", "Groups", "groups", "",
                [&view](Context &of, Argument) { view.reject_all_others(of); },
                [&view](const Context &) { return view.keeps_one(); }, nullptr});
  commands.add({"groups-cell", "Size of the pictures in groups", "Groups", "groups", "PIXELS",
                [&view](Context &of, Argument argument) {
                  int cell = 140;
                  take_number(argument, cell, 1, 10000);
                  view.set_cell(of, cell);
                },
                nullptr, nullptr});
  commands.add({"groups-larger", "Larger pictures in groups", "Groups", "groups", "",
                [&view](Context &of, Argument) { view.set_cell(of, view.cell() * 6 / 5 + 1); }, nullptr, nullptr});
  commands.add({"groups-smaller", "Smaller pictures in groups", "Groups", "groups", "",
                [&view](Context &of, Argument) { view.set_cell(of, view.cell() * 5 / 6); }, nullptr, nullptr});
  struct Step {
    const char *name, *title;
    int places, rows, groups;
  };
  static constexpr Step steps[] = {{"group-right", "Next picture of the groups", 1, 0, 0},
                                   {"group-left", "Previous picture of the groups", -1, 0, 0},
                                   {"group-down", "One row of groups down", 0, 1, 0},
                                   {"group-up", "One row of groups up", 0, -1, 0},
                                   {"group-next", "Next group", 0, 0, 1},
                                   {"group-previous", "Previous group", 0, 0, -1}};
  for (const auto &step : steps)
    commands.add({step.name, step.title, "Groups", "groups", "",
                  [&view, &step](Context &of, Argument) {
                    if (step.groups != 0)
                      view.step_group(of, step.groups);
                    else
                      view.step(of, step.places, step.rows);
                  },
                  [&view](const Context &) { return view.there(); }, nullptr});
}

}  // namespace

void add_groups(Context &context) {
  auto &view = context.interface.add_view<GroupsView>();
  add_finding(context, view);
  add_stacking(context, view);
  add_actions(context, view);
}

}  // namespace kalon::viewer
