// What the view of scores looks like.

#include <algorithm>
#include <cmath>

#include "library/opening.h"
#include "shell/context.h"
#include "views/scores_view.h"
#include "widgets/view_bar.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

constexpr int digits = 4;  // of numbers of pictures

}  // namespace

void ScoresView::draw(Context &context, const Area &area) {
  const auto &look = theme();
  choose_column(context);
  figures_.update(context.catalogue, context.shown, column_);
  float top = view_bar_height(), side = std::min(look.px(280), area.width() * 0.36f), edge = view_bar_margin();
  draw_top(context, {area.min, {area.max.x, area.min.y + top}});
  Area beside{{area.max.x - side, area.min.y + top}, area.max};
  Area middle{{area.min.x + edge, area.min.y + top + look.px(8)}, {beside.min.x - edge, area.max.y - look.px(8)}};
  draw_side(context, beside);
  if (!figures_.there()) {
    draw_empty(context, middle);
    return;
  }
  float height = std::floor(middle.height() * 0.34f);
  ImGui::SetCursorScreenPos(middle.min);
  std::vector<double> marks;
  if (suggested_from_ == column_ && suggested_from_ != "") {
    // Where the next star begins.
    const auto *column = context.catalogue.column(column_names::suggested_stars);
    for (size_t i = 1; column && i < figures_.items().size(); ++i)
      if (column->number(figures_.items()[i]) != column->number(figures_.items()[i - 1]))
        marks.push_back((figures_.values()[i] + figures_.values()[i - 1]) / 2);
  }
  const auto &bins = figures_.bins();
  auto now = thresholds(context), before = now;
  HistogramData data{bins.low, bins.high, bins.counts, figures_.shown_counts(), marks, logarithmic_};
  if (plot_.draw(data, now, {middle.width(), height})) {
    // On a picture's own value where one is near, so that it is clear on which side it is.
    double reach = (bins.high - bins.low) / static_cast<double>(middle.width()) * look.px(4);
    if (now.low && now.low != before.low) now.low = snapped(figures_.values(), *now.low, reach), high_active_ = false;
    if (now.high && now.high != before.high)
      now.high = snapped(figures_.values(), *now.high, reach), high_active_ = true;
    apply(context, now);
  }
  draw_rows(context, {{middle.min.x, middle.min.y + height + look.px(8)}, middle.max});
}

void ScoresView::draw_empty(Context &context, const Area &area) {
  const auto &look = theme();
  ImGui::SetCursorScreenPos({area.min.x + look.px(8), area.min.y + area.height() * 0.25f});
  ImGui::BeginGroup();
  ImGui::PushFont(look.large);
  ImGui::TextUnformatted("No picture here has such a number");
  ImGui::PopFont();
  ImGui::TextUnformatted("Choose another column above, or make one:");
  ImGui::Dummy({0, look.px(8)});
  command_button(context, "score-outliers", "How unusual is each picture?");
  ImGui::SameLine();
  command_button(context, "rank", "Rank by comparing");
  ImGui::EndGroup();
}

