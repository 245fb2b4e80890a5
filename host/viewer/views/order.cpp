#include "views/order.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "views/order_thumb.h"
#include "widgets/view_bar.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr int least_cell = 48, most_cell = 512, usual_cell = 160;
constexpr size_t nowhere = ~size_t{0};

}  // namespace

void OrderView::enter(Context &) {
  seen_selection_ = 0;
}

void OrderView::set_cell(Context &context, int cell) {
  cell_ = std::clamp(cell, least_cell, most_cell);
  context.settings.more["order.cell"] = std::to_string(cell_);
}

// Takes in what changed: other pictures are open, or others of them are shown.
void OrderView::follow(Context &context) {
  if (cell_ == 0) {
    auto kept = context.settings.more.find("order.cell");
    cell_ = std::clamp(kept == context.settings.more.end() ? usual_cell : std::atoi(kept->second.c_str()), least_cell,
                       most_cell);
  }
  if (order_.empty()) return;
  if (of_paths_ != context.opening.paths()) {
    order_ = {};
    shown_ = {};
    items_.clear();
    layout_ = {};
    lay_out_again_ = true;
    return;
  }
  // Ids are looked up again when the catalogue was filled anew.
  bool resolve = resolved_ != context.opening.generation() ||
                 (resolved_count_ < order_.photos.size() && seen_revision_ != context.shown.revision());
  if (resolve) {
    items_ = items_of(order_, context.catalogue);
    resolved_count_ = items_.size() - static_cast<size_t>(std::ranges::count(items_, no_item));
    resolved_ = context.opening.generation();
    context.shown.set_order(items_);
    seen_revision_ = 0;
  }
  if (seen_revision_ == context.shown.revision()) return;
  seen_revision_ = context.shown.revision();
  auto part = shown_part(order_, items_, context.shown, context.catalogue.items().size());
  // A rating changes what is shown as little as it changes this.
  if (part.items == shown_.items && part.begins == shown_.begins) return;
  shown_ = std::move(part);
  layout_ = {};  // it was that of other pictures
  lay_out_again_ = true;
}

void OrderView::lay_out(Context &context, float width) {
  if (!lay_out_again_ && width == laid_out_width_ && cell_ == laid_out_cell_) return;
  const auto &look = theme();
  // What is in the middle of the window stays there.
  size_t kept = nowhere;
  double kept_at = 0;
  if (!layout_.rows.empty() && !lay_out_again_) {
    auto row = std::min(layout_.row_at(scroll_.at() + view_height_ / 2), layout_.rows.size() - 1);
    auto current = shown_.position(context.shown.current());
    auto current_row = layout_.row_of(current);
    bool seen = current_row < layout_.rows.size() &&
                layout_.rows[current_row].top + layout_.rows[current_row].height > scroll_.at() &&
                layout_.rows[current_row].top < scroll_.at() + view_height_;
    kept = seen ? current : layout_.rows[row].first;
    const auto &of = layout_.rows[layout_.row_of(kept)];
    kept_at = of.top + of.height / 2 - scroll_.at();
  }
  std::vector<float> aspects;
  aspects.reserve(shown_.items.size());
  for (auto index : shown_.items) {
    const auto &item = context.catalogue.item(index);
    aspects.push_back(item.height > 0 ? static_cast<float>(item.width) / static_cast<float>(item.height) : 0);
  }
  StripOptions options;
  options.width = width;
  options.row_height = look.px(static_cast<float>(cell_));
  options.gap = look.px(4);
  options.heading = look.px(32);
  options.section_gap = look.px(16);
  layout_ = lay_out_strip(aspects, shown_.begins, options);
  laid_out_width_ = width;
  laid_out_cell_ = cell_;
  lay_out_again_ = false;
  if (kept != nowhere && kept < shown_.items.size()) {
    const auto &of = layout_.rows[layout_.row_of(kept)];
    scroll_.jump(of.top + of.height / 2 - kept_at);
  }
}

void OrderView::draw(Context &context, const Area &area) {
  follow(context);
  if (shown_.items.empty()) {
    static constexpr ResultTexts texts{
        "Visual order",
        "order",
        "No visual order",
        "The visual order could not be made",
        "Pictures of like kind beside each other, in one long row. It takes a few seconds.",
        "order-again:Make the order",
        "order-again:Try again"};
    draw_no_result(context, area, job_, texts, !order_.empty(), resolved_count_ > 0);
    return;
  }
  Area bar{area.min, {area.max.x, area.min.y + view_bar_height()}};
  Area strip{{area.min.x, bar.max.y}, area.max};
  draw_bar(context, bar);
  draw_strip(context, strip);
}

