// All photos as a grid of cells, of which only those in view are ever looked at.

#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "library/decisions.h"
#include "shell/context.h"
#include "shell/parts.h"
#include "views/grid_layout.h"
#include "widgets/marks.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr int smallest_cell = 40, largest_cell = 640;

class Grid final : public View {
 public:
  std::string_view name() const override { return "grid"; }
  std::string_view title() const override { return "Grid"; }
  void draw(Context &context, const Area &area) override;
  void enter(Context &) override { follow_ = true; }
  void describe(const Context &, nlohmann::json &) const override;

  void move(Context &context, int rows, bool extend);
  void page(Context &context, int pages);
  void change_cell(Context &context, double factor);
  void scroll_to(double rows) { scroll_ = rows, follow_ = false; }

 private:
  void draw_cell(Context &context, ImDrawList *list, ItemIndex item, const Area &cell);
  void draw_marks(Context &context, ImDrawList *list, ItemIndex item, const Area &cell, const Area &picture);
  void handle_mouse(Context &context, const Area &area);
  void prefetch(Context &context);

  GridLayout layout_;
  double scroll_ = 0;  // pixels
  ItemIndex followed_ = no_item;
  bool follow_ = true;  // the current photo is brought into view
  double last_scroll_ = 0;
  std::vector<Area> places_;  // where the pictures in view were drawn
};

void Grid::describe(const Context &, nlohmann::json &json) const {
  json = {{"columns", layout_.columns}, {"cell", layout_.cell},
          {"scroll", scroll_},          {"first_row", layout_.first_row(scroll_)},
          {"rows", layout_.rows},       {"places", nlohmann::json::array()}};
  for (const auto &place : places_) json["places"].push_back({place.min.x, place.min.y, place.max.x, place.max.y});
}

void Grid::draw(Context &context, const Area &area) {
  const auto &theme = viewer::theme();
  const auto &items = context.shown.items();
  if (items.empty()) {
    ImGui::SetCursorScreenPos({area.min.x + theme.px(24), area.min.y + theme.px(24)});
    ImGui::BeginGroup();
    faint_text("No photo passes the filter.");
    command_button(context, "filter-off");
    ImGui::EndGroup();
    return;
  }
  float bar = theme.px(12);
  float caption = context.settings.show_names ? theme.small->FontSize + theme.px(4) : 0;
  layout_ = GridLayout::fit(area.width() - bar, area.height(), items.size(),
                            theme.px(static_cast<float>(context.settings.cell)), theme.px(6), caption);
  handle_mouse(context, area);
  if (context.shown.current() != followed_) {
    followed_ = context.shown.current();
    follow_ = true;
  }
  if (follow_ && followed_ != no_item) scroll_ = layout_.scroll_to_show(context.shown.position(followed_), scroll_);
  follow_ = false;
  scroll_ = std::clamp(scroll_, 0.0, layout_.most_scroll());
  auto *list = ImGui::GetWindowDrawList();
  list->PushClipRect(area.min, area.max, true);
  auto [first, last] = layout_.visible(scroll_);
  places_.clear();
  for (size_t position = first; position < last; ++position) {
    auto [x, y] = layout_.place(position);
    ImVec2 min{std::floor(area.min.x + static_cast<float>(x)),
               std::floor(area.min.y + static_cast<float>(y - scroll_))};
    draw_cell(context, list, items[position], {min, {min.x + layout_.cell, min.y + layout_.cell}});
  }
  // The bar at the right: where in all of it this is; it is dragged.
  double content = layout_.content_height();
  if (content > area.height()) {
    Area track{{area.max.x - bar, area.min.y}, area.max};
    float share = static_cast<float>(area.height() / content);
    float length = std::max(theme.px(24), area.height() * share);
    float top = area.min.y + static_cast<float>(scroll_ / layout_.most_scroll()) * (area.height() - length);
    ImGui::SetCursorScreenPos(track.min);
    invisible_button("bar", {bar, area.height()});
    if (ImGui::IsItemActive()) {
      double wanted = (ImGui::GetIO().MousePos.y - area.min.y - length / 2) / std::max(1.0f, area.height() - length);
      scroll_ = std::clamp(wanted, 0.0, 1.0) * layout_.most_scroll();
    }
    bool lit = ImGui::IsItemActive() || ImGui::IsItemHovered();
    list->AddRectFilled({track.min.x + theme.px(3), top}, {track.max.x - theme.px(3), top + length},
                        lit ? theme.faint : theme.line, theme.px(3));
  }
  list->PopClipRect();
  prefetch(context);
  last_scroll_ = scroll_;
}