void ScoresView::draw_top(Context &context, const Area &area) {
  const auto &look = theme();
  begin_view_bar(area);
  float text_y = ImGui::GetCursorScreenPos().y + ImGui::GetStyle().FramePadding.y;
  ImGui::SetNextItemWidth(look.px(220));
  if (ImGui::BeginCombo("##column", shown_text(column_).c_str(), ImGuiComboFlags_HeightLarge)) {
    for (const auto &name : columns(context))
      if (ImGui::Selectable(shown_text(name).c_str(), name == column_)) set_column(context, name);
    ImGui::EndCombo();
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Which numbers are looked at");
  ImGui::SameLine(0, look.px(16));
  bool logarithmic = logarithmic_;
  if (ImGui::Checkbox("Log heights", &logarithmic)) context.commands.run(context, "score-log", {});
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Few pictures are seen beside many");
  ImGui::SameLine(0, look.px(16));
  bool down = low_is_best(context);
  if (ImGui::Checkbox("Low is best", &down)) set_low_is_best(context, down);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Which end is the good one");

  if (!figures_.there()) return;
  auto now = thresholds(context);
  auto all = figures_.values().size(), within = passing(figures_.values(), now.low, now.high);
  auto text = count_text(within) + " of " + count_text(all) + " pass";
  if (!now.low && !now.high) text = count_text(all) + (all == 1 ? " picture" : " pictures");
  if (figures_.shown() != within) text += ", " + count_text(figures_.shown()) + " shown with the rest of the filter";
  auto size = ImGui::CalcTextSize(text.c_str());
  float at = area.max.x - view_bar_margin() - size.x;
  if (at > ImGui::GetItemRectMax().x + look.px(16))
    ImGui::GetWindowDrawList()->AddText({at, text_y}, look.text, text.c_str());
}

void ScoresView::draw_side(Context &context, const Area &area) {
  const auto &look = theme();
  ImGui::GetWindowDrawList()->AddRectFilled(area.min, area.max, look.surface);
  ImGui::SetCursorScreenPos({area.min.x + look.px(12), area.min.y + look.px(4)});
  ImGui::BeginChild("scores side", {area.width() - look.px(24), area.height() - look.px(12)}, false);
  if (figures_.there()) {
    heading("Threshold");
    auto now = thresholds(context);
    const auto &bins = figures_.bins();
    auto input = [&](const char *label, bool high, std::optional<double> value) {
      double shown = value.value_or(high ? bins.high : bins.low);
      ImGui::SetNextItemWidth(std::min(look.px(120), ImGui::GetContentRegionAvail().x - look.px(72)));
      if (ImGui::InputDouble(label, &shown, 0, 0, "%.6g", ImGuiInputTextFlags_EnterReturnsTrue))
        set_threshold(context, high, shown);
      if (ImGui::IsItemHovered())
        ImGui::SetTooltip(high ? "Pictures above it are hidden" : "Pictures below it are hidden");
    };
    input("at least", false, now.low);
    input("at most", true, now.high);
    command_button(context, "threshold-down", "−");
    ImGui::SameLine();
    command_button(context, "threshold-up", "+");
    ImGui::SameLine();
    command_button(context, "threshold-off", "Show all");
    heading("The numbers");
    const auto &values = figures_.values();
    fact("Pictures", count_text(values.size()));
    fact("Lowest", number_text(values.front(), digits));
    fact("Median", number_text(quantile_of(values, 0.5), digits));
    fact("Highest", number_text(values.back(), digits));
    bool badge = context.settings.score_column == column_;
    if (ImGui::Checkbox("Show in the grid", &badge)) context.settings.score_column = badge ? column_ : std::string();
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("As a badge on each thumbnail");
    command_button(context, "score-sort", "Sort by it");

    heading("Stars from these numbers");
    if (suggested_from_.empty()) {
      faint_text("Suggestions are shown in another colour, and rate nothing by themselves.");
      command_button(context, "suggest-stars", "Suggest stars");
    } else {
      auto *list = ImGui::GetWindowDrawList();
      float line = ImGui::GetTextLineHeight();
      for (int stars = 5; stars >= 1; --stars) {
        auto at = ImGui::GetCursorScreenPos();
        draw_stars(list, {at.x, at.y + line * 0.1f}, line * 0.8f, stars, true);
        ImGui::Dummy({look.px(96), line});
        ImGui::SameLine(look.px(104));
        ImGui::TextUnformatted(count_text(suggested_[static_cast<size_t>(stars)]).c_str());
      }
      faint_text("From " + shown_text(suggested_from_) + ". What a person rated stays as it is.");
      auto selected = context.shown.selected_count();
      auto text =
          selected > 1 ? "Accept for " + count_text(selected) + " selected" : std::string("Accept for this picture");
      command_button(context, "accept-suggestions", text.c_str());
      command_button(context, "select-all", "Select all shown");
      command_button(context, "forget-suggestions", "Forget them");
    }
  }
  heading("Make scores");
  command_button(context, "score-outliers", "How unusual is each?");
  command_button(context, "score-rank", "Keep the rank as scores");
  if (command_button(context, "rank-columns", "Look at the rank")) made_column_ = column_names::rank_mean;
  ImGui::EndChild();
}

void ScoresView::draw_rows(Context &context, const Area &area) {
  const auto &look = theme();
  auto now = thresholds(context);
  const auto &values = figures_.values();
  float gap = look.px(8);
  // As high as four rows go into the area; what does not fit is left out from below.
  float height = std::max(look.px(84), std::floor((area.height() - 3 * gap) / 4));
  float label = look.px(92);
  auto columns = static_cast<size_t>(std::max(1.0f, (area.width() - label + gap) / (std::floor(height * 1.25f) + gap)));
  drawn_columns_ = columns;
  float y = area.min.y;
  auto row = [&](const char *title, const std::vector<ItemIndex> &items, std::optional<size_t> before) {
    if (y + height > area.max.y + 1) return;
    draw_row(context, title, items, {{area.min.x, y}, {area.max.x, y + height}}, before);
    y += height + gap;
  };
  bool down = low_is_best(context);
  auto ends = [&](bool best) {
    auto items = figures_.about(best != down ? values.size() : 0, columns);
    if (best != down) std::reverse(items.begin(), items.end());
    return items;
  };
  row("Best", ends(true), {});
  const auto &active = high_active_ ? now.high : now.low;
  auto threshold = active ? active : now.low ? now.low : now.high;
  if (threshold) {
    bool high = now.high && threshold == now.high && !(now.low && threshold == now.low && !high_active_);
    // What a low threshold hides lies below it, what a high one hides above.
    auto at = static_cast<size_t>((high ? std::upper_bound(values.begin(), values.end(), *threshold)
                                        : std::lower_bound(values.begin(), values.end(), *threshold)) -
                                  values.begin());
    auto items = figures_.about(at, columns);
    size_t before = 0;
    auto begin = static_cast<size_t>(std::find(figures_.items().begin(), figures_.items().end(), items.front()) -
                                     figures_.items().begin());
    before = at > begin ? std::min(at - begin, items.size()) : 0;
    row("At the threshold", items, before);
  }
  row("Middle", figures_.about(values.size() / 2, columns), {});
  row("Worst", ends(false), {});
}

void ScoresView::draw_row(Context &context, const char *title, const std::vector<ItemIndex> &items, const Area &area,
                          std::optional<size_t> threshold_before) {
  const auto &look = theme();
  auto *list = ImGui::GetWindowDrawList();
  float label = look.px(92), gap = look.px(8), caption = look.px(18);
  list->AddText(look.small, look.small->FontSize, {area.min.x, area.min.y + look.px(2)}, look.faint, title, nullptr,
                label - look.px(8));
  // The columns of the row share its width.
  auto places = static_cast<float>(drawn_columns_);
  float cell = std::floor((area.width() - label + gap) / places - gap), x = area.min.x + label;
  const auto *column = context.catalogue.column(column_);
  const auto *stars = context.catalogue.column(column_names::suggested_stars);
  ImGui::PushID(title);
  for (size_t i = 0; i < items.size(); ++i, x += cell + gap) {
    auto item = items[i];
    Area place{{x, area.min.y}, {x + cell, area.max.y - caption}};
    bool hidden = context.shown.position(item) >= context.shown.items().size();
    auto at = draw_item(context, list, item, place);
    if (hidden) list->AddRectFilled(at.min, at.max, (look.background & 0x00ffffff) | 0xa0000000);
    if (item == context.shown.current())
      list->AddRect({at.min.x - look.px(2), at.min.y - look.px(2)}, {at.max.x + look.px(2), at.max.y + look.px(2)},
                    look.accent, 0, 0, look.px(2));
    auto text = number_text(column ? column->number(item) : 0, digits);
    draw_text(list, {x, area.max.y - caption + look.px(2)}, cell, look.faint, text, look.small);
    const auto &photo = context.catalogue.item(item);
    float star = look.px(10), from = x + cell - 5 * (star + 1);
    if (photo.rated_by != RatedBy::nobody)
      draw_stars(list, {from, area.max.y - caption + look.px(4)}, star, photo.stars, false);
    else if (stars && !std::isnan(stars->number(item)))
      draw_stars(list, {from, area.max.y - caption + look.px(4)}, star, static_cast<int>(stars->number(item)), true);
    if (threshold_before && *threshold_before == i && i > 0)
      list->AddLine({x - gap / 2, area.min.y}, {x - gap / 2, area.max.y}, look.accent, look.px(2));
    ImGui::SetCursorScreenPos(place.min);
    ImGui::PushID(static_cast<int>(i));
    if (invisible_button("picture", {cell, area.height()})) {
      if (hidden)
        context.say("The filter hides this picture.");
      else
        context.shown.go_to(item);
    }
    if (ImGui::IsItemHovered()) {
      ImGui::SetTooltip("%s\n%s %s%s", shown_text(name_of(photo)).c_str(), shown_text(column_).c_str(), text.c_str(),
                        hidden ? "\nhidden by the filter" : "");
      if (!hidden && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) context.interface.show(context, "loupe");
    }
    ImGui::PopID();
  }
  ImGui::PopID();
}

}  // namespace kalon::viewer
