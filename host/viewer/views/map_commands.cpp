#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <memory>
#include <sstream>

#include "library/opening.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "views/map.h"

namespace kalon::viewer {
namespace {

// Numbers with blanks between them; those that are missing keep what they were.
template <size_t count>
std::array<double, count> numbers_in(std::string_view text, std::array<double, count> numbers) {
  for (auto &number : numbers) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    double value = 0;
    auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc()) break;
    if (std::isfinite(value)) number = value;
    text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  }
  return numbers;
}

// So that the map is about as wide and high as the window.
int columns_for(size_t pictures, const WindowSize &window) {
  double aspect = window.width > 0 && window.height > 0 ? window.width / window.height : 1.6;
  return std::max(1, static_cast<int>(std::lround(std::sqrt(static_cast<double>(pictures) * aspect))));
}

}  // namespace

void MapView::make(Context &context) {
  auto size = ImGui::GetIO().DisplaySize;
  WindowSize window = window_.width > 0 ? window_ : WindowSize{size.x, size.y};
  auto parameters =
      "{\"columns\":" + std::to_string(columns_for(context.catalogue.count(), window)) + choice_members(context) + "}";
  auto made = std::make_shared<MapResult>();
  start_view_job(
      context, job_, "Map", "grid", std::move(parameters), "The map could not be made",
      [made](std::string_view row) { made->take(row); },
      [this, made, &context](const Answer &) { take(context, std::move(*made)); });
}

void MapView::load(Context &context, const std::string &path) {
  // Read at once, for the file may be one that is gone afterwards; taken apart in the background.
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  auto result = std::make_shared<MapResult>();
  context.jobs.work(
      [result, text = std::move(text).str()] {
        for (size_t begin = 0; begin < text.size();) {
          auto end = std::min(text.find('\n', begin), text.size());
          result->take(std::string_view(text).substr(begin, end - begin));
          begin = end + 1;
        }
      },
      [this, &context, result, path, number = ++loads_] {
        if (number != loads_) return;
        if (result->empty()) {
          context.complain(shown_text(path) + " holds no map; `kalon grid --json` writes one.");
          return;
        }
        take(context, std::move(*result));
        context.interface.show(context, "map");
      });
}

void add_map(Context &context) {
  auto &view = context.interface.add_view<MapView>();
  auto is_shown = [&view](const Context &of) { return of.interface.current() == &view; };
  auto can_make = [](const Context &of) { return of.session.library() != nullptr && of.catalogue.count() > 0; };
  auto is_there = [&view](const Context &) { return view.there(); };
  auto &commands = context.commands;
  using Argument = std::string_view;
  commands.add({"map", "Map", "View", "", "",
                [&view](Context &of, Argument) {
                  of.interface.show(of, "map");
                  if (!view.there() && !view.running() && of.session.library() && of.catalogue.count() > 0)
                    view.make(of);
                },
                nullptr, is_shown});
  commands.add({"map-again", "Make the map again", "Map", "", "", [&view](Context &of, Argument) { view.make(of); },
                can_make, nullptr});
  commands.add({"map-load", "Show a map that `kalon grid --json` wrote", "Map", "", "FILE",
                [&view](Context &of, Argument argument) { view.load(of, std::string(argument)); }, nullptr, nullptr});
  commands.add({"map-zoom", "Zoom the map by a factor, at a place of the window", "Map", "map", "FACTOR X Y",
                [&view](Context &of, Argument argument) {
                  auto [factor, x, y] = numbers_in<3>(argument, {1, 0.5, 0.5});
                  view.zoom(of, factor, x, y);
                },
                is_there, nullptr});
  commands.add({"map-zoom-in", "Larger", "Map", "map", "",
                [&view](Context &of, Argument) { view.zoom(of, 1.5, 0.5, 0.5); }, is_there, nullptr});
  commands.add({"map-zoom-out", "Smaller", "Map", "map", "",
                [&view](Context &of, Argument) { view.zoom(of, 1 / 1.5, 0.5, 0.5); }, is_there, nullptr});
  commands.add({"map-fit", "Show all of the map", "Map", "map", "", [&view](Context &of, Argument) { view.fit(of); },
                is_there, nullptr});
  commands.add({"map-to-current", "Zoom to the current picture", "Map", "map", "",
                [&view](Context &of, Argument) { view.go_to_current(of); }, is_there, nullptr});
  commands.add({"map-pick", "Make the picture at a place of the map the current one", "Map", "map", "X Y",
                [&view](Context &of, Argument argument) {
                  auto [x, y] = numbers_in<2>(argument, {0.5, 0.5});
                  view.pick(of, x, y);
                },
                is_there, nullptr});
  commands.add({"map-select", "Select what lies in a rectangle of the map", "Map", "map", "X0 Y0 X1 Y1",
                [&view](Context &of, Argument argument) {
                  auto [left, top, right, bottom] = numbers_in<4>(argument, {0, 0, 1, 1});
                  view.select(of, left, top, right, bottom);
                },
                is_there, nullptr});
  commands.add({"map-neighbours", "Select the nearest pictures on the map", "Map", "map", "NUMBER",
                [&view](Context &of, Argument argument) {
                  view.select_neighbours(of,
                                         static_cast<size_t>(std::clamp(numbers_in<1>(argument, {8})[0], 0.0, 1e6)));
                },
                is_there, nullptr});
  commands.add({"map-colour", "What frames on the map tell: none, stars, flag, label or a column of numbers", "Map", "",
                "NAME", [&view](Context &of, Argument argument) { view.colour_by(of, std::string(argument)); }, nullptr,
                nullptr});
  struct Step {
    const char *name, *title;
    int dx, dy;
  };
  static constexpr Step steps[] = {{"map-left", "Left on the map", -1, 0},
                                   {"map-right", "Right on the map", 1, 0},
                                   {"map-up", "Up on the map", 0, -1},
                                   {"map-down", "Down on the map", 0, 1}};
  for (const auto &step : steps)
    commands.add({step.name, step.title, "Map", "map", "",
                  [&view, &step](Context &of, Argument) { view.step(of, step.dx, step.dy); }, is_there, nullptr});
}

}  // namespace kalon::viewer
