#include "views/loupe.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "shell/parts.h"
#include "views/loupe_parts.h"
#include "views/zoom_switches.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr Switch strip_switch{"film-strip", "Film strip", "Loupe", "loupe", "loupe.film_strip", true};
constexpr Switch line_switch{
    "show-info-line", "Line with name, exposure and zoom", "Loupe", "loupe", "loupe.info_line", true};
constexpr Switch histogram_switch{"show-histogram", "Histogram in the corner", "Loupe",
                                  "loupe",          "loupe.histogram",         false};
constexpr Switch keep_switch{"keep-zoom", "Keep zoom from photo to photo", "Loupe", "loupe", "loupe.keep_zoom", true};

nlohmann::json spot_json(Spot spot) {
  return nlohmann::json::array({spot.x, spot.y});
}

}  // namespace

void Loupe::draw(Context &context, const Area &area) {
  const auto &look = theme();
  auto item = context.shown.current();
  if (context.shown.items().empty() || item == no_item) {
    item_ = no_item;
    drawn_ = {};
    draw_nothing(area, "No picture passes the filter.", "Take something out of the filter to see pictures again.");
    return;
  }
  if (item != item_ && item_ != no_item && !is_on(context, keep_switch)) zoom_.fit = true;
  item_ = item;

  auto rest = area;
  auto cut = [&](float height) {
    Area part{{rest.min.x, rest.max.y - look.px(height)}, rest.max};
    rest.max.y = part.min.y;
    return part;
  };
  if (is_on(context, strip_switch) && area.height() > look.px(280)) draw_film_strip(context, cut(92));
  std::optional<Area> line;
  if (is_on(context, line_switch)) line = cut(28);
  draw_picture(context, rest);
  if (line) draw_info_line(context, item, drawn_, *line);
  prefetch(context, rest);
}

void Loupe::draw_picture(Context &context, const Area &area) {
  if (area.width() < 1 || area.height() < 1) return;
  auto *list = ImGui::GetWindowDrawList();
  list->AddRectFilled(area.min, area.max, theme().background);
  ImGui::SetCursorScreenPos(area.min);
  invisible_button("##picture", {area.width(), area.height()});
  auto mouse = zoom_by_mouse(zoom_, drawn_);
  if (mouse.changed) zoom_ = mouse.zoom;
  drawn_ = draw_zoomed(context, list, item_, area, zoom_, {true, is_on(context, clipping_switch)});
  if (is_on(context, histogram_switch)) draw_histogram_corner(context, item_, area);
}

// Two in the direction of travel and one behind. Those that come are shown as this one is.
void Loupe::prefetch(Context &context, const Area &area) {
  const auto &items = context.shown.items();
  auto at = static_cast<ptrdiff_t>(context.shown.position(item_));
  auto direction = context.shown.direction();
  auto zoom = zoom_;
  if (!is_on(context, keep_switch)) zoom.fit = true;
  for (int ahead : {1, 2, -1}) {
    auto position = at + static_cast<ptrdiff_t>(ahead) * direction;
    if (position < 0 || position >= static_cast<ptrdiff_t>(items.size())) continue;
    // Whole pictures are large: the next one alone.
    if (ahead != 1) zoom.fit = true;
    prefetch_zoomed(context, items[static_cast<size_t>(position)], area, zoom);
  }
}

void Loupe::describe(const Context &context, nlohmann::json &state) const {
  if (item_ >= context.catalogue.items().size()) {
    state["photo"] = nullptr;
    return;
  }
  state["photo"] = shown_text(name_of(context.catalogue.item(item_)));
  state["position"] = context.shown.position(item_);
  state["count"] = context.shown.items().size();
  state["fit"] = zoom_.fit;
  state["zoom"] = drawn_.scale;
  state["centre"] = spot_json(limited(zoom_, drawn_.picture, drawn_.view).centre);
  state["picture"] = {drawn_.picture.width, drawn_.picture.height};
  state["view"] = {drawn_.view.left, drawn_.view.top, drawn_.view.width, drawn_.view.height};
  state["box"] = {drawn_.box.left, drawn_.box.top, drawn_.box.width, drawn_.box.height};
  state["shown"] = drawn_.shown;
  state["sharp"] = drawn_.sharp;
  state["whole"] = drawn_.whole;
  state["level"] = drawn_.level;
  state["tiles"] = drawn_.tiles;
  state["failure"] = drawn_.failure;
  for (const auto *which : {&strip_switch, &line_switch, &histogram_switch, &keep_switch, &clipping_switch})
    state[which->command] = is_on(context, *which);
}

void add_loupe(Context &context) {
  context.interface.add_view<Loupe>();
  Command loupe;
  loupe.name = "loupe";
  loupe.title = "Loupe";
  loupe.group = "View";
  loupe.run = [](Context &to, std::string_view) { to.interface.show(to, "loupe"); };
  loupe.checked = [](const Context &of) { return of.interface.current() && of.interface.current()->name() == "loupe"; };
  context.commands.add(std::move(loupe));
  add_zoom_commands(context);
  for (const auto *which : {&strip_switch, &line_switch, &histogram_switch, &keep_switch, &clipping_switch})
    add_switch(context, *which);
}

}  // namespace kalon::viewer
