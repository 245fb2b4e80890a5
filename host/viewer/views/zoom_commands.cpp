#include "views/zoom_commands.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "shell/context.h"

namespace kalon::viewer {
namespace {

using Change = std::function<Zoom(const Zoom &, const DrawnPicture &)>;

void change(Context &context, const Change &how) {
  auto *view = dynamic_cast<Zoomable *>(context.interface.current());
  if (!view) {
    context.interface.show(context, "loupe");
    view = dynamic_cast<Zoomable *>(context.interface.current());
  }
  if (!view) return;
  static const DrawnPicture nothing;
  const auto *drawn = view->pane_drawn();
  view->set_pane_zoom(how(view->pane_zoom(), drawn ? *drawn : nothing));
  context.animate();
}

// "2", "0.5", "150%", "150 %".
std::optional<double> read_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return {};
  auto rest = text.substr(static_cast<size_t>(end - text.data()));
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.empty()) return value;
  if (rest == "%") return value / 100;
  return {};
}

// The scale about the place that a person looked at last, which is the middle of the view.
Zoom at_scale(const Zoom &zoom, const DrawnPicture &drawn, double scale) {
  if (!drawn.picture) return {false, scale, zoom.centre};
  Zoom after{false, std::clamp(scale, least_scale(drawn.picture, drawn.view.extent()), largest_scale), zoom.centre};
  return limited(after, drawn.picture, drawn.view);
}

Zoom fitting(const Zoom &zoom) {
  auto after = zoom;
  after.fit = true;
  return after;
}

Zoom stepped(const Zoom &zoom, const DrawnPicture &drawn, int steps) {
  auto extent = drawn.view.extent();
  auto scale = stepped_scale(scale_of(zoom, drawn.picture, extent), steps, drawn.picture, extent);
  if (drawn.picture && std::abs(scale / fit_scale(drawn.picture, extent) - 1) < 1e-6) return fitting(zoom);
  return at_scale(zoom, drawn, scale);
}

void zoom_to_text(Context &context, std::string_view argument) {
  auto scale = read_number(argument);
  if (!scale || *scale <= 0) {
    context.complain("A zoom is a number such as 2 or 0.5, or 150 %.");
    return;
  }
  change(context, [&](const Zoom &zoom, const DrawnPicture &drawn) { return at_scale(zoom, drawn, *scale); });
}

void pan_to_text(Context &context, std::string_view argument) {
  auto gap = argument.find(' ');
  auto x = read_number(argument.substr(0, gap));
  auto y = gap == std::string_view::npos ? std::nullopt : read_number(argument.substr(gap));
  if (!x || !y || *x < 0 || *x > 1 || *y < 0 || *y > 1) {
    context.complain("A place in the picture is two numbers from 0 to 1, from its left and upper edge: 0.25 0.5.");
    return;
  }
  change(context, [&](Zoom zoom, const DrawnPicture &) {
    zoom.centre = {*x, *y};
    return zoom;
  });
}

void pan(Context &context, double right, double down) {
  change(context, [&](const Zoom &zoom, const DrawnPicture &drawn) {
    return moved(zoom, -right * drawn.view.width / 4, -down * drawn.view.height / 4, drawn.picture, drawn.view);
  });
}

void add(Context &context, const char *name, const char *title, std::function<void(Context &, std::string_view)> run,
         const char *argument = "") {
  Command command;
  command.name = name;
  command.title = title;
  command.group = "Zoom";
  command.argument = argument;
  command.run = std::move(run);
  context.commands.add(std::move(command));
}

void add_scale(Context &context, const char *name, const char *title, double scale) {
  add(context, name, title, [scale](Context &to, std::string_view) {
    change(to, [&](const Zoom &zoom, const DrawnPicture &drawn) { return at_scale(zoom, drawn, scale); });
  });
}

void add_pan(Context &context, const char *name, const char *title, double right, double down) {
  add(context, name, title, [right, down](Context &to, std::string_view) { pan(to, right, down); });
}

}  // namespace

MouseZoom zoom_by_mouse(const Zoom &zoom, const DrawnPicture &drawn) {
  const auto &io = ImGui::GetIO();
  MouseZoom result{zoom};
  if (!drawn.picture) return result;
  if (ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left)) {
    auto to_pixels = static_cast<double>(io.DisplayFramebufferScale.x > 0 ? io.DisplayFramebufferScale.x : 1);
    if (io.MouseDelta.x != 0 || io.MouseDelta.y != 0) {
      result.zoom =
          moved(result.zoom, io.MouseDelta.x * to_pixels, io.MouseDelta.y * to_pixels, drawn.picture, drawn.view);
      result.changed = true;
    }
  }
  if (!ImGui::IsItemHovered()) return result;
  if (!result.zoom.fit && !ImGui::IsItemActive()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  if (io.MouseWheel != 0) {
    auto scale = scale_of(result.zoom, drawn.picture, drawn.view.extent());
    scale = turned_scale(scale, io.MouseWheel, drawn.picture, drawn.view.extent());
    result.zoom = zoomed_at(result.zoom, scale, mouse_spot(), drawn.picture, drawn.view);
    result.changed = true;
  }
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    result.zoom = result.zoom.fit ? zoomed_at(result.zoom, 1, mouse_spot(), drawn.picture, drawn.view) : fitting(zoom);
    result.changed = true;
  }
  return result;
}

void add_zoom_commands(Context &context) {
  add(context, "zoom-fit", "Whole picture", [](Context &to, std::string_view) {
    change(to, [](const Zoom &zoom, const DrawnPicture &) { return fitting(zoom); });
  });
  add_scale(context, "zoom-100", "100 %: each pixel as it is", 1);
  add_scale(context, "zoom-200", "200 %", 2);
  add(context, "zoom-toggle", "Between whole picture and 100 %", [](Context &to, std::string_view) {
    change(to, [](const Zoom &zoom, const DrawnPicture &drawn) {
      return zoom.fit ? at_scale(zoom, drawn, 1) : fitting(zoom);
    });
  });
  add(context, "zoom-in", "Zoom in", [](Context &to, std::string_view) {
    change(to, [](const Zoom &zoom, const DrawnPicture &drawn) { return stepped(zoom, drawn, 1); });
  });
  add(context, "zoom-out", "Zoom out", [](Context &to, std::string_view) {
    change(to, [](const Zoom &zoom, const DrawnPicture &drawn) { return stepped(zoom, drawn, -1); });
  });
  add(context, "zoom", "Zoom to", zoom_to_text, "FACTOR");
  add(context, "pan-to", "Move to a place of the picture", pan_to_text, "X Y");
  add_pan(context, "pan-left", "Move to the left in the picture", -1, 0);
  add_pan(context, "pan-right", "Move to the right in the picture", 1, 0);
  add_pan(context, "pan-up", "Move up in the picture", 0, -1);
  add_pan(context, "pan-down", "Move down in the picture", 0, 1);
}

}  // namespace kalon::viewer