// The row of screens that scrolling reaches next.
void Grid::prefetch(Context &context) {
  const auto &items = context.shown.items();
  auto [first, last] = layout_.visible(scroll_);
  size_t screen = last - first;
  bool up = scroll_ < last_scroll_;
  size_t begin = up ? (first > screen ? first - screen : 0) : last;
  size_t end = up ? first : std::min(items.size(), last + screen);
  int side = static_cast<int>(layout_.cell);
  for (size_t position = begin; position < end; ++position)
    context.pictures.prefetch(items[position], side, Urgency::later);
}

void Grid::draw_cell(Context &context, ImDrawList *list, ItemIndex item, const Area &cell) {
  const auto &theme = viewer::theme();
  bool selected = context.shown.selected(item), current = item == context.shown.current();
  float inset = theme.px(layout_.cell < theme.px(96) ? 2.f : 5.f);
  float caption = layout_.caption;
  Area frame{cell.min, {cell.max.x, cell.max.y + caption}};
  list->AddRectFilled(frame.min, frame.max, selected ? theme.selected : theme.surface, theme.px(2));
  const auto *stack = context.stacks.of(item);
  if (stack && !stack->open && stack->items.size() > 1)
    for (float edge : {4.f, 2.f})
      list->AddRect({cell.min.x + theme.px(edge), cell.min.y - theme.px(edge)},
                    {cell.max.x + theme.px(edge), cell.max.y - theme.px(edge)}, theme.faint, theme.px(2));
  Area inside{{cell.min.x + inset, cell.min.y + inset}, {cell.max.x - inset, cell.max.y - inset}};
  auto picture = draw_item(context, list, item, inside);
  places_.push_back(picture);
  const auto &known = context.catalogue.item(item);
  if (known.flag == Flag::reject || known.excluded || known.vanished)
    list->AddRectFilled(picture.min, picture.max, (theme.background & ~IM_COL32_A_MASK) | IM_COL32(0, 0, 0, 150));
  if (context.settings.show_badges && layout_.cell >= theme.px(72)) draw_marks(context, list, item, cell, picture);
  if (caption > 0)
    draw_text(list, {cell.min.x + inset, cell.max.y - theme.px(1)}, layout_.cell - 2 * inset, theme.faint,
              shown_text(name_of(known)), theme.small);
  if (current)
    list->AddRect({frame.min.x + 1, frame.min.y + 1}, {frame.max.x - 1, frame.max.y - 1}, theme.accent, theme.px(2), 0,
                  theme.px(2));
}