void OrderView::draw_bar(Context &context, const Area &area) {
  begin_bar_left(area);
  if (job_.running) {
    waiting_line(context, job_);
  } else {
    ImGui::AlignTextToFramePadding();
    auto text = count_text(shown_.items.size()) + (shown_.items.size() == 1 ? " picture in " : " pictures in ") +
                count_text(shown_.begins.size()) + (shown_.begins.size() == 1 ? " section" : " sections");
    ImGui::TextUnformatted(text.c_str());
    size_t outside = context.shown.items().size() - std::min(context.shown.items().size(), shown_.items.size());
    if (outside > 0) {
      ImGui::SameLine();
      faint_line(count_text(outside) + (outside == 1 ? " more is not in it" : " more are not in it"));
      if (ImGui::IsItemHovered())
        ImGui::SetTooltip(
            "They came later, or the library has not looked at them yet.\nMake the order again to include them.");
    }
  }
  float room = end_bar_left(area), slider = theme().px(120);
  static constexpr BarButton all[] = {{"order-again", "Order again"},
                                      {"order-from-here", "Start from this picture"},
                                      {"sort-by", "Sort the grid by it", "order"}};
  for (const auto &button : place_bar_right(area, room, slider, all)) {
    command_button(context, button.command, button.text, button.argument);
    ImGui::SameLine();
  }
  if (slider > room) return;
  ImGui::SetNextItemWidth(slider);
  int cell = cell_;
  if (ImGui::SliderInt("##cell", &cell, least_cell, most_cell, "")) set_cell(context, cell);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Size of the pictures (Ctrl+wheel)");
}

void OrderView::draw_strip(Context &context, const Area &area) {
  const auto &look = theme();
  float margin = look.px(12);
  view_height_ = area.height();
  lay_out(context, std::floor(area.width() - 2 * margin - Scroll::bar_width()));
  // A picture that became the current one elsewhere is brought into sight.
  if (seen_selection_ != context.shown.selection()) {
    bool first = seen_selection_ == 0;
    seen_selection_ = context.shown.selection();
    auto row = layout_.row_of(shown_.position(context.shown.current()));
    if (row < layout_.rows.size()) {
      const auto &of = layout_.rows[row];
      bool begins = row == layout_.sections[of.section].first_row;
      double top = begins ? layout_.sections[of.section].top : of.top;
      scroll_.reveal(top, of.top + of.height, view_height_, look.px(24));
      if (first) scroll_.jump(scroll_.target());
    }
  }
  double height = layout_.height + look.px(8) + look.px(24);
  Area pictures{area.min, {area.max.x - Scroll::bar_width(), area.max.y}};
  ImGui::SetCursorScreenPos(pictures.min);
  invisible_button("##strip", {pictures.width(), pictures.height()});
  bool hovered = ImGui::IsItemHovered();
  scroll_.draw_bar(area, height, look.px(static_cast<float>(cell_)) * 0.8);
  if (scroll_.update(height, view_height_, ImGui::GetIO().DeltaTime)) context.animate();

  auto *list = ImGui::GetWindowDrawList();
  list->PushClipRect(pictures.min, pictures.max, true);
  for (size_t i = layout_.section_at(scroll_.at()); i < layout_.sections.size(); ++i) {
    if (layout_.sections[i].top > scroll_.at() + view_height_) break;
    draw_section(context, pictures, i);
  }
  list->PopClipRect();
  mouse(context, pictures, hovered);
  // What comes next in the direction of scrolling is asked for, so that it is there when it is seen.
  auto next = layout_.row_at(scroll_.at() + view_height_);
  for (size_t row = next; row < std::min(next + 2, layout_.rows.size()); ++row)
    for (size_t i = layout_.rows[row].first; i < layout_.rows[row].first + layout_.rows[row].count; ++i)
      context.pictures.prefetch(shown_.items[i],
                                static_cast<int>(std::max(layout_.width[i], layout_.rows[row].height)));
}

void OrderView::draw_section(Context &context, const Area &area, size_t index) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  const auto &section = layout_.sections[index];
  auto y_of = [&](double y) { return static_cast<float>(area.min.y + look.px(8) + (y - scroll_.at())); };
  float x = area.min.x + look.px(12);
  float text_y = y_of(section.top) + look.px(8);
  auto title = "Section " + std::to_string(shown_.section_numbers[index]);
  draw_text(list, {x, text_y}, area.width(), look.text, title);
  auto count = count_text(section.count) + (section.count == 1 ? " picture" : " pictures");
  float after = x + ImGui::CalcTextSize(title.c_str()).x + look.px(12);
  draw_text(list, {after, text_y}, area.max.x - after, look.faint, count);

  auto first = std::max(section.first_row, layout_.row_at(scroll_.at() - look.px(16)));
  for (size_t r = first; r < section.first_row + section.row_count; ++r) {
    const auto &row = layout_.rows[r];
    if (row.top > scroll_.at() + view_height_) break;
    float top = y_of(row.top);
    for (size_t i = row.first; i < row.first + row.count; ++i) {
      Area cell{{x + layout_.left[i], top}, {x + layout_.left[i] + layout_.width[i], top + row.height}};
      draw_thumb(context, list, shown_.items[i], cell);
    }
  }
}

