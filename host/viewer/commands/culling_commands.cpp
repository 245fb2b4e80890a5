// Stars, flags, labels and exclusion, on what is selected; then on to the next photo.

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "library/decisions.h"
#include "shell/context.h"
#include "shell/parts.h"

namespace kalon::viewer {
namespace {

constexpr std::pair<const char *, const char *> labels[] = {
    {"red", "Red"}, {"yellow", "Yellow"}, {"green", "Green"}, {"blue", "Blue"}, {"purple", "Purple"}};
constexpr const char *star_titles[] = {"No stars", "One star", "Two stars", "Three stars", "Four stars", "Five stars"};

bool possible(const Context &context) {
  return context.session.library() && !context.session.read_only() && context.shown.current() != no_item;
}

// The targets that something can be stored of; says so when that is not all of them.
std::vector<ItemIndex> indexed_targets(Context &context) {
  auto targets = context.shown.targets();
  auto fresh = std::erase_if(targets, [&](ItemIndex item) { return !context.catalogue.item(item).indexed; });
  if (fresh > 0)
    context.complain(fresh == 1 ? "This photo is still being indexed"
                                : std::to_string(fresh) + " of these photos are still being indexed");
  return targets;
}

// Decides about the targets, and goes on when it was one photo that was decided on. Where the filter removes that
// photo, the next one comes into its place by itself.
void decide(Context &context, const std::function<void(std::span<const ItemIndex>)> &decision) {
  auto targets = indexed_targets(context);
  if (targets.empty()) return;
  auto current = context.shown.current();
  size_t position = context.shown.position(current);
  decision(targets);
  // Those that are compared stay beside each other.
  if (context.interface.current() && context.interface.current()->name() == "compare") return;
  if (!context.settings.auto_advance || targets.size() != 1 || targets.front() != current) return;
  context.shown.update(context.now);
  bool still_there = context.shown.position(current) < context.shown.items().size();
  if (still_there && position + 1 < context.shown.items().size()) context.shown.step(1);
}

}  // namespace

void add_culling_commands(Context &context) {
  auto &commands = context.commands;
  for (int stars = 0; stars <= 5; ++stars)
    commands.add(
        {.name = "rate-" + std::to_string(stars),
         .title = star_titles[stars],
         .group = "Rating",
         .run = [stars](Context &at,
                        std::string_view) { decide(at, [&](auto items) { at.decisions.rate(items, stars); }); },
         .enabled = possible,
         .checked =
             [stars](const Context &at) {
               return at.shown.current() != no_item && at.catalogue.item(at.shown.current()).stars == stars;
             }});
  auto change = [&](const char *name, const char *title, int by) {
    commands.add({.name = name,
                  .title = title,
                  .group = "Rating",
                  .run =
                      [by](Context &at, std::string_view) {
                        // Each photo from its own stars; all of it is one step of undo.
                        std::array<std::vector<ItemIndex>, 6> to;
                        for (ItemIndex item : indexed_targets(at)) {
                          int stars = at.catalogue.item(item).stars, changed = std::clamp(stars + by, 0, 5);
                          if (changed != stars) to[static_cast<size_t>(changed)].push_back(item);
                        }
                        at.decisions.begin_step();
                        for (int stars = 0; stars <= 5; ++stars)
                          at.decisions.rate(to[static_cast<size_t>(stars)], stars);
                        at.decisions.end_step();
                      },
                  .enabled = possible});
  };
  change("rate-up", "One star more", 1);
  change("rate-down", "One star less", -1);
  auto flag = [&](const char *name, const char *title, Flag value) {
    commands.add(
        {.name = name,
         .title = title,
         .group = "Rating",
         .run = [value](Context &at,
                        std::string_view) { decide(at, [&](auto items) { at.decisions.flag(items, value); }); },
         .enabled = possible,
         .checked =
             [value](const Context &at) {
               return at.shown.current() != no_item && at.catalogue.item(at.shown.current()).flag == value;
             }});
  };
  flag("flag-pick", "Pick", Flag::pick);
  flag("flag-reject", "Reject", Flag::reject);
  flag("flag-none", "No flag", Flag::none);
  commands.add({.name = "flag-toggle",
                .title = "Pick, or no flag again",
                .group = "Rating",
                .run =
                    [](Context &at, std::string_view) {
                      bool picked = at.catalogue.item(at.shown.current()).flag == Flag::pick;
                      decide(at, [&](auto items) { at.decisions.flag(items, picked ? Flag::none : Flag::pick); });
                    },
                .enabled = possible});
  for (auto [name, title] : labels)
    commands.add({.name = std::string("label-") + name,
                  .title = title,
                  .group = "Label",
                  .run =
                      [label = std::string(title)](Context &at, std::string_view) {
                        // The same label again takes it away.
                        bool has = at.catalogue.word(at.catalogue.item(at.shown.current()).label) == label;
                        decide(at, [&](auto items) { at.decisions.label(items, has ? "" : label); });
                      },
                  .enabled = possible});
  commands.add(
      {.name = "label-none",
       .title = "No label",
       .group = "Label",
       .run = [](Context &at, std::string_view) { decide(at, [&](auto items) { at.decisions.label(items, ""); }); },
       .enabled = possible});
  commands.add({.name = "label",
                .title = "Label with a text of your own",
                .argument = "TEXT",
                .run = [](Context &at,
                          std::string_view text) { decide(at, [&](auto items) { at.decisions.label(items, text); }); },
                .enabled = possible});
  commands.add(
      {.name = "exclude",
       .title = "Exclude from ranking, orders and exports",
       .group = "Rating",
       .run = [](Context &at,
                 std::string_view reason) { decide(at, [&](auto items) { at.decisions.exclude(items, reason); }); },
       .enabled = possible});
  commands.add(
      {.name = "include",
       .title = "Include again",
       .group = "Rating",
       .run = [](Context &at, std::string_view) { decide(at, [&](auto items) { at.decisions.include(items); }); },
       .enabled = possible});
  commands.add({.name = "auto-advance",
                .title = "Go on after a decision",
                .group = "Rating",
                .run = [](Context &at, std::string_view) { at.settings.auto_advance = !at.settings.auto_advance; },
                .checked = [](const Context &at) { return at.settings.auto_advance; }});
}

}  // namespace kalon::viewer