// What is known of the photo, at the edges of its cell, so that the picture stays free.
void Grid::draw_marks(Context &context, ImDrawList *list, ItemIndex item, const Area &cell, const Area &picture) {
  const auto &theme = viewer::theme();
  const auto &known = context.catalogue.item(item);
  // Lower left: stars, a person's filled and a model's outlined. Upper left: the flag and the label.
  int stars = known.stars;
  bool suggested = false;
  if (stars == 0 && known.rated_by != RatedBy::person)
    if (const auto *column = context.catalogue.column(column_names::suggested_stars);
        column && column->number(item) >= 1) {
      stars = std::clamp(static_cast<int>(std::lround(column->number(item))), 1, 5);
      suggested = true;
    }
  float stars_width = mark_stars(list, picture, stars, suggested);
  mark_flag_and_label(context, list, picture, known);
  // Upper right: what belongs to it.
  float right = picture.max.x;
  auto at_right = [&](const std::string &text, ImU32 back) {
    float width = theme.small->CalcTextSizeA(theme.small->FontSize, FLT_MAX, 0, text.c_str()).x + theme.px(8);
    draw_badge(list, {right - width, picture.min.y}, text, mark_ink, back);
    right -= width + 1;
  };
  if (const auto *stack = context.stacks.of(item); stack && stack->items.size() > 1)
    at_right(stack->open ? "open" : std::to_string(stack->items.size()), theme.blue);
  if (known.has_raw)
    at_right(known.others.empty() ? "RAW" : "RAW+", mark_back);
  else if (!known.others.empty())
    at_right("×" + std::to_string(known.others.size() + 1), mark_back);
  if (known.vanished) at_right("missing", theme.reject);
  if (known.excluded) at_right("excluded", mark_back);
  // Lower right: a score and how many votes it rests on.
  std::string score;
  if (!context.settings.score_column.empty())
    if (const auto *column = context.catalogue.column(context.settings.score_column);
        column && !std::isnan(column->number(item)))
      score = number_text(column->number(item), 3);
  if (const auto *column = context.catalogue.column(column_names::rank_votes); column && column->number(item) > 0) {
    auto votes = static_cast<uint64_t>(column->number(item));
    if (layout_.cell >= theme.px(140))
      score += (score.empty() ? "" : "  ") + count_text(votes) + (votes == 1 ? " vote" : " votes");
  }
  if (!score.empty()) {
    float width = theme.small->CalcTextSizeA(theme.small->FontSize, FLT_MAX, 0, score.c_str()).x + theme.px(8);
    if (picture.max.x - width > picture.min.x + stars_width)
      draw_badge(list, {picture.max.x - width, picture.max.y - theme.small->FontSize - theme.px(2)}, score, mark_ink,
                 mark_back);
  }
  if (!known.indexed && layout_.cell >= theme.px(96))
    list->AddCircleFilled({cell.max.x - theme.px(8), cell.max.y - theme.px(8)}, theme.px(3), theme.faint);
}

void Grid::handle_mouse(Context &context, const Area &area) {
  ImGui::SetCursorScreenPos(area.min);
  invisible_button("cells", {area.width() - theme().px(12), area.height()});
  ImGui::SetItemAllowOverlap();
  if (!ImGui::IsItemHovered()) return;
  const auto &io = ImGui::GetIO();
  if (io.MouseWheel != 0) {
    if (io.KeyCtrl)
      change_cell(context, io.MouseWheel > 0 ? 1.15 : 1 / 1.15);
    else
      scroll_ -= static_cast<double>(io.MouseWheel) * static_cast<double>(layout_.row_height()) * 0.75;
    context.animate();
  }
  auto position = layout_.at(io.MousePos.x - area.min.x, static_cast<double>(io.MousePos.y - area.min.y) + scroll_);
  bool double_clicked = ImGui::IsMouseDoubleClicked(0);
  if (!ImGui::IsMouseClicked(0) && !double_clicked && !ImGui::IsMouseClicked(1)) return;
  if (position >= context.shown.items().size()) {
    if (!io.KeyCtrl && !io.KeyShift) context.shown.select_none();
    return;
  }
  auto item = context.shown.items()[position];
  if (double_clicked)
    context.commands.run(context, "loupe", {});
  else if (io.KeyShift)
    context.shown.select_to(item);
  else if (io.KeyCtrl)
    context.shown.toggle(item);
  else if (!ImGui::IsMouseClicked(1) || !context.shown.selected(item))
    context.shown.go_to(item);
  followed_ = context.shown.current();
}

void Grid::move(Context &context, int rows, bool extend) {
  int step = rows * std::max(1, layout_.columns);
  auto position = static_cast<int64_t>(context.shown.position(context.shown.current()));
  auto last = static_cast<int64_t>(context.shown.items().size()) - 1;
  // Upwards from the first row stays; downwards into a last row that is shorter ends on its last photo.
  if (position + step < 0) return;
  if (position + step > last && position / std::max(1, layout_.columns) == last / std::max(1, layout_.columns)) return;
  auto to = context.shown.items()[static_cast<size_t>(std::clamp<int64_t>(position + step, 0, last))];
  if (extend)
    context.shown.select_to(to);
  else
    context.shown.step(step);
}

