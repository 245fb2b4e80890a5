#include <charconv>
#include <memory>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "views/order.h"

namespace kalon::viewer {
namespace {

int number_in(std::string_view text, int otherwise) {
  int number = otherwise;
  auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() ? number : otherwise;
}

}  // namespace

void OrderView::make(Context &context, ItemIndex start) {
  // Nothing is placed anywhere: the order alone is wanted.
  std::string parameters = "{\"dry_run\":true" + choice_members(context);
  if (start != no_item) parameters += ",\"start\":" + json_text(uri_of(context.catalogue.item(start).path));
  if (wanted_sections_ > 0) parameters += ",\"section_count\":" + std::to_string(wanted_sections_);
  auto made = std::make_shared<VisualOrder>();
  start_view_job(
      context, job_, "Visual order", "sort", parameters + "}", "The visual order could not be made",
      [made](std::string_view row) { made->take(row); },
      [this, made, &context](const Answer &answer) {
        made->take_summary(answer.summary);
        order_ = std::move(*made);
        of_paths_ = context.opening.paths();
        resolved_ = 0;
        seen_revision_ = 0;
        seen_selection_ = 0;
        lay_out_again_ = true;
        follow(context);
      });
}

void add_order(Context &context) {
  auto &view = context.interface.add_view<OrderView>();
  auto is_shown = [&view](const Context &of) { return of.interface.current() == &view; };
  auto can_make = [](const Context &of) { return of.session.library() != nullptr && of.catalogue.count() > 0; };
  auto &commands = context.commands;
  commands.add({"order", "Visual order", "View", "", "",
                [&view](Context &of, std::string_view) {
                  of.interface.show(of, "order");
                  if (!view.there() && !view.running() && of.session.library() && of.catalogue.count() > 0)
                    view.make(of, no_item);
                },
                nullptr, is_shown});
  commands.add({"order-again", "Make the visual order again", "Visual order", "", "",
                [&view](Context &of, std::string_view) { view.make(of, no_item); }, can_make, nullptr});
  commands.add({"order-from-here", "Start the order from this picture", "Visual order", "", "",
                [&view](Context &of, std::string_view) { view.make(of, of.shown.current()); },
                [can_make](const Context &of) { return can_make(of) && of.shown.current() != no_item; }, nullptr});
  commands.add({"order-sections", "Divide the visual order into so many sections (0: as many as suit it)",
                "Visual order", "", "NUMBER",
                [&view](Context &of, std::string_view argument) {
                  view.set_sections(number_in(argument, 0));
                  view.make(of, no_item);
                },
                can_make, nullptr});
  commands.add({"order-cell", "Size of the pictures in the visual order", "Visual order", "order", "PIXELS",
                [&view](Context &of, std::string_view argument) { view.set_cell(of, number_in(argument, 160)); },
                nullptr, nullptr});
  commands.add({"order-larger", "Larger pictures in the visual order", "Visual order", "order", "",
                [&view](Context &of, std::string_view) { view.set_cell(of, view.cell() * 6 / 5 + 1); }, nullptr,
                nullptr});
  commands.add({"order-smaller", "Smaller pictures in the visual order", "Visual order", "order", "",
                [&view](Context &of, std::string_view) { view.set_cell(of, view.cell() * 5 / 6); }, nullptr, nullptr});
  commands.add({"order-page-down", "A screen down", "Visual order", "order", "",
                [&view](Context &of, std::string_view) { view.step_page(of, 1); }, nullptr, nullptr});
  commands.add({"order-page-up", "A screen up", "Visual order", "order", "",
                [&view](Context &of, std::string_view) { view.step_page(of, -1); }, nullptr, nullptr});
  struct Step {
    const char *name, *title;
    int places, rows;
  };
  static constexpr Step steps[] = {{"order-next", "Next in the visual order", 1, 0},
                                   {"order-previous", "Previous in the visual order", -1, 0},
                                   {"order-down", "One row down", 0, 1},
                                   {"order-up", "One row up", 0, -1},
                                   {"order-first", "First of the visual order", -(1 << 30), 0},
                                   {"order-last", "Last of the visual order", 1 << 30, 0}};
  for (const auto &step : steps)
    commands.add({step.name, step.title, "Visual order", "order", "",
                  [&view, &step](Context &of, std::string_view) { view.step(of, step.places, step.rows); }, nullptr,
                  nullptr});
  commands.add({"order-next-section", "Next section", "Visual order", "order", "",
                [&view](Context &of, std::string_view) { view.step_section(of, 1); }, nullptr, nullptr});
  commands.add({"order-previous-section", "Previous section", "Visual order", "order", "",
                [&view](Context &of, std::string_view) { view.step_section(of, -1); }, nullptr, nullptr});
}

}  // namespace kalon::viewer
