#include <charconv>
#include <optional>

#include "shell/parts.h"
#include "views/compare.h"
#include "views/compare_switches.h"

namespace kalon::viewer {
namespace {

using Run = std::function<void(Context &, std::string_view)>;

std::optional<double> number_from(std::string_view &text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return {};
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

void add(Context &context, const char *name, const char *title, Run run, const char *argument = "") {
  Command command;
  command.name = name;
  command.title = title;
  command.group = "Compare";
  command.view = "compare";
  command.argument = argument;
  command.run = std::move(run);
  command.enabled = [](const Context &of) {
    return of.interface.current() && of.interface.current()->name() == "compare";
  };
  context.commands.add(std::move(command));
}

void add_view(Context &context, Compare &view, const char *name, const char *title, size_t panes) {
  Command command;
  command.name = name;
  command.title = title;
  command.group = "View";
  command.run = [&view, panes](Context &to, std::string_view) { view.open(to, panes); };
  command.checked = [&view, panes](const Context &of) {
    return of.interface.current() == &view && view.wanted() == panes;
  };
  context.commands.add(std::move(command));
}

void pan_alone(Context &context, Compare &view, std::string_view argument) {
  auto right = number_from(argument), down = number_from(argument);
  if (!right || !down || !(*right >= -1 && *right <= 1) || !(*down >= -1 && *down <= 1)) {
    context.complain("How far a picture is moved alone is two parts of its size from -1 to 1: 0.1 0.");
    return;
  }
  view.pan_alone({*right, *down});
}

void zoom_alone(Context &context, Compare &view, std::string_view argument) {
  auto ratio = number_from(argument);
  if (!ratio || !(*ratio >= 1. / 32 && *ratio <= 32)) {
    context.complain("How much larger than the others a picture is shown is a number such as 2 or 0.5.");
    return;
  }
  view.zoom_alone(*ratio);
}

}  // namespace

void add_compare(Context &context) {
  auto &view = context.interface.add_view<Compare>();
  add_view(context, view, "compare", "Compare two", 2);
  add_view(context, view, "compare-four", "Compare four", 4);
  add(context, "compare-next", "Next challenger", [&view](Context &to, std::string_view) { view.step(to, 1); });
  add(context, "compare-previous", "Previous challenger",
      [&view](Context &to, std::string_view) { view.step(to, -1); });
  add(context, "promote", "Make the challenger champion", [&view](Context &to, std::string_view) { view.promote(to); });
  add(context, "compare-swap", "Swap champion and challenger",
      [&view](Context &to, std::string_view) { view.swap(to); });
  add(context, "next-pane", "Next pane", [&view](Context &to, std::string_view) { view.next_pane(to, 1); });
  add(context, "previous-pane", "Previous pane", [&view](Context &to, std::string_view) { view.next_pane(to, -1); });
  add(context, "align-panes", "Align all panes again", [&view](Context &, std::string_view) { view.align(); });
  add(
      context, "pan-pane", "Move the active pane alone",
      [&view](Context &to, std::string_view argument) { pan_alone(to, view, argument); }, "X Y");
  add(
      context, "zoom-pane", "Zoom the active pane alone",
      [&view](Context &to, std::string_view argument) { zoom_alone(to, view, argument); }, "FACTOR");
  Command flip;
  flip.name = "flip";
  flip.title = "Swap the pictures in place while held";
  flip.group = "Compare";
  flip.view = "compare";
  flip.while_held = true;
  flip.run = [&view](Context &to, std::string_view argument) {
    view.flip(argument != "released");
    to.animate();
  };
  context.commands.add(std::move(flip));
  add_switch(context, framing_switch);
}

}  // namespace kalon::viewer