void OrderView::mouse(Context &context, const Area &area, bool hovered) {
  if (!hovered) return;
  auto &io = ImGui::GetIO();
  if (io.KeyCtrl && io.MouseWheel != 0)
    set_cell(context, static_cast<int>(std::lround(cell_ * std::pow(1.15, io.MouseWheel))));
  const auto &look = theme();
  auto position = layout_.position_at(io.MousePos.x - area.min.x - look.px(12),
                                      io.MousePos.y - area.min.y - look.px(8) + scroll_.at());
  if (position == StripLayout::none) return;
  bool twice = ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
  if (!ImGui::IsMouseClicked(ImGuiMouseButton_Left)) return;
  if (io.KeyShift && !twice) {
    select_range(context, position);
  } else {
    clicked(context, shown_.items[position], twice);
    anchor_ = position;
  }
  seen_selection_ = context.shown.selection();  // it is in sight
}

// From where the last click without Shift was, in the order of the strip.
void OrderView::select_range(Context &context, size_t position) {
  if (anchor_ >= shown_.items.size()) anchor_ = shown_.position(context.shown.current());
  if (anchor_ >= shown_.items.size()) anchor_ = position;
  auto [first, last] = std::minmax(anchor_, position);
  std::vector<ItemIndex> range{shown_.items[position]};
  for (size_t i = first; i <= last; ++i)
    if (i != position) range.push_back(shown_.items[i]);
  context.shown.select(range);
}

void OrderView::step(Context &context, int places, int rows) {
  if (shown_.items.empty()) return;
  auto at = shown_.position(context.shown.current());
  if (at >= shown_.items.size()) {
    auto row = std::min(layout_.row_at(scroll_.at()), layout_.rows.size() - 1);
    at = layout_.rows.empty() ? 0 : layout_.rows[row].first;
  } else if (rows != 0) {
    at = layout_.rows_away(at, rows);
  } else {
    auto to = std::clamp(static_cast<int64_t>(at) + places, int64_t{0}, static_cast<int64_t>(shown_.items.size()) - 1);
    at = static_cast<size_t>(to);
  }
  if (at >= shown_.items.size()) return;
  context.shown.go_to(shown_.items[at]);
  anchor_ = at;
}

void OrderView::step_section(Context &context, int sections) {
  if (layout_.sections.empty()) return;
  auto at = layout_.section_of(shown_.position(context.shown.current()));
  if (at >= layout_.sections.size()) at = std::min(layout_.section_at(scroll_.at()), layout_.sections.size() - 1);
  auto to =
      std::clamp(static_cast<int64_t>(at) + sections, int64_t{0}, static_cast<int64_t>(layout_.sections.size()) - 1);
  context.shown.go_to(shown_.items[layout_.sections[static_cast<size_t>(to)].first]);
  scroll_.go(layout_.sections[static_cast<size_t>(to)].top);
}

// By as many rows as fit into the window.
void OrderView::step_page(Context &context, int pages) {
  double row = theme().px(static_cast<float>(cell_ + 4));
  step(context, 0, pages * std::max(1, static_cast<int>(view_height_ / row)));
}

void OrderView::describe(const Context &context, nlohmann::json &told) const {
  told["pictures"] = shown_.items.size();
  told["sections"] = shown_.begins.size();
  told["cell"] = cell_;
  told["rows"] = layout_.rows.size();
  told["scroll"] = scroll_.at();
  told["height"] = layout_.height;
  told["running"] = job_.running;
  told["problem"] = job_.problem;
  told["method"] = order_.method;
  auto name = [&](size_t position) { return shown_text(name_of(context.catalogue.item(shown_.items[position]))); };
  auto position = shown_.position(context.shown.current());
  told["current_position"] = position < shown_.items.size() ? static_cast<int64_t>(position) : -1;
  if (!shown_.items.empty()) told["first"] = name(0);
  auto visible = nlohmann::json::array();
  for (size_t r = layout_.row_at(scroll_.at()); r < layout_.rows.size(); ++r) {
    const auto &row = layout_.rows[r];
    if (row.top > scroll_.at() + view_height_ || visible.size() >= 200) break;
    for (size_t i = row.first; i < row.first + row.count; ++i) visible.push_back(name(i));
  }
  told["visible"] = visible;
}

}  // namespace kalon::viewer