void Grid::page(Context &context, int pages) {
  int rows = std::max(1, static_cast<int>(layout_.height / layout_.row_height()));
  auto current = static_cast<int64_t>(context.shown.position(context.shown.current()));
  int step = rows * layout_.columns * pages;
  auto last = static_cast<int64_t>(context.shown.items().size()) - 1;
  context.shown.step(static_cast<int>(std::clamp<int64_t>(current + step, 0, last) - current));
}

void Grid::change_cell(Context &context, double factor) {
  int before = context.settings.cell;
  int after = static_cast<int>(std::lround(before * factor));
  if (after == before) after += factor > 1 ? 1 : -1;
  context.settings.cell = std::clamp(after, smallest_cell, largest_cell);
  follow_ = true;
}

bool anything_shown(const Context &context) {
  return !context.shown.items().empty();
}

}  // namespace

void add_grid(Context &context) {
  auto &grid = context.interface.add_view<Grid>();
  auto &commands = context.commands;
  commands.add(
      {.name = "grid",
       .title = "Grid",
       .group = "View",
       .run = [](Context &at, std::string_view) { at.interface.show(at, "grid"); },
       .checked =
           [](const Context &at) { return at.interface.current() && at.interface.current()->name() == "grid"; }});
  commands.add({.name = "open-loupe",
                .title = "Look at the photo",
                .group = "View",
                .view = "grid",
                .run = [](Context &at, std::string_view) { at.commands.run(at, "loupe", {}); },
                .enabled = anything_shown});
  auto moving = [&](const char *name, const char *title, int rows, bool extend) {
    commands.add({.name = name,
                  .title = title,
                  .group = "Go",
                  .view = "grid",
                  .run = [&grid, rows, extend](Context &at, std::string_view) { grid.move(at, rows, extend); },
                  .enabled = anything_shown});
  };
  moving("up", "Photo above", -1, false);
  moving("down", "Photo below", 1, false);
  moving("extend-up", "Select up to the photo above", -1, true);
  moving("extend-down", "Select up to the photo below", 1, true);
  auto paging = [&](const char *name, const char *title, int pages) {
    commands.add({.name = name,
                  .title = title,
                  .group = "Go",
                  .view = "grid",
                  .run = [&grid, pages](Context &at, std::string_view) { grid.page(at, pages); },
                  .enabled = anything_shown});
  };
  paging("page-up", "A screen up", -1);
  paging("page-down", "A screen down", 1);
  commands.add({.name = "cell-larger",
                .title = "Larger cells",
                .group = "View",
                .view = "grid",
                .run = [&grid](Context &at, std::string_view) { grid.change_cell(at, 1.25); }});
  commands.add({.name = "cell-smaller",
                .title = "Smaller cells",
                .group = "View",
                .view = "grid",
                .run = [&grid](Context &at, std::string_view) { grid.change_cell(at, 0.8); }});
  commands.add(
      {.name = "cell", .title = "Size of cells", .argument = "PIXELS", .run = [](Context &at, std::string_view text) {
         int cell = std::atoi(std::string(text).c_str());
         if (cell < smallest_cell || cell > largest_cell) return at.complain("Cells have 40 to 640 pixels");
         at.settings.cell = cell;
       }});
  commands.add(
      {.name = "scroll-to",
       .title = "Scroll to a place",
       .argument = "PIXELS",
       .run = [&grid](Context &, std::string_view text) { grid.scroll_to(std::atof(std::string(text).c_str())); }});
  commands.add({.name = "badges",
                .title = "Badges",
                .group = "View",
                .run = [](Context &at, std::string_view) { at.settings.show_badges = !at.settings.show_badges; },
                .checked = [](const Context &at) { return at.settings.show_badges; }});
  commands.add({.name = "names",
                .title = "Names",
                .group = "View",
                .run = [](Context &at, std::string_view) { at.settings.show_names = !at.settings.show_names; },
                .checked = [](const Context &at) { return at.settings.show_names; }});
  commands.add({.name = "score-badge",
                .title = "Column that is shown as a badge",
                .argument = "COLUMN",
                .run = [](Context &at, std::string_view column) { at.settings.score_column = column; }});
}

}  // namespace kalon::viewer
