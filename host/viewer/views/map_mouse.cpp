// What the mouse and commands do on the map.

#include <algorithm>
#include <cmath>

#include "shell/context.h"
#include "views/map.h"
#include "views/order_thumb.h"

namespace kalon::viewer {

// At the level at which one sees it: the picture that stands for a block is what one points at.
ItemIndex MapView::at(const Context &, double from_middle_x, double from_middle_y) {
  auto level = visible().level;
  if (level >= pyramid_.levels()) return no_item;
  auto &tree = trees_[static_cast<size_t>(level)];
  if (!tree.made) {
    tree.blocks = pyramid_.occupied(level);
    std::vector<PlanePoint> points;
    points.reserve(tree.blocks.size());
    for (auto [column, row] : tree.blocks)
      points.push_back({static_cast<float>(column) + 0.5f, static_cast<float>(row) + 0.5f});
    tree.points.build(std::move(points));
    tree.made = true;
  }
  double block = std::ldexp(1.0, level);
  double x = (camera_.x + from_middle_x / camera_.scale) / block,
         y = (camera_.y + from_middle_y / camera_.scale) / block;
  // As far as the corner of the block.
  auto found = tree.points.nearest(x, y, 0.71);
  if (found == PointTree::none) return no_item;
  auto [column, row] = tree.blocks[found];
  return cells_.item(pyramid_.standing_for(level, column, row));
}

void MapView::mouse(Context &context, const Area &area, bool hovered, bool held) {
  auto &io = ImGui::GetIO();
  double x = io.MousePos.x - (area.min.x + area.max.x) / 2.0, y = io.MousePos.y - (area.min.y + area.max.y) / 2.0;
  if (hovered && io.MouseWheel != 0) look_at(context, zoomed(target_, std::pow(1.35, io.MouseWheel), x, y), false);

  if (io.MouseDelta.x != 0 || io.MouseDelta.y != 0) pointing_ = true;
  auto over = hovered && !held ? at(context, x, y) : no_item;
  if (over != hovered_) {
    hovered_ = over;
    hovered_since_ = context.now;
  }
  if (ImGui::IsItemActivated()) {
    marking_ = io.KeyShift && ImGui::IsMouseDown(ImGuiMouseButton_Left);
    mark_from_ = io.MousePos;
    marked_ = 0;
    dragging_ = false;
  }
  auto plane_x = [&](float at_x) { return camera_.x + (at_x - (area.min.x + area.max.x) / 2.0) / camera_.scale; };
  auto plane_y = [&](float at_y) { return camera_.y + (at_y - (area.min.y + area.max.y) / 2.0) / camera_.scale; };
  auto shown = [&](ItemIndex item) { return is_shown(context, item); };
  if (held && marking_) {
    double rectangle[] = {plane_x(mark_from_.x), plane_y(mark_from_.y), plane_x(io.MousePos.x), plane_y(io.MousePos.y)};
    if (!std::ranges::equal(rectangle, marked_for_)) {
      std::ranges::copy(rectangle, marked_for_);
      marked_ = items_within(cells_, rectangle[0], rectangle[1], rectangle[2], rectangle[3], shown).size();
    }
  } else if (held) {
    dragging_ =
        dragging_ || ImGui::IsMouseDragging(ImGuiMouseButton_Left) || ImGui::IsMouseDragging(ImGuiMouseButton_Middle);
    if (dragging_ && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
      Camera moved = target_;
      moved.x -= io.MouseDelta.x / camera_.scale;
      moved.y -= io.MouseDelta.y / camera_.scale;
      camera_.x -= io.MouseDelta.x / camera_.scale;
      camera_.y -= io.MouseDelta.y / camera_.scale;
      look_at(context, moved, !moving_);
    }
  }
  if (ImGui::IsItemDeactivated()) {
    if (marking_)
      context.shown.select(items_within(cells_, plane_x(mark_from_.x), plane_y(mark_from_.y), plane_x(io.MousePos.x),
                                        plane_y(io.MousePos.y), shown));
    else if (auto item = at(context, x, y); !dragging_ && hovered && item != no_item)
      clicked(context, item, false);
    marking_ = dragging_ = false;
  }
  if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) && !io.KeyShift)
    if (auto item = at(context, x, y); item != no_item) clicked(context, item, true);
}

void MapView::zoom(Context &context, double factor, double x, double y) {
  if (!there() || !(factor > 0)) return;
  look_at(context, zoomed(target_, factor, (x - 0.5) * window_.width, (y - 0.5) * window_.height), false);
}

void MapView::fit(Context &context) {
  if (there()) look_at(context, showing_all(cells_.plane(), window_, theme().px(16)), false);
}

void MapView::go_to_current(Context &context) {
  auto cell = cells_.cell_of(context.shown.current());
  if (cell == no_cell) {
    context.say("The current picture is not on the map.");
    return;
  }
  // Large enough to see what it is, and never farther away than before.
  double scale = std::max(target_.scale, std::min(window_.width, window_.height) / 4);
  look_at(context, {cells_.column(cell) + 0.5, cells_.row(cell) + 0.5, scale}, false);
}

bool MapView::pick(Context &context, double x, double y) {
  if (!there()) return false;
  auto item = at(context, (x - 0.5) * window_.width, (y - 0.5) * window_.height);
  if (item == no_item) return false;
  context.shown.go_to(item);
  return true;
}

void MapView::select(Context &context, double left, double top, double right, double bottom) {
  if (!there()) return;
  auto x = [&](double share) { return camera_.x + (share - 0.5) * window_.width / camera_.scale; };
  auto y = [&](double share) { return camera_.y + (share - 0.5) * window_.height / camera_.scale; };
  context.shown.select(items_within(cells_, x(left), y(top), x(right), y(bottom),
                                    [&](ItemIndex item) { return is_shown(context, item); }));
}

void MapView::select_neighbours(Context &context, size_t count) {
  auto cell = cells_.cell_of(context.shown.current());
  if (cell == no_cell || pyramid_.levels() == 0) return;
  std::vector<PlanePoint> points;
  for (auto item : shown_before_) {
    auto of = cells_.cell_of(item);
    points.push_back({static_cast<float>(cells_.column(of)), static_cast<float>(cells_.row(of))});
  }
  PointTree tree;
  tree.build(std::move(points));
  // The nearest one is the picture itself.
  std::vector<ItemIndex> items;
  for (auto number : tree.neighbours(cells_.column(cell), cells_.row(cell), count + 1))
    items.push_back(shown_before_[number]);
  context.shown.select(items);
}

void MapView::step(Context &context, int dx, int dy) {
  auto cell = cells_.cell_of(context.shown.current());
  if (cell == no_cell) {
    if (auto item = at(context, 0, 0); item != no_item) context.shown.go_to(item);
    return;
  }
  auto next = next_cell(cells_, cell, dx, dy, [&](ItemIndex item) { return is_shown(context, item); });
  if (next != cell) context.shown.go_to(cells_.item(next));
}

void MapView::colour_by(Context &, std::string name) {
  colours_ = {};
  if (name != "none") colours_.by = std::move(name);
  seen_catalogue_ = 0;
}

}  // namespace kalon::viewer
