// Commands about what is open: folders, order, filter, selection, undo.

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "library/decisions.h"
#include "library/opening.h"
#include "shell/context.h"
#include "shell/parts.h"

namespace kalon::viewer {
namespace {

constexpr std::pair<const char *, const char *> file_sortings[] = {
    {"name", "Name"},      {"folder", "Folder"}, {"captured", "Date taken"}, {"modified", "Date changed"},
    {"size", "File size"}, {"pixels", "Pixels"}, {"stars", "Stars"},         {"label", "Label"},
    {"flag", "Flag"},      {"format", "Format"}};

bool anything_shown(const Context &context) {
  return !context.shown.items().empty();
}

void add_opening(Context &context) {
  auto &commands = context.commands;
  commands.add({.name = "open",
                .title = "Open a folder by its path",
                .group = "File",
                .argument = "FOLDER",
                .run = [](Context &at, std::string_view folder) {
                  if (folder.empty())
                    at.complain("Which folder? Its path is missing");
                  else
                    at.opening.open({std::string(folder)});
                }});
  commands.add({.name = "open-library",
                .title = "Open the whole library",
                .group = "File",
                .run = [](Context &at, std::string_view) { at.opening.open({}); },
                .enabled = [](const Context &at) { return at.session.library() != nullptr; }});
  commands.add({.name = "reload", .title = "Read again", .group = "File", .run = [](Context &at, std::string_view) {
                  at.opening.open(at.opening.paths());
                }});
  commands.add({.name = "quit", .title = "Quit", .group = "File", .run = [](Context &at, std::string_view) {
                  at.wants_quit = true;
                }});
  commands.add({.name = "undo",
                .title = "Undo",
                .group = "Edit",
                .run = [](Context &at, std::string_view) { at.decisions.undo(); },
                .enabled = [](const Context &at) { return at.decisions.can_undo(); }});
  commands.add({.name = "redo",
                .title = "Redo",
                .group = "Edit",
                .run = [](Context &at, std::string_view) { at.decisions.redo(); },
                .enabled = [](const Context &at) { return at.decisions.can_redo(); }});
}

void add_selection(Context &context) {
  auto &commands = context.commands;
  commands.add({.name = "select-all",
                .title = "Select all",
                .group = "Edit",
                .run = [](Context &at, std::string_view) { at.shown.select_all(); },
                .enabled = anything_shown});
  commands.add(
      {.name = "select-none", .title = "Select none", .group = "Edit", .run = [](Context &at, std::string_view) {
         at.shown.select_none();
       }});
  commands.add({.name = "select-invert",
                .title = "Select the others",
                .group = "Edit",
                .run =
                    [](Context &at, std::string_view) {
                      std::vector<ItemIndex> others;
                      for (ItemIndex item : at.shown.items())
                        if (!at.shown.selected(item)) others.push_back(item);
                      at.shown.select(others);
                    },
                .enabled = anything_shown});
  commands.add(
      {.name = "go", .title = "Go to a photo", .argument = "NAME", .run = [](Context &at, std::string_view name) {
         for (ItemIndex item : at.shown.items())
           if (name_of(at.catalogue.item(item)) == name || at.catalogue.item(item).path == name)
             return at.shown.go_to(item);
         at.complain("No photo called " + shown_text(name) + " is shown");
       }});
  commands.add({.name = "select",
                .title = "Add a photo to the selection, or take it out",
                .argument = "NAME",
                .run = [](Context &at, std::string_view name) {
                  for (ItemIndex item : at.shown.items())
                    if (name_of(at.catalogue.item(item)) == name || at.catalogue.item(item).path == name)
                      return at.shown.toggle(item);
                  at.complain("No photo called " + shown_text(name) + " is shown");
                }});
  commands.add({.name = "select-range",
                .title = "Select so many photos from the current one on",
                .argument = "COUNT",
                .run =
                    [](Context &at, std::string_view text) {
                      size_t count = 0;
                      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
                      const auto &items = at.shown.items();
                      size_t first = at.shown.position(at.shown.current());
                      if (error != std::errc() || count == 0 || first >= items.size())
                        return at.complain("That is no number of photos");
                      at.shown.select(std::span(items).subspan(first, std::min(count, items.size() - first)));
                    },
                .enabled = anything_shown});
  auto stepping = [&](const char *name, const char *title, int step) {
    commands.add({.name = name,
                  .title = title,
                  .group = "Go",
                  .run = [step](Context &at, std::string_view) { at.shown.step(step); },
                  .enabled = anything_shown});
  };
  stepping("left", "Previous photo", -1);
  stepping("right", "Next photo", 1);
  stepping("first", "First photo", -(1 << 30));
  stepping("last", "Last photo", 1 << 30);
  auto extending = [&](const char *name, const char *title, int step) {
    commands.add(
        {.name = name,
         .title = title,
         .group = "Go",
         .run =
             [step](Context &at, std::string_view) {
               const auto &items = at.shown.items();
               auto to = static_cast<int64_t>(at.shown.position(at.shown.current())) + step;
               at.shown.select_to(
                   items[static_cast<size_t>(std::clamp<int64_t>(to, 0, static_cast<int64_t>(items.size()) - 1))]);
             },
         .enabled = anything_shown});
  };
  extending("extend-left", "Select with the previous photo", -1);
  extending("extend-right", "Select with the next photo", 1);
  extending("extend-first", "Select up to the first photo", -(1 << 30));
  extending("extend-last", "Select up to the last photo", 1 << 30);
}

void add_sorting(Context &context) {
  auto &commands = context.commands;
  for (auto [name, title] : file_sortings)
    commands.add({.name = std::string("sort-by-") + name,
                  .title = std::string("By ") + static_cast<char>(title[0] - 'A' + 'a') + (title + 1),
                  .group = "Sort",
                  .run =
                      [by = std::string(name)](Context &at, std::string_view) {
                        at.shown.set_sorting({by, at.shown.sorting().descending});
                      },
                  .checked = [by = std::string(name)](const Context &at) { return at.shown.sorting().by == by; }});
  commands.add({.name = "sort-by",
                .title = "Sort by a column",
                .argument = "COLUMN",
                .run = [](Context &at, std::string_view by) {
                  bool known = by == "order" || at.catalogue.column(by) ||
                               std::ranges::any_of(file_sortings, [&](auto one) { return one.first == by; });
                  if (known)
                    at.shown.set_sorting({std::string(by), at.shown.sorting().descending});
                  else
                    at.complain("There is no column " + shown_text(by));
                }});
  commands.add({.name = "sort-descending",
                .title = "Largest or last first",
                .group = "Sort",
                .run =
                    [](Context &at, std::string_view) {
                      at.shown.set_sorting({at.shown.sorting().by, !at.shown.sorting().descending});
                    },
                .checked = [](const Context &at) { return at.shown.sorting().descending; }});
}

// One part of the filter after the other, by name; what is said again is taken back.
bool change_filter(Filter &filter, std::string_view words) {
  auto space = words.find(' ');
  auto name = words.substr(0, space);
  std::string value(space == std::string_view::npos ? std::string_view() : words.substr(space + 1));
  auto toggle = [](auto &set, auto one) {
    if (!set.erase(one)) set.insert(one);
  };
  auto number = [&]() -> std::optional<double> {
    double parsed = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    return error == std::errc() && end == value.data() + value.size() ? std::optional(parsed) : std::nullopt;
  };
  if (name == "stars") {
    auto stars = number();
    if (!stars || *stars < 0 || *stars > 5) return false;
    filter.least_stars = static_cast<int>(*stars);
  } else if (name == "label") {
    toggle(filter.labels, value == "none" ? std::string() : value);
  } else if (name == "flag") {
    if (value != "pick" && value != "reject" && value != "none") return false;
    toggle(filter.flags, value == "pick" ? Flag::pick : value == "reject" ? Flag::reject : Flag::none);
  } else if (name == "format") {
    toggle(filter.formats, value);
  } else if (name == "text") {
    filter.text = value;
  } else if (name == "raw") {
    filter.with_raw = !filter.with_raw;
  } else if (name == "unvoted") {
    filter.unvoted = !filter.unvoted;
  } else if (name == "unrated") {
    filter.unrated = !filter.unrated;
  } else if (name == "excluded") {
    filter.with_excluded = !filter.with_excluded;
  } else if (name == "score") {
    filter.score = value;
  } else if (name == "low") {
    filter.low = number();
  } else if (name == "high") {
    filter.high = number();
  } else if (name == "attribute") {
    auto equals = value.find('=');
    if (equals == std::string::npos) return filter.attributes.erase(value) > 0;
    filter.attributes[value.substr(0, equals)] = value.substr(equals + 1);
  } else {
    return false;
  }
  return true;
}

void add_filtering(Context &context) {
  auto &commands = context.commands;
  commands.add({.name = "filter",
                .title = "Filter",
                .argument = "stars N | label L | flag F | format F | text T | raw | unvoted | unrated | excluded | "
                            "score COLUMN | low X | high X | attribute A=B",
                .run = [](Context &at, std::string_view words) {
                  auto filter = at.shown.filter();
                  if (!change_filter(filter, words))
                    return at.complain("There is no such filter: " + shown_text(words));
                  // Who has votes is asked when it is of use.
                  if (filter.unvoted) at.commands.run(at, "rank-columns", {});
                  at.shown.set_filter(std::move(filter));
                }});
  commands.add(
      {.name = "filter-off",
       .title = "Show all again",
       .group = "Filter",
       .run =
           [](Context &at, std::string_view) {
             at.shown.set_filter({});
             at.opening.match({});
           },
       .enabled = [](const Context &at) { return !at.shown.filter().empty() || !at.shown.expression().empty(); }});
  commands.add({.name = "where",
                .title = "Filter by an expression",
                .argument = "EXPRESSION",
                .run = [](Context &at, std::string_view expression) { at.opening.match(std::string(expression)); }});
  auto simple = [&](const char *name, const char *title, std::string words, bool (*on)(const Filter &)) {
    commands.add({.name = name,
                  .title = title,
                  .group = "Filter",
                  .run = [words](Context &at, std::string_view) { at.commands.run(at, "filter", words); },
                  .checked = [on](const Context &at) { return on(at.shown.filter()); }});
  };
  simple("filter-picks", "Picks", "flag pick", [](const Filter &filter) { return filter.flags.contains(Flag::pick); });
  simple("filter-rejects", "Rejects", "flag reject",
         [](const Filter &filter) { return filter.flags.contains(Flag::reject); });
  simple("filter-unflagged", "Without a flag", "flag none",
         [](const Filter &filter) { return filter.flags.contains(Flag::none); });
  simple("filter-unrated", "Without stars", "unrated", [](const Filter &filter) { return filter.unrated; });
  simple("filter-unvoted", "Without votes", "unvoted", [](const Filter &filter) { return filter.unvoted; });
  simple("filter-raw", "With a RAW", "raw", [](const Filter &filter) { return filter.with_raw; });
  simple("filter-excluded", "Excluded ones too", "excluded", [](const Filter &filter) { return filter.with_excluded; });
}

}  // namespace

void add_library_commands(Context &context) {
  add_opening(context);
  add_selection(context);
  add_sorting(context);
  add_filtering(context);
}

}  // namespace kalon::viewer
